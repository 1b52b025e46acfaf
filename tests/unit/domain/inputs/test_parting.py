"""Contents taken apart by what their rows are about, and mixed."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from planvault.domain.inputs.content import InputContent, parameter_rows
from planvault.domain.inputs.parting import InputPart, PartedContents
from planvault.domain.inputs.rows import CalendarWeek, CapacityBucket, FamilyDemand, InboundOrder, InventorySnapshot
from planvault.domain.inputs.sections import SECTIONS
from planvault.testing.builders import a_content

MONTHS = [f"2026-{month:02}" for month in range(1, 5)]
QUANTITIES = st.integers(0, 3).map(float)


@st.composite
def contents(draw: st.DrawFn) -> InputContent:
    """Contents over a few months, so that two of them share some and differ in others."""
    demands = draw(st.dictionaries(st.tuples(st.sampled_from(["F1", "F2"]), st.sampled_from(MONTHS)), QUANTITIES))
    capacities = draw(st.dictionaries(st.sampled_from(MONTHS), QUANTITIES))
    stock, ordered = draw(QUANTITIES), draw(QUANTITIES)
    return InputContent.of(
        {
            "family_demands": [FamilyDemand(*key, quantity) for key, quantity in demands.items()],
            "capacity_buckets": [CapacityBucket("WC1", month, quantity) for month, quantity in capacities.items()],
            "inventory_snapshots": [InventorySnapshot("WH1", "SKU1", stock)],
            "inbound_orders": [InboundOrder("SKU1", "2026-01-10", "PO-1", "", "WH1", ordered)],
            "parameters": parameter_rows("planning", {"lt_unit": draw(st.sampled_from(["day", "week"]))}),
        }
    )


@given(contents(), contents())
def test_a_mixture_of_every_part_that_differs_is_the_other_content(before: InputContent, after: InputContent) -> None:
    parted = PartedContents.of(before, after)
    assert parted.mixed(()) == before
    assert parted.mixed(parted.differences()) == after
    assert parted.mixed(list(InputPart)) == after


@given(contents(), contents())
def test_parts_are_swapped_one_by_one_in_any_order(before: InputContent, after: InputContent) -> None:
    parted = PartedContents.of(before, after)
    for first, second in combinations(InputPart, 2):
        once = PartedContents(before=parted.mixed({first}), after=after, one_sided=parted.one_sided)
        assert once.mixed({second}) == parted.mixed({first, second})


def test_every_section_belongs_to_a_part() -> None:
    parted = PartedContents.of(a_content(), InputContent.of({}))
    found = parted.differences()
    assert {difference.section.name for part in found.values() for difference in part} == {
        section.name for section in SECTIONS
    }
    assert list(found) == [part for part in InputPart if part in found]


def test_what_is_stated_for_a_month_that_only_one_plans_is_the_horizon() -> None:
    before = InputContent.of(
        {
            "family_demands": [FamilyDemand("F1", month, 10.0) for month in MONTHS[:3]],
            "capacity_buckets": [CapacityBucket("WC1", month, 50.0) for month in MONTHS],
        }
    )
    after = InputContent.of(
        {
            "family_demands": [FamilyDemand("F1", month, 10.0) for month in MONTHS[1:]]
            + [FamilyDemand("F2", MONTHS[1], 4.0)],
            "capacity_buckets": [CapacityBucket("WC1", month, 60.0) for month in MONTHS],
        }
    )
    found = PartedContents.of(before, after).differences()
    demand, capacity = found[InputPart.HORIZON]
    assert (demand.added_count, demand.removed_count, demand.changed_count) == (1, 1, 0)
    assert (capacity.changed_count, capacity.previous.total, capacity.current.total) == (2, 100.0, 120.0)
    (new,) = found[InputPart.DEMAND]
    assert (new.added_count, new.removed_count, new.absolute_change) == (1, 0, 4.0)
    (common,) = found[InputPart.CAPACITY]
    assert (common.changed_count, common.absolute_change) == (2, 20.0)


def test_the_calendar_is_the_horizon_and_settings_go_by_their_scope() -> None:
    week = CalendarWeek("2026-01", 1, "2026-W01", None, None, "2026-01-01", "2026-01-31", 4.0)
    scopes = ("planning", "calendar", "metadata")
    before, after = (
        InputContent.of(
            {
                "calendar_weeks": [week._replace(weight=weight)],
                "parameters": [row for scope in scopes for row in parameter_rows(scope, {"name": weight})],
            }
        )
        for weight in (4.0, 5.0)
    )
    found = PartedContents.of(before, after).differences()
    assert {part: [difference.section.name for difference in found[part]] for part in found} == {
        InputPart.HORIZON: ["calendar_weeks", "parameters"],
        InputPart.OTHER_INPUTS: ["parameters"],
        InputPart.PARAMETERS: ["parameters"],
    }
