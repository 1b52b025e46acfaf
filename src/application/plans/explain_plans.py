"""Explaining plans: from which causes the difference of two versions comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...domain.errors import EngineError, InvalidRequestError, NotFoundError
from ...domain.inputs.content import InputContent
from ...domain.inputs.difference import SectionDifference
from ...domain.inputs.parting import PartedContents
from ...domain.plans.comparison import DEFAULT_MEASURES, Materiality
from ...domain.plans.editing.cells import DET
from ...domain.plans.editing.overlay import Overlay
from ...domain.plans.explanation import Amounts, Cause, Remainder, Totals, growth, is_nothing, remainder
from ...domain.plans.version import PlanVersion
from ...domain.shared.ids import version_id
from ..engine import EngineRunner, Progress, silent
from ..threads import in_thread
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .compare_plans import levels_of, require_level
from .finding_causes import FoundCause, SettingChange, Side, found_causes, why_not_rerun
from .measuring import Wanted, measured_plan
from .swapping import SwapCauses, SwappedPlans


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedLine:
    """One cause, or what is left besides causes, and its amounts; null where they cannot be told.

    ``not_alone`` says why a cause could not be run alone: what it does is part of the interaction.
    """

    source: Cause | Remainder
    amounts: Amounts | None
    inputs: tuple[SectionDifference, ...] = ()
    settings: Mapping[str, SettingChange] = field(default_factory=dict)
    not_alone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanExplanation:
    """Why two versions differ: lines whose amounts add up exactly from the totals before to those after.

    Totals are by level, in the order of ``measures``, with what lies over the rows.  ``by_evidence`` says why the
    engines were not run again; nothing where they were.
    """

    before: PlanVersion
    after: PlanVersion
    measures: tuple[str, ...]
    totals: tuple[Totals, Totals]
    lines: Sequence[ExplainedLine]
    by_evidence: tuple[str, ...] = ()

    @property
    def difference(self) -> Amounts:
        """By how much the totals grew."""
        return growth(*self.totals)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainPlans:
    """Say why two plans differ: by running engines again with one cause swapped at a time, else by evidence."""

    unit_of_work: UnitOfWorkFactory
    engines: EngineRunner

    async def __call__(
        self,
        before: str,
        after: str,
        *,
        levels: Sequence[str] = (),
        measures: Sequence[str] = DEFAULT_MEASURES,
        progress: Progress = silent,
    ) -> PlanExplanation:
        """Why totals of these levels differ; without a level of det, or of all where there is no det.

        Engines run one after another and outside of any transaction; whoever is cancelled stops them.

        Raises:
            NotFoundError: there is no such version, or neither has such a level.
            InvalidRequestError: a measure is unknown or named twice.
            IntegrityError: stored inputs are not what they were.
        """
        checked = Materiality(measures=tuple(measures)).measures
        old, new = await self._sides(before, after, levels, checked)
        parted = await in_thread(lambda: _parted(old, new))
        causes = await in_thread(lambda: found_causes(old, new, parted))
        totals = (old.stored.with_overlay(old.overlay), new.stored.with_overlay(new.overlay))
        reasons = [reason for side in (old, new) for reason in why_not_rerun(side, self.engines)]
        lines: list[ExplainedLine] | None = None
        if parted is not None and not reasons:
            swap = SwapCauses(engines=self.engines, before=old, after=new, parted=parted, wanted=old.stored.wanted)
            try:
                lines = _by_rerunning(growth(*totals), await swap(causes, progress))
            except (EngineError, InvalidRequestError) as error:
                reasons.append(f"A plan could not be made again: {error}")
        return PlanExplanation(
            before=old.version,
            after=new.version,
            measures=checked,
            totals=totals,
            lines=_by_evidence(old, new, causes, growth(*totals)) if lines is None else lines,
            by_evidence=tuple(reasons),
        )

    async def _sides(self, before: str, after: str, levels: Sequence[str], measures: tuple[str, ...]) -> list[Side]:
        async with self.unit_of_work(read_only=True) as uow:
            versions = [
                (await uow.plans.get(version_id(before))).require_rows(),
                (await uow.plans.get(version_id(after))).require_rows(),
            ]
            ids = (versions[0].version_id, versions[1].version_id)
            known = await levels_of(uow, ids)
            chosen = list(dict.fromkeys(levels)) or [level for level in known if level == DET] or known
            for level in chosen:
                require_level(level, known, ids)
            overlays = [await uow.overlays.load(version) for version in ids]
            wanted = Wanted.of(chosen, measures, overlays)
            return [
                Side(
                    version=version,
                    overlay=overlay,
                    content=await _content(uow, version),
                    stored=await measured_plan(uow, version.version_id, wanted),
                )
                for version, overlay in zip(versions, overlays, strict=True)
            ]


async def _content(uow: UnitOfWork, version: PlanVersion) -> InputContent | None:
    """What a version was made from; contents that plans name stay even when their label is deleted."""
    if version.provenance.input_content_hash is None:
        return None
    try:
        return await uow.contents.get(version.provenance.input_content_hash)
    except NotFoundError:
        return None


def _parted(before: Side, after: Side) -> PartedContents | None:
    if before.content is None or after.content is None:
        return None
    return PartedContents.of(before.content, after.content)


def _by_rerunning(difference: Amounts, swapped: SwappedPlans) -> list[ExplainedLine]:
    lines = [
        ExplainedLine(
            source=one.cause.cause,
            amounts=one.amounts,
            inputs=one.cause.inputs,
            settings=one.cause.settings,
            not_alone=one.not_alone,
        )
        for one in swapped.causes
    ]
    replaced = remainder(difference, [growth(swapped.before, swapped.after)])
    if not is_nothing(replaced):
        lines.append(ExplainedLine(source=Remainder.REPLACED_ROWS, amounts=replaced))
    if swapped.causes:
        lines.append(ExplainedLine(source=Remainder.INTERACTION, amounts=swapped.interaction))
    return lines


def _by_evidence(before: Side, after: Side, causes: Sequence[FoundCause], difference: Amounts) -> list[ExplainedLine]:
    """Overrides tell their amounts by themselves; input rows and settings only tell that they changed."""
    plain = growth(before.stored.with_overlay(Overlay()), after.stored.with_overlay(Overlay()))
    lines = [
        ExplainedLine(
            source=found.cause,
            amounts=remainder(difference, [plain]) if found.cause is Cause.OVERRIDES else None,
            inputs=found.inputs,
            settings=found.settings,
        )
        for found in causes
    ]
    told = [line.amounts for line in lines if line.amounts is not None]
    return [*lines, ExplainedLine(source=Remainder.UNEXPLAINED, amounts=remainder(difference, told))]
