from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault import RegisterRequest
from planvault.application.pivot_presentation import bucket_headings, pivot_csv, pivot_fields
from planvault.domain.errors import InvalidRequestError, NotFoundError
from planvault.domain.plans.series import SeriesRow
from planvault.domain.plans.series_filter import SeriesFilter
from planvault.testing.builders import AYA
from tests.unit.application.desk import Desk

ROWS = [
    SeriesRow("mrp", "week", bucket, item, place, item_name=item.lower(), demand=amount)
    for bucket, item, place, amount in (
        ("M10-W1", "SKU10", "global", 1.0),
        ("M2-W1", "SKU10", "global", 0.1),
        ("M2-W1", "SKU10", "north", 0.2),
        ("M2-W1", "SKU9", "north", None),
    )
]


@pytest.fixture
async def desk() -> Desk:
    made = Desk()
    await made.planner.plans.register(RegisterRequest(actor=AYA, version_id="v1"), ROWS)
    return made


async def pivoted(desk: Desk, **asked: Any) -> list[tuple[Any, ...]]:
    page = await desk.planner.plans.pivot("v1", **{"level": "mrp", "measure": "demand", **asked})
    return [(row.item, *row.values, row.total) for row in page.rows]


async def test_items_and_buckets_come_in_natural_order_and_locations_are_added_up(desk: Desk) -> None:
    page = await desk.planner.plans.pivot("v1", level="mrp", measure="demand")
    assert page.buckets == [("week", "M2-W1"), ("week", "M10-W1")]
    assert await pivoted(desk) == [("SKU9", None, None, None), ("SKU10", pytest.approx(0.3), 1.0, pytest.approx(1.3))]
    assert await pivoted(desk, only=SeriesFilter(location="north")) == [
        ("SKU9", None, None, None),
        ("SKU10", 0.2, None, 0.2),
    ]
    assert await pivoted(desk, only=SeriesFilter(bucket_from="M2")) == [
        ("SKU9", None, None),
        ("SKU10", pytest.approx(0.3), pytest.approx(0.3)),
    ]
    assert await pivoted(desk, only=SeriesFilter(item="nobody")) == []


async def test_a_pivot_goes_on_where_a_page_ended(desk: Desk) -> None:
    first = await desk.planner.plans.pivot("v1", level="mrp", measure="demand", limit=1)
    assert [row.item for row in first.rows] == ["SKU9"]
    rest = await desk.planner.plans.pivot("v1", level="mrp", measure="demand", limit=1, cursor=first.next_cursor)
    assert ([row.item for row in rest.rows], rest.next_cursor) == (["SKU10"], None)
    assert rest.buckets == first.buckets


async def test_a_pivot_is_written_as_csv_and_as_fields(desk: Desk) -> None:
    pages = desk.planner.plans.pivot_pages("v1", level="mrp", measure="demand")
    text = "".join([piece async for piece in pivot_csv(pages)])
    assert text == ("item_key,item_name,M2-W1,M10-W1,total\nSKU9,sku9,,,\nSKU10,sku10,0.30000000000000004,1,1.3\n")
    page = await desk.planner.plans.pivot("v1", level="mrp", measure="demand", limit=1)
    assert pivot_fields(page, level="mrp", measure="demand")["items"] == [
        {"item_key": "SKU9", "item_name": "sku9", "values": [None, None], "total": None}
    ]
    none = desk.planner.plans.pivot_pages("v1", level="mrp", measure="demand", only=SeriesFilter(item="nobody"))
    assert "".join([piece async for piece in pivot_csv(none)]) == "item_key,item_name,M2-W1,M10-W1,total\n"


async def test_columns_of_the_same_key_say_their_type() -> None:
    assert bucket_headings([("month", "1"), ("week", "1")]) == ["month 1", "week 1"]


async def test_what_is_not_there_is_refused(desk: Desk) -> None:
    for asked, error in (
        ({"level": "det"}, NotFoundError),
        ({"measure": "price"}, InvalidRequestError),
        ({"limit": 0}, InvalidRequestError),
        ({"cursor": "x"}, InvalidRequestError),
    ):
        with pytest.raises(error):
            await pivoted(desk, **asked)
    with pytest.raises(NotFoundError):
        await desk.planner.plans.levels("v9")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["W1", "W10", "W2"]),
            st.sampled_from(["A", "a", "A10", "A9"]),
            st.sampled_from(["global", "north"]),
            st.none() | st.floats(-1e6, 1e6),
        ),
        min_size=1,
        max_size=12,
        unique_by=lambda drawn: drawn[:3],
    )
)
async def test_what_a_pivot_shows_adds_up_to_its_level(drawn: list[tuple[str, str, str, float | None]]) -> None:
    desk = Desk()
    rows = [SeriesRow("mrp", "week", bucket, item, place, demand=amount) for bucket, item, place, amount in drawn]
    await desk.planner.plans.register(RegisterRequest(actor=AYA, version_id="v1"), rows)
    (level,) = await desk.planner.plans.levels("v1")
    pages = [page async for page in desk.planner.plans.pivot_pages("v1", level="mrp", measure="demand")]
    found = [row for page in pages for row in page.rows]
    assert len(found) == level.items
    assert all(len(row.values) == level.buckets for row in found)
    total = math.fsum(row.total or 0.0 for row in found)
    assert total == pytest.approx(level.totals.get("demand", 0.0), rel=1e-9, abs=1e-6)
    assert any(row.total is not None for row in found) == ("demand" in level.totals)


async def test_levels_are_counted_and_added_up(desk: Desk) -> None:
    (level,) = await desk.planner.plans.levels("v1")
    assert (level.level, level.rows, level.buckets, level.items, level.locations) == ("mrp", 4, 2, 2, 2)
    assert dict(level.totals) == {"demand": pytest.approx(1.3)}
