"""Publication: the one way in which a plan's rows come into a store, digests and KPIs with them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...domain.errors import AlreadyExistsError, InvalidRequestError
from ...domain.plans.digests import PlanContent, SeriesDigester, payload_digest
from ...domain.plans.editing.overlay import Overlay
from ...domain.plans.kpis import base_kpis
from ...domain.plans.ports import RowStamp
from ...domain.plans.series import PlanSeries, SeriesRow
from ...domain.plans.stage import stage_of
from ...domain.plans.version import PlanVersion, Provenance, plan_stream
from ...domain.shared.ids import VersionId
from ..exchange import RowSpool
from ..unit_of_work import UnitOfWork

AGGREGATE = "aggregate"
_LEVEL_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def plan_digest(payload: str, provenance: Provenance, overlay: Overlay | None = None) -> str:
    """The ``plan_digest`` of a plan with what lies over it, which is nothing for one that nobody has edited."""
    return PlanContent(
        payload_digest=payload,
        input_content_hash=provenance.input_content_hash,
        engine_name=provenance.engine_name,
        engine_version=provenance.engine_version,
        engine_parameters=provenance.engine_parameters,
        **(overlay or Overlay()).signed(),
    ).digest


async def require_unused(uow: UnitOfWork, version_id: VersionId) -> None:
    """Let an id pass that no plan version has, or ever had.

    Raises:
        AlreadyExistsError: one has, or had.
    """
    if await uow.events.head(plan_stream(version_id)) is not None:
        raise AlreadyExistsError("plan version", version_id, remedy="Version ids are never used again; take another.")


async def spooled(spool: RowSpool, level: str) -> AsyncIterator[list[SeriesRow]]:
    """The rows of a level in key order, as ``Publication.level`` takes them."""
    for batch in spool.batches(level):
        yield batch
        await asyncio.sleep(0)  # other requests get their turn while a large plan is written


@dataclass(slots=True)
class Publication:
    """Writes one new plan version within a unit of work: begin, every level, finish.

    Levels of a version that is there already are written anew with the ``series`` of its other levels: every level,
    then ``sealed``; those rows are not the work of the version's run.
    """

    uow: UnitOfWork
    version: PlanVersion
    series: list[PlanSeries] = field(default_factory=list)
    by_its_run: bool = True
    _aggregate: list[SeriesRow] = field(default_factory=list)

    async def begin(self) -> None:
        """Take the version's id.

        Raises:
            AlreadyExistsError: it is or was another version's.
        """
        await require_unused(self.uow, self.version.version_id)
        await self.uow.plans.add(self.version)

    async def level(self, name: str, batches: AsyncIterable[Sequence[SeriesRow]]) -> None:
        """Write a level's rows, which come in strictly rising key order, and keep its digests and totals.

        Raises:
            InvalidRequestError: the level's name is malformed or was written already, a row is of another level, a key
                stands twice or out of order, or a measure is not finite.
        """
        if not _LEVEL_NAME.fullmatch(name):
            raise InvalidRequestError(f"{name[:80]!r} cannot name a level.", remedy="Use a-z 0-9 _, a letter first.")
        if any(series.level == name for series in self.series):
            raise InvalidRequestError(f"The level {name} was delivered twice.", remedy="Deliver all its rows at once.")
        digester = SeriesDigester(self.version.version_id, name)
        made_from = self.version.provenance
        run_id = made_from.run_id if self.by_its_run else None
        stamp = RowStamp(config_version_id=made_from.config_version_id, source_run_id=run_id)
        await self.uow.payload.write_rows(self.version.version_id, name, self._checked(name, batches, digester), stamp)
        series = digester.close()
        await self.uow.payload.save_series(series, digester.buckets)
        self.series.append(series)

    async def _checked(
        self, name: str, batches: AsyncIterable[Sequence[SeriesRow]], digester: SeriesDigester
    ) -> AsyncIterator[Sequence[SeriesRow]]:
        async for rows in batches:
            digester.take(rows)
            if name == AGGREGATE:
                self._aggregate.extend(rows)
            yield rows

    async def finish(self, headers: Mapping[str, Mapping[str, Any]]) -> PlanVersion:
        """Write KPIs and artifact headers, and seal the version with its digests."""
        await self.uow.payload.save_headers(self.version.version_id, headers)
        self.version = replace(self.version, stage=stage_of(series.level for series in self.series))
        return await self.uow.plans.save(await self.sealed())

    async def sealed(self, overlay: Overlay | None = None) -> PlanVersion:
        """The version with the digests that now hold, to be saved; KPIs of an aggregate that was written are."""
        version_id = self.version.version_id
        if self._aggregate:
            await self.uow.payload.save_kpis(version_id, base_kpis(self._aggregate))
        payload = payload_digest(self.series, await self.uow.payload.kpis(version_id))
        return replace(
            self.version,
            payload_digest=payload,
            plan_digest=plan_digest(payload, self.version.provenance, overlay),
            series_rows=sum(series.row_count for series in self.series),
        )
