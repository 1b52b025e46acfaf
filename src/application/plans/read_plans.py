"""Looking at plans: versions, series, KPIs, summaries, artifacts."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from ...domain.access.policy import ApprovalPolicy
from ...domain.errors import NotFoundError
from ...domain.plans.kpis import DET, Kpi, derived_kpis
from ...domain.plans.ports import PlanFilter
from ...domain.plans.series import PlanSeries, SeriesKey, SeriesRow
from ...domain.plans.series_filter import EVERY_ROW, SeriesFilter
from ...domain.plans.version import PlanVersion
from ...domain.shared.ids import version_id
from ...domain.shared.paging import Page, check_limit, cursor_of, parse_cursor
from ..exchange import ArtifactRenderer
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .publication import AGGREGATE
from .read_reconciliation import LOG, LOG_ADJUSTED

MOST_ROWS = 10_000
SeriesBatch = list[SeriesRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodTotals:
    """What the families of a plan come to in one period; null where no family has the measure."""

    period: str
    demand: float | None
    supply: float | None
    supply_received: float | None
    backlog: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSummary:
    """A plan on one page: its version, its levels with totals, its KPIs, and the horizon by period.

    ``reconciliation`` is what the engine found when it held det against the aggregate, ``reconciliation_adjusted``
    the same after the adjustment; None where no engine told.
    """

    version: PlanVersion
    series: Sequence[PlanSeries]
    kpis: Sequence[Kpi]
    periods: Sequence[PeriodTotals]
    reconciliation: Mapping[str, Any] | None = None
    reconciliation_adjusted: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPlans:
    """Look at stored plans."""

    unit_of_work: UnitOfWorkFactory
    artifacts: ArtifactRenderer
    policy: ApprovalPolicy = field(default_factory=ApprovalPolicy)

    async def list(self, wanted: PlanFilter, *, limit: int, cursor: str | None) -> Page[PlanVersion]:
        """Plan versions in the order that is wanted; whom they await follows from the policy in force.

        Raises:
            InvalidRequestError: limit or cursor are wrong.
        """
        async with self.unit_of_work(read_only=True) as uow:
            return await uow.plans.list(replace(wanted, policy=self.policy), limit=check_limit(limit), cursor=cursor)

    async def get(self, wanted: str) -> PlanVersion:
        """The version of that id.

        Raises:
            NotFoundError: there is none.
        """
        async with self.unit_of_work(read_only=True) as uow:
            return await uow.plans.get(version_id(wanted))

    async def kpis(self, wanted: str) -> Sequence[Kpi]:
        """All KPIs of a version, stored and derived, in key order.

        Raises:
            NotFoundError: there is no such version.
        """
        async with self.unit_of_work(read_only=True) as uow:
            version = await uow.plans.get(version_id(wanted))
            return await _all_kpis(uow, version, await uow.payload.series(version.version_id))

    async def summary(self, wanted: str) -> PlanSummary:
        """The plan on one page.

        Raises:
            NotFoundError: there is no such version.
        """
        async with self.unit_of_work(read_only=True) as uow:
            version = await uow.plans.get(version_id(wanted))
            series = await uow.payload.series(version.version_id)
            kpis = await _all_kpis(uow, version, series)
            headers = await uow.payload.headers(version.version_id)
            return PlanSummary(
                version=version,
                series=series,
                kpis=kpis,
                periods=await _periods(uow, version),
                reconciliation=headers.get(LOG, {}).get("summary"),
                reconciliation_adjusted=headers.get(LOG_ADJUSTED, {}).get("summary"),
            )

    async def series(self, wanted: str, level: str, only: SeriesFilter = EVERY_ROW) -> AsyncGenerator[SeriesRow]:
        """The rows of a level in key order; memory stays flat however many there are.

        Raises:
            NotFoundError: there is no such version, or it has no such level.
        """
        async with aclosing(self.batches(wanted, level, only)) as batches:
            async for batch in batches:
                for row in batch:
                    yield row

    async def batches(
        self, wanted: str, level: str, only: SeriesFilter = EVERY_ROW
    ) -> AsyncGenerator[Sequence[SeriesRow]]:
        """As ``series``, in batches: for bulk work.

        Raises:
            NotFoundError: there is no such version, or it has no such level.
        """
        async with self.unit_of_work(read_only=True) as uow:
            version = await with_level(uow, wanted, level)
            async with aclosing(uow.payload.rows(version.version_id, level, only)) as batches:
                async for batch in batches:
                    yield batch

    async def page(
        self, wanted: str, level: str, *, limit: int, cursor: str | None, only: SeriesFilter = EVERY_ROW
    ) -> Page[SeriesRow]:
        """Some rows of a level in key order.

        Raises:
            NotFoundError: there is no such version, or it has no such level.
            InvalidRequestError: limit or cursor are wrong.
        """
        check_limit(limit, maximum=MOST_ROWS)
        name = f"series/{level}"
        key = parse_cursor(cursor, name, str, str, str, str)
        after: SeriesKey | None = None if key is None else (level, str(key[0]), str(key[1]), str(key[2]), str(key[3]))
        async with self.unit_of_work(read_only=True) as uow:
            version = await with_level(uow, wanted, level)
            rows = await uow.payload.page(version.version_id, level, after=after, limit=limit + 1, only=only)
        if len(rows) <= limit:
            return Page(items=rows)
        return Page(items=rows[:limit], next_cursor=cursor_of(name, rows[limit - 1].key[1:]))

    async def artifact_names(self, wanted: str) -> Sequence[str]:
        """The legacy-shaped artifacts that a version can be written as, in order of name.

        Raises:
            NotFoundError: there is no such version.
        """
        async with self.unit_of_work(read_only=True) as uow:
            version = await uow.plans.get(version_id(wanted))
            return self.artifacts.names(series.level for series in await uow.payload.series(version.version_id))

    async def artifact(self, wanted: str, name: str) -> AsyncGenerator[str]:
        """The text of one artifact, piece by piece.

        Raises:
            NotFoundError: there is no such version, or it has no such artifact.
        """
        async with self.unit_of_work(read_only=True) as uow:
            version = (await uow.plans.get(version_id(wanted))).require_rows()
            levels = [series.level for series in await uow.payload.series(version.version_id)]
            if name not in self.artifacts.names(levels):
                raise NotFoundError("artifact", f"{name} of {version.version_id}")
            headers = await uow.payload.headers(version.version_id)
            async for piece in rendered(uow, version, name, headers, self.artifacts):
                yield piece


def rendered(
    uow: UnitOfWork,
    version: PlanVersion,
    name: str,
    headers: Mapping[str, Mapping[str, Any]],
    artifacts: ArtifactRenderer,
    *,
    called: str | None = None,
) -> AsyncIterator[str]:
    """The text of an artifact that the version has, piece by piece; in it the version is ``called`` by that id."""
    known = {**headers, name: {**headers.get(name, {}), "version_id": called or version.version_id}}
    return artifacts.render(name, lambda level: uow.payload.rows(version.version_id, level), known)


async def with_level(uow: UnitOfWork, wanted: str, level: str) -> PlanVersion:
    """The version, which has that level.

    Raises:
        NotFoundError: there is no such version, or it has no such level.
    """
    version = (await uow.plans.get(version_id(wanted))).require_rows()
    levels = [series.level for series in await uow.payload.series(version.version_id)]
    if level not in levels:
        raise NotFoundError(
            "level", f"{level} of {version.version_id}", remedy=f"It has: {', '.join(levels) or 'none'}."
        )
    return version


async def _all_kpis(uow: UnitOfWork, version: PlanVersion, series: Sequence[PlanSeries]) -> Sequence[Kpi]:
    stored = await uow.payload.kpis(version.version_id)
    levels = {level.level: level for level in series}
    derived = derived_kpis(levels, **await figures_of(uow, version, levels))
    return sorted([*stored, *derived], key=lambda kpi: kpi.key)


async def figures_of(uow: UnitOfWork, version: PlanVersion, levels: Collection[str]) -> dict[str, Any]:
    """What derived KPIs need besides the levels: how many weeks det has, and the figures of its rows."""
    if DET not in levels:
        return {"weeks": 0, "service": None}
    weeks = await uow.payload.buckets(version.version_id, DET)
    return {"weeks": len(weeks), "service": await uow.pivots.service(version.version_id, DET)}


async def _periods(uow: UnitOfWork, version: PlanVersion) -> Sequence[PeriodTotals]:
    rows_by_period: dict[str, list[SeriesRow]] = {}
    async for batch in uow.payload.rows(version.version_id, AGGREGATE):
        for row in batch:
            rows_by_period.setdefault(row.time_bucket_key, []).append(row)
    return [
        PeriodTotals(
            period=period,
            demand=_sum(row.demand for row in rows),
            supply=_sum(row.supply for row in rows),
            supply_received=_sum(row.supply_received for row in rows),
            backlog=_sum(row.backlog for row in rows),
        )
        for period, rows in rows_by_period.items()
    ]


def _sum(values: Any) -> float | None:
    present = [value for value in values if value is not None]
    return math.fsum(present) if present else None
