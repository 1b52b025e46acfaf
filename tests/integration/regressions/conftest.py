"""A planner on a SQLite file, and plans of a legacy system to take over."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from planvault import Planner, Settings, open_planner
from planvault.testing.stores import sqlite_url


@pytest.fixture
async def planner(tmp_path: Path) -> AsyncIterator[Planner]:
    async with open_planner(Settings(database_url=sqlite_url(tmp_path / "plans.db"))) as opened:
        yield opened


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Artifacts of four versions of a legacy system, the oldest first."""
    folder = tmp_path / "out"
    for number in range(1, 5):
        place = folder / f"old-{number}"
        place.mkdir(parents=True)
        row = {"family": "F1", "period": "2026-01", "supply_plan": 0, "demand": 10 * number, "supply": 8, "backlog": 2}
        rows = [{**row, "sku": f"SKU{sku}", "week": f"2026-W0{week}"} for sku in range(2) for week in (2, 3)]
        path = place / "sku_week.json"
        path.write_text(json.dumps({"schema_version": "agg-1.0", "rows": rows}), encoding="utf-8")
        os.utime(path, (1_600_000_000 + number, 1_600_000_000 + number))
    return folder
