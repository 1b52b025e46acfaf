"""Making a plan again in memory with some causes taken from another plan; nothing of it is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...domain.errors import EngineError, InvalidRequestError
from ...domain.inputs.content import InputContent
from ...domain.inputs.parting import PartedContents
from ...domain.plans.explanation import Amounts, Cause, Totals, growth, remainder
from ..engine import EngineRunner, Progress, silent
from ..threads import in_thread
from .finding_causes import FoundCause, Side, parts_of
from .measuring import Measured, Wanted, measured_run

_NOTHING: frozenset[Cause] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Swapped:
    """What one cause alone does to the totals, or why that could not be run."""

    cause: FoundCause
    amounts: Amounts | None
    not_alone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SwappedPlans:
    """What every cause does alone; and what the engines make of it all, before and after."""

    before: Totals
    after: Totals
    causes: Sequence[Swapped]

    @property
    def interaction(self) -> Amounts:
        """What causes do only together, with what those do that could not be run alone."""
        known = [swapped.amounts for swapped in self.causes if swapped.amounts is not None]
        return remainder(growth(self.before, self.after), known)


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapCauses:
    """Runs engines with the causes of ``before``, of ``after``, and with one cause of ``after`` at a time."""

    engines: EngineRunner
    before: Side
    after: Side
    parted: PartedContents
    wanted: Wanted

    async def __call__(self, causes: Sequence[FoundCause], progress: Progress = silent) -> SwappedPlans:
        """What came out; causes that do not differ are not run, and no engine is where only overrides differ.

        Raises:
            EngineError, InvalidRequestError: a plan could not be made again as it was made.
        """
        of_engine = frozenset(found.cause for found in causes) - {Cause.OVERRIDES}
        same_rows = self.before.version.payload_digest == self.after.version.payload_digest
        if same_rows and not of_engine:
            base = whole = self.before.stored
        else:
            progress("before", 0.0)
            base = await self._run(_NOTHING)
            progress("after", 0.0)
            whole = await self._run(of_engine) if of_engine else base
        start = base.with_overlay(self.before.overlay)
        swapped = []
        for found in causes:
            progress(found.cause, 0.0)
            if found.cause is Cause.OVERRIDES:
                swapped.append(_done(found, start, base.with_overlay(self.after.overlay)))
            elif of_engine == {found.cause}:
                swapped.append(_done(found, start, whole.with_overlay(self.before.overlay)))
            else:
                swapped.append(await self._alone(found, start))
            progress(found.cause, 1.0)
        return SwappedPlans(before=start, after=whole.with_overlay(self.after.overlay), causes=swapped)

    async def _alone(self, found: FoundCause, start: Totals) -> Swapped:
        try:
            measured = await self._run(frozenset({found.cause}))
        except (EngineError, InvalidRequestError) as error:
            return Swapped(cause=found, amounts=None, not_alone=str(error))
        return _done(found, start, measured.with_overlay(self.before.overlay))

    async def _run(self, causes: frozenset[Cause]) -> Measured:
        of_engine, of_parameters = (
            (self.after if cause in causes else self.before).version.provenance
            for cause in (Cause.ENGINE, Cause.PARAMETERS)
        )
        content: InputContent = await in_thread(lambda: self.parted.mixed(parts_of(causes)))
        name = of_engine.engine_name or ""
        async with self.engines.run(name, content, of_parameters.engine_parameters, silent) as engine:
            return await measured_run(engine, self.wanted)


def _done(found: FoundCause, before: Totals, after: Totals) -> Swapped:
    return Swapped(cause=found, amounts=growth(before, after))
