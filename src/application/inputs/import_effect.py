"""What an import changes: counted against what is live, or against the candidate that it replaces."""

from __future__ import annotations

from ...domain.inputs.difference import InputDifference
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.revision import InputRevision
from ..unit_of_work import UnitOfWork
from .diff_inputs import Compared, section_differences


async def effect_of(uow: UnitOfWork, input_set: InputSet, revision: InputRevision) -> InputDifference | None:
    """The counts of what a new revision changes, without any row; none where nothing stood before it."""
    number = input_set.live
    if number is None:
        number = max((known.number for known in input_set.revisions if known.number < revision.number), default=None)
    if number is None or number == revision.number:
        return None
    compared = Compared(current=revision, previous=input_set.revision(number))
    sections = await section_differences(uow, compared, rows=0)
    return InputDifference(current=revision, previous=compared.previous, sections=sections)
