from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.domain.plans.digests import (
    PlanContent,
    kpi_digest,
    payload_digest,
)
from planvault.testing.builders import aggregate_rows, det_rows, digested, some_kpis
from tests.unit.domain.plans.by_hand import payload_by_hand, sha

KNOWN_PAYLOAD = "2e15f7f4cff19441f71b32785228d59473cfe75808cb4e061eab52cc365603af"
KNOWN_PLAN = "6093eb8e432f29baa58496fcda52dd47f368ea956445bbf9f1db98a9cf704f55"


def test_the_digest_of_a_known_payload_is_the_one_an_independent_program_computes() -> None:
    levels = [digested(aggregate_rows())[0], digested(det_rows())[0]]
    by_hand = payload_by_hand([aggregate_rows(), det_rows()], some_kpis())
    assert payload_digest(levels, some_kpis()) == by_hand == KNOWN_PAYLOAD


PLAN = PlanContent(
    payload_digest="a" * 64,
    input_content_hash="b" * 64,
    engine_name="reference",
    engine_version="1.0",
    engine_parameters={"weeks": 4, "round_mode": "int"},
    overrides=[("det|w|A", "supply", 5.0), ("det|w|A", "demand", None)],
    locks=[("det|w|A", None), ("det|w|A", "supply")],
    weights=[("B", 0.25), ("A", 0.75)],
)


def test_the_digest_of_a_known_plan_is_the_one_an_independent_program_computes() -> None:
    said = {
        "payload": "a" * 64,
        "overrides": [["det|w|A", "demand", None], ["det|w|A", "supply", 5]],
        "locks": [["det|w|A", None], ["det|w|A", "supply"]],
        "weights": [["A", 0.75], ["B", 0.25]],
        "input": "b" * 64,
        "engine": {"name": "reference", "version": "1.0", "parameters": {"weeks": 4, "round_mode": "int"}},
    }
    written = json.dumps(said, sort_keys=True, separators=(",", ":"))
    assert PLAN.digest == sha("planvault plan 1", written.encode()).hex() == KNOWN_PLAN


def test_the_order_of_levels_and_kpis_plays_no_part_in_the_payload() -> None:
    levels = [digested(aggregate_rows())[0], digested(det_rows())[0]]
    kpis = some_kpis()
    assert payload_digest(levels, kpis) == payload_digest(levels[::-1], kpis[::-1])
    assert payload_digest(levels, kpis) != payload_digest(levels[:1], kpis)
    assert payload_digest(levels, kpis) != payload_digest(levels, kpis[:1])


@pytest.mark.parametrize(
    "change",
    [{"metric": "other"}, {"bucket_type": "month"}, {"bucket_key": "2026-01"}, {"value": 41.0}, {"unit": "EUR"}],
    ids=str,
)
def test_another_kpi_gives_another_digest(change: dict[str, Any]) -> None:
    kpi = some_kpis()[0]
    assert kpi_digest([replace(kpi, **change)]) != kpi_digest([kpi])


@pytest.mark.parametrize(
    "change",
    [
        {"payload_digest": "c" * 64},
        {"input_content_hash": "c" * 64},
        {"input_content_hash": None},
        {"engine_name": "other"},
        {"engine_name": None},
        {"engine_version": "1.1"},
        {"engine_version": None},
        {"engine_parameters": {"weeks": 5, "round_mode": "int"}},
        {"engine_parameters": {"weeks": 4}},
        {"overrides": []},
        {"overrides": [("det|w|A", "supply", 5.5), ("det|w|A", "demand", None)]},
        {"overrides": [("det|w|B", "supply", 5.0), ("det|w|A", "demand", None)]},
        {"overrides": [("det|w|A", "supply", 5.0), ("det|w|A", "demand", 0.0)]},
        {"locks": [("det|w|A", "supply")]},
        {"locks": [("det|w|A", "demand"), ("det|w|A", None)]},
        {"weights": [("A", 0.75)]},
        {"weights": [("A", 0.25), ("B", 0.75)]},
    ],
    ids=str,
)
def test_whatever_approval_signs_changes_the_plan_digest(change: dict[str, Any]) -> None:
    assert replace(PLAN, **change).digest != PLAN.digest


@given(st.integers(0, 2**32))
def test_the_order_of_edits_and_parameters_plays_no_part_in_the_plan_digest(seed: int) -> None:
    order = random.Random(seed)
    mixed: dict[str, Any] = {
        name: order.sample(list(getattr(PLAN, name)), len(getattr(PLAN, name)))
        for name in ("overrides", "locks", "weights")
    }
    parameters = dict(order.sample(list(PLAN.engine_parameters.items()), 2))
    assert replace(PLAN, **mixed, engine_parameters=parameters).digest == PLAN.digest
