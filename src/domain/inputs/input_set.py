"""Input sets: a label, its revisions, and the only moves that make one of them live.

A label has at most one *live* revision, which plans are made from, and at most one *candidate* on its way there.
Every move answers the set as it then is and the event that tells of it; what a move refuses, no adapter can do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from ..access.actor import Actor, Role
from ..access.policy import ApprovalPolicy
from ..errors import (
    ConflictError,
    ForbiddenError,
    FourEyesError,
    IllegalTransitionError,
    InvalidRequestError,
)
from ..shared.ids import Label
from .approval import signed
from .event import InputSetAction, InputSetEvent
from .keeping import InputSetKeeping, LabelTombstone
from .revision import InputRevision, RevisionStatus

Move = tuple["InputSet", InputSetEvent]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSet(InputSetKeeping):
    """The inputs that plans are made from, under one label: where they stand, and what can happen to them."""

    def bring(  # noqa: PLR0913 (all that is known of what was brought)
        self,
        content_hash: str,
        *,
        actor: Actor,
        at: datetime,
        source: str,
        row_counts: Mapping[str, int],
        title: str | None = None,
        comment: str | None = None,
        how: Mapping[str, object] | None = None,
    ) -> tuple[InputSet, InputRevision, InputSetEvent | None]:
        """Take in content: a new draft candidate, or the same revision again when nothing differs.

        "Nothing differs" means from the candidate, or from what is live when there is no candidate.  Whoever brings
        the same content again becomes an author of it; only then, or with another ``title``, is there an event for it.
        ``how`` it was brought stands in the event's details.

        Raises:
            ForbiddenError: the actor is no planner.
            IllegalTransitionError: the label is archived.
        """
        actor.require(Role.PLANNER)
        self._require_open()
        current = self.current
        if current is not None and self.revision(current).content_hash == content_hash:
            same = self.revision(current)
            known = same.with_author(actor.name)
            if known is same and title in {None, self.title}:
                return self, same, None
            after = replace(self._with(known, at=at), title=title or self.title)
            event = self._event(
                InputSetAction.IMPORT, actor, known, comment, unchanged=True, title=after.title, **(how or {})
            )
            return after, known, event
        fresh = InputRevision(
            label=self.label,
            number=self.next_number,
            content_hash=content_hash,
            authors=(actor.name,),
            source=source,
            row_counts=dict(row_counts),
            created_at=at,
        )
        superseded = () if self.candidate is None else (self.candidate_revision.moved_to(RevisionStatus.SUPERSEDED),)
        after = replace(
            self._with(*superseded, fresh, at=at),
            title=title or self.title,
            candidate=fresh.number,
            next_number=self.next_number + 1,
        )
        details = {
            "source": source,
            "rows": dict(row_counts),
            "superseded": self.candidate,
            "title": after.title,
            **(how or {}),
        }
        return after, fresh, self._event(InputSetAction.IMPORT, actor, fresh, comment, **details)

    def submit(self, number: int, *, actor: Actor, at: datetime, comment: str | None = None) -> Move:
        """Put the candidate before the approvers.

        Raises:
            ForbiddenError: the actor is no planner.
            IllegalTransitionError: it is not the candidate, or not a draft.
        """
        actor.require(Role.PLANNER)
        self._require_open()
        candidate = self._named_candidate(number)
        if candidate.status is RevisionStatus.SUBMITTED:
            raise IllegalTransitionError(
                f"{candidate.reference} is submitted already.",
                remedy=f"It waits for somebody to approve it: planvault inputs approve {candidate.reference}.",
                status=str(candidate.status),
            )
        submitted = candidate.moved_to(RevisionStatus.SUBMITTED)
        return self._with(submitted, at=at), self._event(InputSetAction.SUBMIT, actor, submitted, comment)

    def approve(
        self,
        number: int,
        content_hash: str,
        *,
        actor: Actor,
        policy: ApprovalPolicy,
        at: datetime,
        comment: str | None = None,
    ) -> Move:
        """Say yes to exactly this content; the last yes that the policy asks for makes it live.

        Raises:
            ForbiddenError: the actor is no approver.
            FourEyesError: the actor is an author.
            IllegalTransitionError: it is not the submitted candidate, or the actor approved it before.
            ConflictError: the content hash is another than the revision's.
        """
        actor.require(Role.APPROVER)
        self._require_open()
        revision = self._named_candidate(number)
        if revision.status is not RevisionStatus.SUBMITTED:
            raise IllegalTransitionError(
                f"{revision.reference} is {revision.status}; only a submitted revision can be approved.",
                remedy=f"Submit it first: planvault inputs submit {self.label}.",
                status=str(revision.status),
            )
        return self._approved(revision, content_hash, actor, policy, at, comment, InputSetAction.APPROVE)

    def reject(self, number: int, *, actor: Actor, at: datetime, comment: str | None, policy: ApprovalPolicy) -> Move:
        """Say no to the candidate, or withdraw it as an author; what is live stays live.

        Raises:
            ForbiddenError: the actor is neither an approver nor an author.
            InvalidRequestError: there is no comment.
            IllegalTransitionError: it is not the candidate.
        """
        self._require_open()
        if number == self.live:
            raise IllegalTransitionError(
                f"{self.label}@{number} is live; only a candidate can be rejected.",
                remedy=f"Take it back: planvault inputs revert {self.label}@{number}.",
            )
        revision = self._named_candidate(number)
        if Role.APPROVER not in actor.roles and actor.key not in revision.author_keys:
            raise ForbiddenError(f"{actor.name} is neither an approver nor an author of {revision.reference}.")
        if not comment:
            raise InvalidRequestError("A rejection needs a comment.", remedy="Say why with --comment.")
        after = replace(self._with(revision.moved_to(RevisionStatus.REJECTED), at=at), candidate=None)
        return after, self._event(InputSetAction.REJECT, actor, revision, comment, policy=policy.as_fields())

    def revert(self, number: int | None = None, *, actor: Actor, at: datetime, comment: str | None = None) -> Move:
        """Take back what is live; what it first replaced is live again on its old approvals.

        ``number`` is the revision that the actor takes for live: with it, a second revert takes nothing else back.

        Raises:
            ForbiddenError: the actor is no approver.
            NotFoundError: there is no revision of that number.
            IllegalTransitionError: there is a candidate, nothing is live, or another revision than the one named.
        """
        actor.require(Role.APPROVER)
        self._require_open()
        if number is not None and self.revision(number).number != self.live:
            raise IllegalTransitionError(
                f"{self.label}@{number} is {self.revision(number).status} and not live.",
                remedy=f"See what is: planvault inputs show {self.label}.",
            )
        if self.candidate is not None:
            raise IllegalTransitionError(
                f"{self.label} cannot be reverted: {self.label}@{self.candidate} is a candidate.",
                remedy="Approve or reject it first.",
            )
        if self.live is None:
            raise IllegalTransitionError(f"{self.label} cannot be reverted: nothing is live.")
        reverted = self.revision(self.live).moved_to(RevisionStatus.REVERTED)
        changed, live = [reverted], None
        if reverted.replaced is not None:
            former = self.revision(reverted.replaced)
            if former.status is RevisionStatus.SUPERSEDED:
                changed.append(former.moved_to(RevisionStatus.READY))
                live = former.number
        after = replace(self._with(*changed, at=at), live=live)
        return after, self._event(InputSetAction.REVERT, actor, reverted, comment, live=live)

    def adopt(
        self,
        number: int,
        content_hash: str,
        *,
        actor: Actor,
        policy: ApprovalPolicy,
        at: datetime,
        comment: str | None = None,
    ) -> Move:
        """Submit and approve in one step what came from a legacy system, as an approver's own decision.

        Raises:
            ForbiddenError, FourEyesError, IllegalTransitionError, ConflictError: as ``submit`` and ``approve``,
                and when the revision did not come from a legacy system.
        """
        actor.require(Role.APPROVER)
        self._require_open()
        revision = self._named_candidate(number)
        if revision.source != "legacy":
            raise IllegalTransitionError(f"{revision.reference} did not come from a legacy system.")
        submitted = revision.moved_to(RevisionStatus.SUBMITTED)
        return self._with(submitted, at=at)._approved(  # noqa: SLF001 (a successor of its own)
            submitted, content_hash, actor, policy, at, comment, InputSetAction.ADOPT
        )

    # Steps that moves share

    def _approved(  # noqa: PLR0917 (the words of a signature)
        self,
        revision: InputRevision,
        content_hash: str,
        actor: Actor,
        policy: ApprovalPolicy,
        at: datetime,
        comment: str | None,
        action: InputSetAction,
    ) -> Move:
        if content_hash != revision.content_hash:
            raise ConflictError(
                f"{revision.reference} has the content hash {revision.content_hash[:12]}…, "
                f"not {content_hash[:12]}…: what was seen is not what would be approved.",
                remedy=f"Look at it again: planvault inputs show {revision.reference}.",
            )
        if actor.key in self.authors_of(revision.number) and not policy.allow_self_approval:
            raise FourEyesError(
                f"{actor.name} wrote {revision.reference}, or content on the way to it, and cannot approve it "
                f"(policy: {policy}).",
                remedy="Somebody else with the role approver has to say yes.",
            )
        if any(approval.actor_key == actor.key for approval in revision.approvals):
            raise IllegalTransitionError(f"{actor.name} approved {revision.reference} already.")
        approval = signed(
            self.label,
            self.config_version_id,
            revision.number,
            revision.content_hash,
            actor=actor,
            policy=policy,
            at=at,
            comment=comment,
        )
        approved = replace(revision, approvals=(*revision.approvals, approval))
        count = approved.counting_approvals(self.authors_of(revision.number), policy)
        after = self._with(approved, at=at)
        if count >= policy.approvals_required:
            after = after._made_live(approved, at=at)  # noqa: SLF001 (a successor of its own)
        details = {
            "approvals": count,
            "policy": policy.as_fields(),
            "signature": approval.signature,
            "live": after.live == approved.number,
        }
        return after, self._event(action, actor, approved, comment, **details)

    def _made_live(self, revision: InputRevision, *, at: datetime) -> InputSet:
        ready = replace(revision.moved_to(RevisionStatus.READY), replaced=self.live)
        changed = [ready]
        if self.live is not None:
            changed.append(self.revision(self.live).moved_to(RevisionStatus.SUPERSEDED))
        return replace(self._with(*changed, at=at), live=ready.number, candidate=None)


def new_input_set(
    label: Label,
    *,
    config_version_id: int,
    at: datetime,
    title: str | None = None,
    tombstone: LabelTombstone | None = None,
) -> InputSet:
    """A label that nothing was brought to yet; numbers go on where a deleted one of that name left off."""
    empty = InputSet(label=label, config_version_id=config_version_id, title=title, created_at=at, updated_at=at)
    if tombstone is None:
        return empty
    return replace(empty, generation=tombstone.generation + 1, next_number=tombstone.next_number)
