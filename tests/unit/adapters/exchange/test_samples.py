from __future__ import annotations

import importlib.util
from collections import defaultdict
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from planvault.adapters.exchange.input_reader import FileInputReader
from planvault.adapters.exchange.samples import sample_directory
from planvault.domain.inputs.content import InputContent

from .builders import finished

GENERATOR = Path(__file__).parents[4] / "bench" / "make_sample.py"
PERIODS = [f"2026-{month:02d}" for month in range(1, 13)]


@pytest.fixture(scope="module")
def sample() -> InputContent:
    return finished(FileInputReader().path(sample_directory())).content


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_sample", GENERATOR)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def by_period(sample: InputContent, section: str) -> dict[str, float]:
    totals: defaultdict[str, float] = defaultdict(float)
    for row in sample.rows(section):
        totals[row.period] += row[2]
    return dict(totals)


def test_the_shipped_files_are_what_the_script_makes() -> None:
    made: dict[str, str] = generator().sample_files()
    shipped = {path.name: path.read_bytes() for path in sample_directory().iterdir() if path.suffix != ".py"}
    assert shipped == {name: text.encode() for name, text in made.items()}


def test_it_has_families_skus_and_twelve_months(sample: InputContent) -> None:
    demands = sample.rows("family_demands")
    assert len({row.family_code for row in demands}) >= 6
    assert len({row.sku_code for row in sample.rows("mix_shares")}) >= 30
    assert sorted({row.period for row in demands}) == PERIODS
    assert {row.family_code for row in demands} == {row.family_code for row in sample.rows("mix_shares")}


def test_capacity_is_a_little_short_at_the_peak_and_enough_otherwise(sample: InputContent) -> None:
    demand, capacity = by_period(sample, "family_demands"), by_period(sample, "capacity_buckets")
    ratios = {period: capacity[period] / demand[period] for period in PERIODS}
    short = [period for period, ratio in ratios.items() if ratio < 1]
    assert short == ["2026-05", "2026-06", "2026-07"]
    assert all(0.9 <= ratios[period] <= 0.97 for period in short)
    assert all(1.05 <= ratio <= 1.3 for period, ratio in ratios.items() if period not in short)


def test_resources_belong_to_two_stages(sample: InputContent) -> None:
    stages = {row.attributes_json for row in sample.rows("capacity_buckets")}
    assert stages == {'{"stage":"assembly"}', '{"stage":"fabrication"}'}
    assert len({row.resource_code for row in sample.rows("capacity_buckets")}) == 4


def test_boundary_weeks_stand_in_two_months_and_days_add_up(sample: InputContent) -> None:
    weeks = sample.rows("calendar_weeks")
    periods: defaultdict[str, list[str]] = defaultdict(list)
    for row in weeks:
        days = (date.fromisoformat(row.week_end) - date.fromisoformat(row.week_start)).days + 1
        assert row.weight == days
        assert "{}-W{:02d}".format(*date.fromisoformat(row.week_start).isocalendar()) == row.week_code
        periods[row.week_code].append(row.period)
    assert periods["2026-W05"] == ["2026-01", "2026-02"]
    assert sum(len(found) == 2 for found in periods.values()) == 10
    assert len(periods) == 53
    assert sum(row.weight for row in weeks) == 365


def test_finished_goods_are_made_of_parts_that_are_made_of_raw_material(sample: InputContent) -> None:
    children: defaultdict[str, set[str]] = defaultdict(set)
    for link in sample.rows("bom_links"):
        children[link.parent_code].add(link.child_code)
    finished = {row.sku_code for row in sample.rows("mix_shares")}
    assert finished <= set(children)
    assert all(any(part in children for part in children[sku]) for sku in finished)
    raw = {child for parts in children.values() for child in parts} - set(children)
    assert not raw & finished


def test_every_item_that_is_named_anywhere_is_described(sample: InputContent) -> None:
    known = {row.item_code for row in sample.rows("items")}
    named = {row.sku_code for row in sample.rows("mix_shares")}
    named |= {row.item_code for section in ("inventory_snapshots", "inbound_orders") for row in sample.rows(section)}
    named |= {code for row in sample.rows("bom_links") for code in row[:2]}
    assert named == known
    assert all(row.item_name and row.item_code.isascii() for row in sample.rows("items"))
    assert len({row.node_code for row in sample.rows("inventory_snapshots")}) == 2
    assert {row.due_date[:4] for row in sample.rows("inbound_orders")} == {"2026"}
