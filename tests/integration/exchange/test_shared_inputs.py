from __future__ import annotations

import os
from pathlib import Path

import pytest

from planvault.adapters.exchange.input_reader import FileInputReader
from tests.unit.adapters.exchange.builders import finished

ROWS = {
    "family_demands": 24,
    "capacity_buckets": 12,
    "mix_shares": 3,
    "inventory_snapshots": 3,
    "inbound_orders": 1,
    "period_metrics": 24,
    "items": 4,
    "bom_links": 2,
}


def shared(name: str) -> Path:
    beside = Path(__file__).resolve().parents[3].parent / "shared" / "data"
    path = Path(os.environ.get("PLANVAULT_SHARED_DATA", beside)) / name
    if not path.is_dir():
        pytest.skip("the shared legacy data is absent (set PLANVAULT_SHARED_DATA to its folder)")
    return path


def test_the_legacy_sample_with_a_calendar_is_read_whole() -> None:
    result = finished(FileInputReader().path(shared("planning")))
    assert result.content.row_counts == ROWS | {"calendar_weeks": 62, "parameters": 9}
    assert len({row.week_code for row in result.content.rows("calendar_weeks")}) == 53
    assert result.content.total("family_demands", "demand") == 3780
    assert {file.encoding for file in result.files} == {"UTF-8"}
    assert result.warnings == ()


def test_the_legacy_sample_without_a_calendar_is_read_whole() -> None:
    result = finished(FileInputReader().path(shared("planning_weekly_1")))
    assert result.content.row_counts == ROWS | {"parameters": 3}
    assert set(result.content.parameters("metadata")) == {"label", "canonical_sample_name", "description"}
