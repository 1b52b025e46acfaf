"""The contract of turning plans into tables where they lie: every store adds up what the rules add up."""

from __future__ import annotations

import math
import random

import pytest

from ...application.unit_of_work import UnitOfWorkFactory
from ...domain.plans.kpis import ServiceFigures, service_figures
from ...domain.plans.pivot import PivotCell
from ...domain.plans.ports import RowStamp
from ...domain.plans.series import MEASURES, SeriesRow
from ...domain.plans.series_filter import EVERY_ROW, SeriesFilter
from ...domain.shared.ids import VersionId
from ..builders import a_plan, aggregate_rows, digested, in_batches

V1, V2 = VersionId("v1"), VersionId("v2")
FILTERS = [
    EVERY_ROW,
    SeriesFilter(item="M10"),
    SeriesFilter(location="north"),
    SeriesFilter(bucket_from="2026-W02", bucket_to="2026-W03"),
    SeriesFilter(item="d%", location="global", bucket_from="2026-W03"),
    SeriesFilter(item="nobody"),
]


def _some_rows(seed: int) -> list[SeriesRow]:
    chance = random.Random(seed)
    numbers = [None, 0.0, 0.1, 2.5, 10.0, 1e9, -4.0]
    return sorted(
        SeriesRow(
            "det",
            "week",
            f"2026-W{week:02d}",
            item,
            place,
            item_name=f"{item} of iron" if item != "Ｃ" else None,
            demand=chance.choice(numbers),
            backlog=chance.choice([None, 0.0, 1.0]),
            inventory_close=chance.choice(numbers),
        )
        for week in range(1, 6)
        for item in ("M2", "m2", "M10", "Ｃ", "d%")
        for place in ("global", "north")
        if chance.random() < 0.8
    )


async def _filled(unit_of_work: UnitOfWorkFactory) -> list[SeriesRow]:
    mine, others = _some_rows(1), _some_rows(2)
    async with unit_of_work() as uow:
        for version, levels in ((V1, (mine, aggregate_rows())), (V2, (others,))):
            await uow.plans.add(a_plan(version))
            for rows in levels:
                series, buckets = digested(rows, version)
                await uow.payload.write_rows(version, rows[0].level, in_batches(rows), RowStamp())
                await uow.payload.save_series(series, buckets)
        await uow.commit()
    return mine


def _sum(values: list[float | None]) -> float | None:
    present = [value for value in values if value is not None]
    return math.fsum(present) if present else None


@pytest.mark.parametrize("only", FILTERS)
@pytest.mark.parametrize("measure", ["demand", "inventory_close", "service_level"])
async def test_cells_are_the_sums_of_the_wanted_rows(
    unit_of_work: UnitOfWorkFactory, only: SeriesFilter, measure: str
) -> None:
    """By item and bucket over locations; null where no row has the measure, and no cell where there is no row."""
    rows = [row for row in await _filled(unit_of_work) if only.wants(row)]
    async with unit_of_work(read_only=True) as uow:
        items = await uow.pivots.items(V1, "det", only)
        cells = await uow.pivots.cells(V1, "det", measure, items, only)
        some = await uow.pivots.cells(V1, "det", measure, items[:2], only)
    assert sorted(items) == sorted({row.item_key for row in rows})
    groups = {(row.item_key, row.key[1:3]): row.item_name for row in rows}
    assert sorted((cell.item, cell.bucket) for cell in cells) == sorted(groups)
    for cell in cells:
        values = [getattr(row, measure) for row in rows if (row.item_key, row.key[1:3]) == (cell.item, cell.bucket)]
        total = _sum(values)
        assert cell.value == (None if total is None else pytest.approx(total, rel=1e-9))
        assert cell.item_name == groups[cell.item, cell.bucket]
    assert sorted(some, key=repr) == sorted((cell for cell in cells if cell.item in items[:2]), key=repr)


async def test_nothing_is_found_where_there_is_nothing(unit_of_work: UnitOfWorkFactory) -> None:
    """No such level, no such version, no items asked for."""
    await _filled(unit_of_work)
    none: list[PivotCell] = []
    async with unit_of_work(read_only=True) as uow:
        assert await uow.pivots.items(V1, "mrp", EVERY_ROW) == []
        assert await uow.pivots.items(VersionId("v9"), "det", EVERY_ROW) == []
        assert await uow.pivots.cells(V1, "det", "demand", [], EVERY_ROW) == none
        assert await uow.pivots.cells(V1, "det", "demand", ["nobody"], EVERY_ROW) == none
        assert await uow.pivots.outlines(VersionId("v9")) == []


async def test_figures_of_service_are_those_that_the_rules_find(unit_of_work: UnitOfWorkFactory) -> None:
    """Of all rows of a level; nothing of a level that is not there."""
    rows = await _filled(unit_of_work)
    expected = service_figures(rows)
    async with unit_of_work(read_only=True) as uow:
        found = await uow.pivots.service(V1, "det")
        none = await uow.pivots.service(V1, "mrp")
    assert (found.asked, found.served) == (expected.asked, expected.served)
    assert found.asked > found.served > 0
    assert found.stock == pytest.approx(expected.stock, rel=1e-9)
    assert none == ServiceFigures()


async def test_outlines_count_and_add_up_each_level(unit_of_work: UnitOfWorkFactory) -> None:
    """In order of level; a measure that no row has is left out."""
    rows = await _filled(unit_of_work)
    async with unit_of_work(read_only=True) as uow:
        aggregate, det = await uow.pivots.outlines(V1)
    assert (aggregate.level, *aggregate[1:5]) == ("aggregate", 4, 2, 2, 1)
    assert list(aggregate.totals) == ["demand", "supply", "backlog", "capacity_used"]
    assert (det.level, det.rows, det.buckets, det.items, det.locations) == (
        "det",
        len(rows),
        len({row.time_bucket_key for row in rows}),
        len({row.item_key for row in rows}),
        2,
    )
    sums = {name: _sum([getattr(row, name) for row in rows]) for name in MEASURES}
    assert dict(det.totals) == {
        name: pytest.approx(value, rel=1e-9) for name, value in sums.items() if value is not None
    }
