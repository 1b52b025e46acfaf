"""Where one row of a plan comes from."""

from __future__ import annotations

import pytest

from planvault.application.plans.trace_row import RowAddress
from planvault.application.provenance_presentation import row_provenance_fields
from planvault.domain.errors import InvalidRequestError, NotFoundError
from planvault.domain.plans.series import SeriesRow
from planvault.testing.builders import AYA, BEN, det_rows
from tests.unit.application.desk import Desk


def address(row: SeriesRow) -> RowAddress:
    return RowAddress(level=row.level, bucket=row.time_bucket_key, item=row.item_key, location=row.location_key)


async def planned(desk: Desk) -> SeriesRow:
    """A plan of an engine, and a row of it."""
    await desk.live()
    await desk.planner.plans.create(input_set="weekly", actor=AYA, engine="tiny", version_id="v1")
    return (await desk.planner.plans.page("v1", level="det", limit=3)).items[2]


async def test_a_row_tells_its_run_inputs_and_who_made_the_plan() -> None:
    desk = Desk()
    row = await planned(desk)
    told = row_provenance_fields(await desk.planner.plans.row_provenance("V1", address(row)))
    assert (told["written"]["action"], told["written"]["actor"], told["replaced"]) == ("create", "aya", False)
    assert told["plan"]["inputs"]["reference"] == "weekly@1"
    run = await desk.planner.runs.get(told["plan"]["run_id"])
    assert (told["plan"]["engine"]["name"], run.plan_version_id) == ("tiny", "v1")
    assert (told["time_bucket_key"], told["item_key"], told["overrides"]) == (row.time_bucket_key, row.item_key, [])


async def test_an_edited_row_names_its_editor_and_other_rows_do_not() -> None:
    desk = Desk()
    row = await planned(desk)
    other = (await desk.planner.plans.page("v1", level="det", limit=1)).items[0]
    cell = f"det:week={row.time_bucket_key},sku={row.item_key}:field=demand"
    await desk.planner.plans.edit("v1", {cell: 77.0}, actor=BEN)
    (override,) = (await desk.planner.plans.row_provenance("v1", address(row))).overrides
    assert (override.cell.field, override.value, override.author, str(override.origin)) == (
        "demand",
        77.0,
        "ben",
        "edit",
    )
    assert list((await desk.planner.plans.row_provenance("v1", address(other))).overrides) == []


async def test_a_replaced_row_is_not_the_engines() -> None:
    desk = Desk()
    row = await planned(desk)
    await desk.planner.plans.replace("v1", det_rows(5), actor=BEN, comment="measured")
    found = await desk.planner.plans.row_provenance("v1", address(row))
    assert found.replaced
    assert found.written is not None
    assert (found.written.actor, found.written.comment) == ("ben", "measured")
    aggregate = (await desk.planner.plans.page("v1", level="aggregate", limit=1)).items[0]
    assert not (await desk.planner.plans.row_provenance("v1", address(aggregate))).replaced


async def test_a_row_that_there_is_not_is_not_found() -> None:
    desk = Desk()
    row = await planned(desk)
    for wanted, at in (
        ("v9", address(row)),
        ("v1", RowAddress(level="mrp", bucket="2026-W05", item="A")),
        ("v1", RowAddress(level="det", bucket="1999-W01", item=row.item_key)),
        ("v1", RowAddress(level="det", bucket=row.time_bucket_key, item=row.item_key, location="moon")),
    ):
        with pytest.raises(NotFoundError):
            await desk.planner.plans.row_provenance(wanted, at)
    with pytest.raises(InvalidRequestError):
        await desk.planner.plans.row_provenance("v1", RowAddress(level="det", bucket="\0", item="A"))
