"""Revisions: one immutable content of an input set, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from ..access.policy import ApprovalPolicy
from ..errors import IllegalTransitionError
from ..shared.ids import Label, folded
from .approval import Approval


class RevisionStatus(StrEnum):
    """Where a revision stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    READY = "ready"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    REVERTED = "reverted"


_MOVES: Mapping[RevisionStatus, frozenset[RevisionStatus]] = {
    RevisionStatus.DRAFT: frozenset(
        {
            RevisionStatus.SUBMITTED,
            RevisionStatus.REJECTED,
            RevisionStatus.SUPERSEDED,
        }
    ),
    RevisionStatus.SUBMITTED: frozenset(
        {
            RevisionStatus.READY,
            RevisionStatus.REJECTED,
            RevisionStatus.SUPERSEDED,
        }
    ),
    RevisionStatus.READY: frozenset({RevisionStatus.SUPERSEDED, RevisionStatus.REVERTED}),
    RevisionStatus.SUPERSEDED: frozenset({RevisionStatus.READY}),
    RevisionStatus.REJECTED: frozenset(),
    RevisionStatus.REVERTED: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InputRevision:
    """``label@number``: one content of an input set, by its hash.

    ``authors`` are the names of everybody who imported, merged or edited it, in that order; ``replaced`` is the
    revision that was live when this one first became so; ``row_counts`` counts rows by section.
    """

    label: Label
    number: int
    content_hash: str
    status: RevisionStatus = RevisionStatus.DRAFT
    authors: tuple[str, ...]
    source: str
    row_counts: Mapping[str, int] = field(default_factory=dict)
    created_at: datetime
    approvals: tuple[Approval, ...] = ()
    replaced: int | None = None

    @property
    def reference(self) -> str:
        """``weekly@4``."""
        return f"{self.label}@{self.number}"

    @property
    def author_keys(self) -> frozenset[str]:
        """The authors as names compare."""
        return frozenset(folded(author) for author in self.authors)

    def moved_to(self, status: RevisionStatus) -> InputRevision:
        """The revision at another status.

        Raises:
            IllegalTransitionError: this is not a move that its status allows.
        """
        if status not in _MOVES[self.status]:
            raise IllegalTransitionError(
                f"{self.reference} is {self.status} and cannot become {status}.",
                status=str(self.status),
                wanted=str(status),
            )
        return replace(self, status=status)

    def with_author(self, name: str) -> InputRevision:
        """The revision, with one more author."""
        if folded(name) in self.author_keys:
            return self
        return replace(self, authors=(*self.authors, name))

    def counting_approvals(self, authors: frozenset[str], policy: ApprovalPolicy) -> int:
        """How many approvals hold: each approver once, and no author unless the policy lets authors approve."""
        approvers = {approval.actor_key for approval in self.approvals}
        return len(approvers if policy.allow_self_approval else approvers - authors)
