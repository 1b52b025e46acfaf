"""Where plans come from, and which plans came from what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ...domain.inputs.revision import InputRevision
from ...domain.plans.ports import PlanFilter
from ...domain.plans.version import PlanOrigin, PlanVersion
from ...domain.shared.ids import Label, label_reference, version_id
from ...domain.shared.paging import Page, check_limit
from ..telemetry import Telemetry
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory

_LONGEST_LINE = 50


class InputStanding(StrEnum):
    """What is known of the inputs of a plan."""

    KEPT = "kept"
    MISSING = "missing"
    LEGACY = "legacy"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanProvenance:
    """Where a plan comes from.

    ``inputs`` says whether the revision that it was made from is still there with the same content; it is ``revision``
    then, and ``live`` says whether plans are made from it today.  ``line`` are the versions that it was copied or made
    again from, nearest first, as far as they are still there.
    """

    version: PlanVersion
    inputs: InputStanding
    revision: InputRevision | None = None
    live: bool = False
    line: Sequence[PlanVersion] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadProvenance:
    """Follow plans to what they were made from, and back."""

    unit_of_work: UnitOfWorkFactory
    telemetry: Telemetry

    async def __call__(self, wanted: str) -> PlanProvenance:
        """Where a version comes from; inputs that are gone are told, and counted.

        Raises:
            NotFoundError: there is no such version.
        """
        async with self.unit_of_work(read_only=True) as uow:
            version = await uow.plans.get(version_id(wanted))
            found = await provenance_of(uow, version)
        if found.inputs is InputStanding.MISSING:
            self.telemetry.inputs_missing()
        return found

    async def used(self, reference: str, *, limit: int, cursor: str | None) -> Page[PlanVersion]:
        """The plans that were made from ``LABEL@N``, or from any revision of ``LABEL``, newest first.

        Raises:
            NotFoundError: there is no such label or revision.
            InvalidRequestError: reference, limit or cursor are wrong.
        """
        wanted, number = label_reference(reference)
        async with self.unit_of_work(read_only=True) as uow:
            input_set = await uow.input_sets.get(wanted)
            revision = None if number is None else input_set.revision(number)
            chosen = PlanFilter(
                input_label=input_set.label, input_revision=None if revision is None else revision.number
            )
            return await uow.plans.list(chosen, limit=check_limit(limit), cursor=cursor)


async def provenance_of(uow: UnitOfWork, version: PlanVersion) -> PlanProvenance:
    """Where a version comes from, as things stand in this unit of work."""
    made_from = version.provenance
    line = await _line(uow, version)
    if made_from.input_label is None or made_from.input_content_hash is None:
        legacy = made_from.origin is PlanOrigin.LEGACY
        return PlanProvenance(version=version, inputs=InputStanding.LEGACY if legacy else InputStanding.NONE, line=line)
    input_set = await uow.input_sets.find(Label(made_from.input_label))
    revisions = () if input_set is None else input_set.revisions
    revision = next((known for known in revisions if known.number == made_from.input_revision), None)
    if input_set is None or revision is None or revision.content_hash != made_from.input_content_hash:
        return PlanProvenance(version=version, inputs=InputStanding.MISSING, line=line)
    return PlanProvenance(
        version=version,
        inputs=InputStanding.KEPT,
        revision=revision,
        live=revision.number == input_set.live,
        line=line,
    )


async def _line(uow: UnitOfWork, version: PlanVersion) -> list[PlanVersion]:
    line: list[PlanVersion] = []
    before = version.provenance.base_version_id
    while before is not None and len(line) < _LONGEST_LINE:
        known = await uow.plans.find(before)
        if known is None:
            break
        line.append(known)
        before = known.provenance.base_version_id
    return line
