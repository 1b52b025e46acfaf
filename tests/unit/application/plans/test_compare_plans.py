"""What two plans say differently, on a store in memory."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from planvault import RegisterRequest
from planvault.application.comparison_presentation import changes_csv, comparison_fields, row_change_fields
from planvault.domain.errors import InvalidRequestError, NotFoundError
from planvault.domain.plans.comparison import Materiality, Rollup
from planvault.domain.plans.series import SeriesRow
from planvault.testing.builders import AYA, aggregate_rows, det_rows
from tests.unit.application.desk import Desk


def changed(rows: Sequence[SeriesRow], **values: float) -> list[SeriesRow]:
    """The rows, the first of them with other values."""
    return [rows[0]._replace(**values), *rows[1:]]  # type: ignore[arg-type]


async def two(before: Sequence[SeriesRow], after: Sequence[SeriesRow]) -> Desk:
    desk = Desk()
    for version_id, rows in (("v1", before), ("v2", after)):
        await desk.planner.plans.register(RegisterRequest(actor=AYA, version_id=version_id), rows)
    return desk


async def test_levels_that_are_equal_are_told_by_their_digests() -> None:
    desk = await two([*aggregate_rows(), *det_rows()], [*aggregate_rows(), *changed(det_rows(), demand=99.0)])
    found = await desk.planner.plans.compare("V1", "v2")
    aggregate, det = found.levels
    assert (found.equal, aggregate.equal, det.equal) == (False, True, False)
    assert (det.counts.added, det.counts.removed, det.counts.changed) == (0, 0, 1)
    told = comparison_fields(found)["levels"][1]["totals"]["demand"]
    assert told["after"] - told["before"] == told["delta"] == 89.0
    assert (await desk.planner.plans.compare("v1", "v1")).equal


async def test_buckets_that_come_and_go_are_no_changes() -> None:
    rows = det_rows(10, weeks=5)
    desk = await two(rows[:8], rows[2:])
    (level,) = (await desk.planner.plans.compare("v1", "v2")).levels
    assert [bucket[1] for bucket in level.entering] == ["2026-W05"]
    assert [bucket[1] for bucket in level.leaving] == ["2026-W01"]
    assert (tuple(level.counts), level.rows_before, level.rows_after) == ((0, 0, 0), 8, 8)
    assert (await desk.planner.plans.changes("v1", "v2", level="det")).items == []


async def test_a_level_that_only_one_has_is_all_coming_or_going() -> None:
    desk = await two(aggregate_rows(), [*aggregate_rows(), *det_rows()])
    det = (await desk.planner.plans.compare("v1", "v2")).levels[1]
    assert (det.rows_before, len(det.entering)) == (0, 5)
    assert comparison_fields(await desk.planner.plans.compare("v2", "v1"))["levels"][1]["leaving"]


async def test_only_what_is_material_is_told() -> None:
    rows = det_rows(4, weeks=1)
    after = [rows[0]._replace(demand=10.4), rows[1]._replace(demand=22.0), rows[2], rows[3]._replace(supply=None)]
    desk = await two(rows, after)
    plans = desk.planner.plans

    async def items(material: Materiality) -> list[str]:
        found = await plans.changes("v1", "v2", level="det", material=material)
        return [change.key[3] for change in found.items]

    assert await items(Materiality()) == ["SKU0000", "SKU0001", "SKU0003"]
    assert await items(Materiality(measures=("demand",))) == ["SKU0000", "SKU0001"]
    assert await items(Materiality(absolute=1.0)) == ["SKU0001", "SKU0003"]
    assert await items(Materiality(measures=("demand",), relative=0.1)) == ["SKU0001"]
    largest = await plans.largest_changes("v1", "v2", level="det", top=1)
    assert row_change_fields(largest[0], ("demand", "supply", "backlog"))["measures"]["demand"]["delta"] == 11.0


async def test_every_change_comes_as_csv() -> None:
    desk = await two(det_rows(), changed(det_rows(), demand=99.0))
    batches = desk.planner.plans.all_changes("v1", "v2", level="det")
    text = "".join([piece async for piece in changes_csv(batches, ("demand", "supply", "backlog"))])
    header, line = text.splitlines()
    assert header.split(",")[:6] == [
        "level",
        "time_bucket_type",
        "time_bucket_key",
        "item_key",
        "location_key",
        "change",
    ]
    assert line == "det,week,2026-W01,SKU0000,global,changed,10.0,99.0,10.0,10.0,0.0,0.0"
    same = desk.planner.plans.all_changes("v1", "v1", level="det")
    assert len("".join([piece async for piece in changes_csv(same, ("demand",))]).splitlines()) == 1


async def test_totals_are_rolled_up() -> None:
    desk = await two(aggregate_rows(), changed(aggregate_rows(), demand=150.0))
    found = await desk.planner.plans.compared_totals("v1", "v2", level="aggregate", by=Rollup.ITEM, measures=["demand"])
    assert [(group.group, group.before, group.after) for group in found] == [
        ("F1", (200.0,), (250.0,)),
        ("F2", (200.0,), (200.0,)),
    ]


async def test_what_cannot_be_compared_is_named() -> None:
    desk = await two(aggregate_rows(), aggregate_rows())
    plans = desk.planner.plans
    for pair in (("v1", "v9"), ("v9", "v1")):
        with pytest.raises(NotFoundError, match="v9"):
            await plans.compare(*pair)
    with pytest.raises(NotFoundError, match="level"):
        await plans.changes("v1", "v2", level="det")
    with pytest.raises(InvalidRequestError, match="measure"):
        await plans.compared_totals("v1", "v2", level="aggregate", by=Rollup.ITEM, measures=["price"])
    for wrong in ({"measures": ()}, {"measures": ("demand", "demand")}, {"absolute": -1.0}, {"relative": float("nan")}):
        with pytest.raises(InvalidRequestError):
            Materiality(**wrong)
    with pytest.raises(InvalidRequestError):
        await plans.largest_changes("v1", "v2", level="aggregate", top=0)
