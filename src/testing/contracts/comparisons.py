"""The contract of comparing plans where they lie: every store says what the rules say."""

from __future__ import annotations

import random

import pytest

from ...application.unit_of_work import UnitOfWorkFactory
from ...domain.plans.comparison import (
    Bucket,
    ChangeCounts,
    Materiality,
    Rollup,
    changes_between,
    rolled_up,
)
from ...domain.plans.ports import RowStamp
from ...domain.plans.series import SeriesRow
from ...domain.shared.ids import VersionId
from ..builders import a_plan, digested, in_batches

V1, V2 = VersionId("v1"), VersionId("v2")
BOTH = (V1, V2)
MATERIALS = [
    Materiality(),
    Materiality(measures=("supply",)),
    Materiality(absolute=2.0),
    Materiality(relative=0.5),
    Materiality(measures=("demand", "inventory_close"), absolute=1.0, relative=0.1),
]


def _some_rows(seed: int) -> list[SeriesRow]:
    chance = random.Random(seed)
    numbers = [None, 0.0, 1.0, 2.5, 10.0, 1e9, -4.0]
    rows = [
        SeriesRow(
            "det",
            "week",
            f"2026-W{week:02d}",
            item,
            place,
            demand=chance.choice(numbers),
            supply=chance.choice(numbers),
            backlog=0.0,
            inventory_close=chance.choice(numbers),
        )
        for week in range(1, 6)
        for item in ("A", "b", "Ｃ", "d%")
        for place in ("global", "north")
        if chance.random() < 0.8
    ]
    return sorted(rows)


async def _filled(unit_of_work: UnitOfWorkFactory) -> tuple[list[SeriesRow], list[SeriesRow], list[Bucket]]:
    before, after = _some_rows(1), _some_rows(2)
    # Some rows are the same in both, so that equal ones are there to be left out.
    keys = {row.key: row for row in before}
    after = [keys[row.key] if row.key in keys and place % 3 else row for place, row in enumerate(after)]
    async with unit_of_work() as uow:
        for version, rows in ((V1, before), (V2, after)):
            series, buckets = digested(rows, version)
            await uow.plans.add(a_plan(version))
            await uow.payload.write_rows(version, "det", in_batches(rows), RowStamp())
            await uow.payload.save_series(series, buckets)
        await uow.commit()
    return before, after, sorted({row.key[1:3] for row in [*before, *after]})


@pytest.mark.parametrize("material", MATERIALS)
async def test_changes_are_those_that_the_rules_find(unit_of_work: UnitOfWorkFactory, material: Materiality) -> None:
    """In key order, page by page, counted, and the largest first."""
    before, after, buckets = await _filled(unit_of_work)
    expected = list(changes_between(before, after, material))
    async with unit_of_work(read_only=True) as uow:
        found = await uow.comparisons.changes(BOTH, "det", material, buckets=buckets, limit=1000)
        counts = await uow.comparisons.change_counts(BOTH, "det", material, buckets=buckets)
        paged, start = [], None
        while page := await uow.comparisons.changes(BOTH, "det", material, buckets=buckets, after=start, limit=3):
            paged += page
            start = page[-1].key
        largest = await uow.comparisons.changes(BOTH, "det", material, buckets=buckets, limit=4, largest=True)
    assert found == expected == paged
    assert expected
    kinds = [change.kind for change in expected]
    assert counts == ChangeCounts(kinds.count("added"), kinds.count("removed"), kinds.count("changed"))
    assert largest == sorted(expected, key=lambda change: -abs(change.delta(0)))[:4]


async def test_only_the_buckets_asked_for_are_looked_at(unit_of_work: UnitOfWorkFactory) -> None:
    """And none at all without buckets, without such a level, or without such a version."""
    before, after, buckets = await _filled(unit_of_work)
    some = buckets[1:3]
    material = Materiality()
    async with unit_of_work(read_only=True) as uow:
        found = await uow.comparisons.changes(BOTH, "det", material, buckets=some, limit=1000)
        assert found == [change for change in changes_between(before, after, material) if change.key[1:3] in some]
        assert await uow.comparisons.changes(BOTH, "det", material, buckets=[], limit=9) == []
        assert await uow.comparisons.changes(BOTH, "mrp", material, buckets=buckets, limit=9) == []
        assert await uow.comparisons.change_counts(BOTH, "det", material, buckets=[]) == ChangeCounts()
        alone = (V1, VersionId("v9"))
        counts = await uow.comparisons.change_counts(alone, "det", material, buckets=buckets)
        assert counts == ChangeCounts(removed=len(before))


@pytest.mark.parametrize("by", Rollup)
async def test_totals_are_those_that_the_rules_find(unit_of_work: UnitOfWorkFactory, by: Rollup) -> None:
    """By group in code point order; null where there is nothing to add up."""
    before, after, _ = await _filled(unit_of_work)
    measures = ("demand", "supply", "cost_total")
    expected = rolled_up(before, after, by, measures)
    async with unit_of_work(read_only=True) as uow:
        found = await uow.comparisons.totals(BOTH, "det", by, measures)
    assert [group.group for group in found] == [group.group for group in expected]
    for group, known in zip(found, expected, strict=True):
        for values, wanted in ((group.before, known.before), (group.after, known.after)):
            assert values == tuple(None if value is None else pytest.approx(value, rel=1e-9) for value in wanted)
