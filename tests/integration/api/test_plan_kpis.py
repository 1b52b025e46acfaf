"""KPIs over HTTP: the same figures on every store, and effective ones alone follow edits."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from .driving import AYA, ROWS

DET: list[dict[str, Any]] = [
    {
        "level": "det",
        "time_bucket_type": "week",
        "time_bucket_key": f"2026-W0{week}",
        "item_key": item,
        "demand": 70.0,
        "supply": 60.0,
        "supply_received": 56.0,
        "backlog": backlog,
        "inventory_close": 12.0,
    }
    for week in (1, 2)
    for item, backlog in (("S1", 20.0), ("S2", 0.0))
]
WEEKS: list[dict[str, Any]] = [
    {
        "level": "weekly_summary",
        "time_bucket_type": "week",
        "time_bucket_key": f"2026-W0{week}",
        "item_key": "summary",
        "demand": 100.0,
        "supply": 90.0,
        "capacity_used": 120.0,
    }
    for week in (1, 2)
]
EXPECTED = {
    "fill_rate": 71.75 / 73.5,
    "backlog_total": 1.75,
    "demand_total": 73.5,
    "supply_total": 71.75,
    "received_fill_rate": 0.8,
    "supply_received_total": 224.0,
    "service_level": 0.5,
    "backlog_days": 2.0,
    "inventory_turns": 10.0,
    "capacity_utilization": 0.75,
}


async def totals(client: httpx.AsyncClient, **query: Any) -> dict[str, float]:
    answer = await client.get("/plans/v1/kpis", params=query)
    assert answer.status_code == 200, answer.text
    return {kpi["metric"]: kpi["value"] for kpi in answer.json()["items"] if kpi["bucket_type"] == "total"}


async def test_kpis_are_the_same_on_every_store_and_effective_ones_follow_edits(client: httpx.AsyncClient) -> None:
    rows = [*ROWS, *DET, *WEEKS]
    made = await client.post("/plans", json={"version_id": "v1", "rows": rows}, headers=AYA)
    assert made.status_code == 201, made.text
    assert await totals(client) == {name: pytest.approx(value, rel=1e-9) for name, value in EXPECTED.items()}
    edit = {
        "level": "det",
        "edits": [{"key": "det:week=2026-W01,sku=S1", "fields": {"backlog": 0.0, "inventory_close": 36.0}}],
        "no_auto": True,
    }
    answer = await client.patch("/plans/v1/psi", json=edit, headers=AYA)
    assert answer.status_code == 200, answer.text
    assert await totals(client) == {name: pytest.approx(value, rel=1e-9) for name, value in EXPECTED.items()}
    changed = EXPECTED | {"service_level": 0.75, "backlog_days": 1.0, "inventory_turns": 240.0 / 36.0}
    effective = await totals(client, effective="true")
    assert effective == {name: pytest.approx(value, rel=1e-9) for name, value in changed.items()}
