"""A look at a candidate before it is put before the approvers: what it is, what it changes, who may approve it."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.access.policy import ApprovalPolicy
from ...domain.inputs.difference import InputDifference
from ...domain.inputs.revision import InputRevision, RevisionStatus
from ...domain.shared.ids import label
from ..unit_of_work import UnitOfWorkFactory
from .diff_inputs import Compared, DiffInputs, check_rows

PREVIEW_ROWS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class InputPreview:
    """A candidate as its author sees it.

    ``authors`` are all whose approval would not count, unless the policy lets authors approve; ``approvals`` is how
    many hold by now.
    """

    revision: InputRevision
    difference: InputDifference
    authors: tuple[str, ...]
    policy: ApprovalPolicy
    approvals: int

    @property
    def next_step(self) -> str:
        """The verb that comes next: ``submit`` or ``approve``."""
        return "submit" if self.revision.status is RevisionStatus.DRAFT else "approve"

    @property
    def approvals_missing(self) -> int:
        """How many approvals it still needs."""
        return max(0, self.policy.approvals_required - self.approvals)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewInputs:
    """Preview the candidate of a label."""

    unit_of_work: UnitOfWorkFactory
    diff: DiffInputs
    policy: ApprovalPolicy

    async def __call__(self, wanted: str, *, rows: int = PREVIEW_ROWS) -> InputPreview:
        """The candidate against what is live, with the first rows of each kind.

        Raises:
            NotFoundError: there is no such label.
            IllegalTransitionError: it has no candidate.
            InvalidRequestError: ``rows`` is out of range.
        """
        check_rows(rows)
        async with self.unit_of_work(read_only=True) as uow:
            input_set = await uow.input_sets.get(label(wanted))
        revision = input_set.candidate_revision
        live = None if input_set.live is None else input_set.revision(input_set.live)
        difference = await self.diff.between(Compared(current=revision, previous=live), rows=rows)
        return InputPreview(
            revision=revision,
            difference=difference,
            authors=input_set.author_names_of(revision.number),
            policy=self.policy,
            approvals=revision.counting_approvals(input_set.authors_of(revision.number), self.policy),
        )
