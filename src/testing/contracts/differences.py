"""The contract of what differs between two contents, and of what a content comes to."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, given, settings

from ...application.unit_of_work import UnitOfWork, UnitOfWorkFactory
from ...domain.errors import NotFoundError
from ...domain.inputs.content import InputContent
from ...domain.inputs.difference import RowPair, row_pairs, totals_of
from ...domain.inputs.rows import FamilyDemand, InboundOrder, InventorySnapshot, MixShare
from ...domain.inputs.sections import SECTIONS, InputRow, Section
from ..builders import a_content
from .any_content import any_content

EMPTY = InputContent.of({})


@settings(
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(any_content(), any_content())
async def test_what_differs_makes_the_previous_rows_into_the_current_ones(
    unit_of_work: UnitOfWorkFactory, current: InputContent, previous: InputContent
) -> None:
    await _kept(unit_of_work, current, previous)
    async with unit_of_work(read_only=True) as uow:
        for section in SECTIONS:
            pairs = await _pairs(uow, current, previous, section.name)
            rows, before = current.rows(section.name), previous.rows(section.name)
            assert pairs == list(row_pairs(section, rows, before))
            assert _applied(section, before, pairs) == list(rows)
            assert all(pair.current != pair.previous for pair in pairs)


@settings(
    max_examples=10,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(any_content())
async def test_totals_are_counts_and_sums_of_every_section(
    unit_of_work: UnitOfWorkFactory, content: InputContent
) -> None:
    await _kept(unit_of_work, content)
    async with unit_of_work(read_only=True) as uow:
        totals = await uow.contents.totals(content.content_hash)
    expected = totals_of(content)
    assert totals.keys() == expected.keys()
    for name, known in expected.items():
        assert totals[name].row_count == known.row_count
        assert (totals[name].total is None) == (known.total is None)
        assert math.isclose(totals[name].total or 0.0, known.total or 0.0, rel_tol=1e-9)


async def test_without_a_previous_content_every_row_was_added(unit_of_work: UnitOfWorkFactory) -> None:
    content = a_content()
    await _kept(unit_of_work, content, EMPTY)
    async with unit_of_work(read_only=True) as uow:
        for section in SECTIONS:
            rows = content.rows(section.name)
            assert await _pairs(uow, content, None, section.name) == [RowPair(row, None) for row in rows]
            assert await _pairs(uow, EMPTY, content, section.name) == [RowPair(None, row) for row in rows]
            assert await _pairs(uow, content, content, section.name) == []


async def test_a_field_that_may_be_null_differs_from_every_value(unit_of_work: UnitOfWorkFactory) -> None:
    without, zero = InventorySnapshot("WH1", "SKU1", 5.0), InventorySnapshot("WH1", "SKU1", 5.0, safety_stock=0.0)
    current = InputContent.of({"inventory_snapshots": [zero]})
    previous = InputContent.of({"inventory_snapshots": [without]})
    await _kept(unit_of_work, current, previous)
    async with unit_of_work(read_only=True) as uow:
        assert await _pairs(uow, current, previous, "inventory_snapshots") == [RowPair(zero, without)]
        assert await _pairs(uow, previous, current, "inventory_snapshots") == [RowPair(without, zero)]


async def test_orders_of_one_day_and_shares_from_several_dates_stay_apart(unit_of_work: UnitOfWorkFactory) -> None:
    orders = [
        InboundOrder("C1", "2026-01-10", "", "", "", 1.0),
        InboundOrder("C1", "2026-01-10", "PO-1", "", "", 1.0),
        InboundOrder("C1", "2026-01-10", "PO-1", "S1", "WH1", 1.0),
    ]
    shares = [MixShare("F1", "S1", "", 0.5), MixShare("F1", "S1", "2026-06-01", 0.5)]
    current = InputContent.of({"inbound_orders": orders, "mix_shares": shares[1:]})
    previous = InputContent.of({"inbound_orders": orders[1:], "mix_shares": shares[:1]})
    await _kept(unit_of_work, current, previous)
    async with unit_of_work(read_only=True) as uow:
        assert await _pairs(uow, current, previous, "inbound_orders") == [RowPair(orders[0], None)]
        assert await _pairs(uow, current, previous, "mix_shares") == [
            RowPair(shares[1], None),
            RowPair(None, shares[0]),
        ]


async def test_more_differences_than_a_batch_holds_come_in_order(unit_of_work: UnitOfWorkFactory) -> None:
    rows = [FamilyDemand(f"F{number:05}", "2026-01", 1.0) for number in range(6_000)]
    current = InputContent.of({"family_demands": rows})
    previous = InputContent.of({"family_demands": [row._replace(demand=2.0) for row in rows[::2]]})
    await _kept(unit_of_work, current, previous)
    async with unit_of_work(read_only=True) as uow:
        pairs = await _pairs(uow, current, previous, "family_demands")
    assert [pair.current for pair in pairs] == rows
    assert sum(pair.previous is not None for pair in pairs) == 3_000


async def test_unknown_contents_and_sections_have_no_difference(unit_of_work: UnitOfWorkFactory) -> None:
    content = a_content()
    await _kept(unit_of_work, content)
    async with unit_of_work(read_only=True) as uow:
        with pytest.raises(NotFoundError, match="weather"):
            _ = [batch async for batch in uow.contents.differences(content.content_hash, None, "weather")]
        for current, previous in (("f" * 64, content.content_hash), (content.content_hash, "f" * 64)):
            with pytest.raises(NotFoundError, match="ffff"):
                _ = [batch async for batch in uow.contents.differences(current, previous, "items")]
        with pytest.raises(NotFoundError, match="ffff"):
            await uow.contents.totals("f" * 64)


async def _kept(unit_of_work: UnitOfWorkFactory, *contents: InputContent) -> None:
    async with unit_of_work() as uow:
        for content in contents:
            await uow.contents.add(content)
        await uow.commit()


async def _pairs(uow: UnitOfWork, current: InputContent, previous: InputContent | None, section: str) -> list[RowPair]:
    before = None if previous is None else previous.content_hash
    batches = uow.contents.differences(current.content_hash, before, section)
    return [pair async for batch in batches for pair in batch]


def _applied(section: Section, rows: Iterable[InputRow], pairs: Iterable[RowPair]) -> list[InputRow]:
    """The rows after every change was made to them, in key order."""
    key_of = section.key_of()
    known = {key_of(row): row for row in rows}
    for current, previous in pairs:
        if previous is not None:
            assert known.pop(key_of(previous)) == previous
        if current is not None:
            assert key_of(current) not in known
            known[key_of(current)] = current
    return [known[key] for key in sorted(known)]
