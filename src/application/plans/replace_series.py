"""Replacing levels of a plan: other rows, the same version, with everything that lies over it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ...domain.access.actor import Role
from ...domain.errors import InvalidRequestError
from ...domain.plans.series import SeriesRow
from ...domain.plans.stage import stage_of, stale_after
from ...domain.plans.version import PlanAction, PlanVersion
from ...domain.shared.clock import Clock
from ...domain.shared.ids import version_id
from ..access.admission import Admission
from ..exchange import NamedStream, RowSpool, RowSpoolFactory, SeriesReader
from ..retrying import retried
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .overlaying import Change, Overlaying
from .publication import Publication, spooled
from .row_guard import RowGuard


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceSeries:
    """Put other rows in the place of all rows of one level or of several, in one transaction.

    Overrides, locks and weights stay, those of rows that are gone as detached ones.  Levels below what was replaced
    no longer follow from it, unless they were replaced with it.
    """

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    reader: SeriesReader
    spool: RowSpoolFactory
    clock: Clock
    guard: RowGuard = field(default_factory=RowGuard)

    async def file(self, wanted: str, file: NamedStream, change: Change) -> PlanVersion:
        """Replace every level that has rows in a JSON lines or CSV file.

        Raises:
            ValidationError: a line breaks a rule; nothing was replaced.
            PlanvaultError: as ``rows``.
        """
        return await self._spooled(wanted, self.reader.rows(file), change)

    async def rows(self, wanted: str, rows: Iterable[SeriesRow], change: Change) -> PlanVersion:
        """Replace every level that one of these rows is of; the version as it was where they are the same rows.

        Raises:
            NotFoundError: there is no such version.
            StaleVersionError: its ``row_version`` is not the expected one.
            ForbiddenError: the actor is no planner.
            ContentFrozenError: it is approved or superseded, or put away.
            InvalidRequestError: there are no rows, a key stands twice, or a measure is not finite.
        """
        return await self._spooled(wanted, rows, change)

    async def _spooled(self, wanted: str, rows: Iterable[SeriesRow], change: Change) -> PlanVersion:
        change.actor.require(Role.PLANNER)
        version_id(wanted)
        with self.spool() as spool:
            await asyncio.to_thread(spool.add, rows)
            if not spool.levels:
                raise InvalidRequestError(
                    "There are no series rows, so there is nothing to replace.",
                    remedy="Give a file or rows with at least one level.",
                )
            return await self.guard.with_room(lambda: self._replaced(wanted, spool, change), actor=change.actor)

    @retried
    async def _replaced(self, wanted: str, spool: RowSpool, change: Change) -> PlanVersion:
        async with self.unit_of_work() as uow:
            begun = await Overlaying.begin(uow, wanted, change, admission=self.admission, clock=self.clock)
            before = begun.version
            begun.version = await _written(uow, begun, spool)
            if begun.version.payload_digest == before.payload_digest:
                return await _as_it_was(self.unit_of_work, wanted)
            told = {"levels": spool.levels, "payload_digest_before": before.payload_digest}
            version = await begun.finish(PlanAction.REPLACE, told, changed_levels=spool.levels)
            await self.guard.require_room(uow, adding=version.series_rows - before.series_rows)
            await uow.commit()
        return version


async def _written(uow: UnitOfWork, begun: Overlaying, spool: RowSpool) -> PlanVersion:
    version = begun.version
    kept = [series for series in await uow.payload.series(version.version_id) if series.level not in spool.levels]
    publication = Publication(uow, version, kept, by_its_run=False)
    for level in spool.levels:
        await uow.payload.remove_level(version.version_id, level)
        await publication.level(level, spooled(spool, level))
    levels = [series.level for series in publication.series]
    stale = stale_after(spool.levels, levels, version.stale_levels)
    reached = stage_of(level for level in levels if level not in stale)
    publication.version = replace(version, stage=max(version.stage, reached, key=lambda stage: stage.place))
    return await publication.sealed(begun.overlay)


async def _as_it_was(unit_of_work: UnitOfWorkFactory, wanted: str) -> PlanVersion:
    async with unit_of_work(read_only=True) as uow:
        return await uow.plans.get(version_id(wanted))
