from __future__ import annotations

import pytest

from planvault.domain.errors import NotFoundError
from planvault.domain.inputs.content import InputContent
from planvault.domain.inputs.difference import (
    DifferenceTally,
    FieldChange,
    RowPair,
    SectionDifference,
    SectionTotals,
    field_changes,
    row_pairs,
    totals_of,
)
from planvault.domain.inputs.rows import FamilyDemand, Item
from planvault.domain.inputs.sections import FAMILY_DEMANDS, ITEMS, SECTIONS
from planvault.testing.builders import BEN, a_content, an_input_set, approved
from tests.unit.domain.inputs.stages import X, Y, brought, empty, said_yes, submitted

A, B, C, D = (FamilyDemand(family, "2026-01", 100.0) for family in "ABCD")
B_MORE = B._replace(demand=120.0, tolerance_abs=5.0)


def tallied(*pairs: RowPair, rows: int) -> SectionDifference:
    tally = DifferenceTally(FAMILY_DEMANDS, rows=rows)
    tally.take(pairs)
    return tally.close(SectionTotals(row_count=3, total=320.0), SectionTotals(row_count=3, total=300.0))


def test_added_and_changed_rows_come_in_key_order_before_removed_ones() -> None:
    pairs = list(row_pairs(FAMILY_DEMANDS, [B_MORE, C, D], [A, B, D]))
    assert pairs == [RowPair(B_MORE, B), RowPair(C, None), RowPair(None, A)]


def test_a_change_names_the_fields_that_differ_with_old_and_new() -> None:
    assert field_changes(FAMILY_DEMANDS, B_MORE, B) == {
        "demand": FieldChange(100.0, 120.0),
        "tolerance_abs": FieldChange(None, 5.0),
    }
    assert field_changes(ITEMS, Item("S", 7.0), Item("S", 7.0)) == {}


def test_lists_are_cut_and_counts_are_whole() -> None:
    pairs = [RowPair(A, None), RowPair(C, None), RowPair(B_MORE, B), RowPair(None, D)]
    cut, whole = tallied(*pairs, rows=1), tallied(*pairs, rows=2)
    assert (cut.added, cut.changed, cut.removed) == ((A,), ((B_MORE, B),), (D,))
    assert (cut.added_count, cut.changed_count, cut.removed_count) == (2, 1, 1)
    assert (cut.truncated, whole.truncated) == (True, False)
    assert not cut.is_empty
    assert tallied(rows=0).is_empty
    assert not tallied(rows=0).truncated


def test_a_total_grows_by_an_amount_and_by_a_part_of_what_it_was() -> None:
    grown = tallied(rows=0)
    assert (grown.absolute_change, grown.relative_change) == (20.0, 20.0 / 300.0)
    from_nothing = DifferenceTally(FAMILY_DEMANDS, rows=0).close(SectionTotals(total=5.0), SectionTotals(total=0.0))
    assert (from_nothing.absolute_change, from_nothing.relative_change) == (5.0, None)
    without = DifferenceTally(ITEMS, rows=0).close(SectionTotals(), SectionTotals())
    assert (without.absolute_change, without.relative_change) == (None, None)


def test_totals_say_what_every_section_comes_to() -> None:
    totals = totals_of(a_content())
    assert totals["family_demands"] == SectionTotals(row_count=2, total=220.0)
    assert totals["parameters"] == SectionTotals(row_count=1, total=None)
    assert list(totals) == [section.name for section in SECTIONS]
    assert totals_of(InputContent.of({}))["mix_shares"] == SectionTotals(row_count=0, total=0.0)


def test_every_measure_is_a_number_of_its_section() -> None:
    for section in SECTIONS:
        assert section.measure is None or section.measure in {field.name for field in section.fields}


def test_a_candidate_is_compared_with_what_is_live_and_the_live_one_with_what_it_replaced() -> None:
    live = said_yes(submitted(empty(), X))
    assert live.compared_with(1) is None
    with_candidate = brought(live, Y)
    assert with_candidate.compared_with(2) == 1
    replaced = said_yes(submitted(live, Y))
    assert (replaced.compared_with(2), replaced.compared_with(1)) == (1, None)
    rejected = brought(brought(live, Y), X)
    assert rejected.compared_with(2) == 1  # superseded as a candidate, it never was live


def test_the_first_candidate_has_nothing_to_be_compared_with() -> None:
    known = an_input_set()
    assert known.compared_with(1) is None
    assert approved(known).compared_with(1) is None
    with pytest.raises(NotFoundError, match="weekly@9"):
        known.compared_with(9)


def test_a_reverted_revision_is_compared_with_what_it_had_replaced() -> None:
    known = said_yes(submitted(said_yes(submitted(empty(), X)), Y))
    reverted, _ = known.revert(actor=BEN, at=known.updated_at)
    assert (reverted.compared_with(2), reverted.compared_with(1)) == (1, None)
