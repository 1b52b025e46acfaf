"""Reconciling plans by HTTP."""

from __future__ import annotations

import csv

import httpx
import pytest

from .driving import AYA, registered
from .test_main_job import approved_sample

CUT = {"cutover_date": "2026-06-15", "anchor_policy": "AGG_far", "carryover": "both"}


@pytest.fixture
async def planned(client: httpx.AsyncClient) -> httpx.AsyncClient:
    await approved_sample(client)
    made = await client.post("/plans/create_and_execute", headers=AYA, json={"input_set": "weekly", "version_id": "v1"})
    assert made.status_code == 201, made.text
    return client


async def test_a_plan_is_reconciled_as_a_version_of_its_own(planned: httpx.AsyncClient) -> None:
    before = (await planned.get("/plans/v1")).json()

    made = await planned.post("/plans/v1/reconcile", headers=AYA, json=CUT | {"version_id": "v2"})

    assert made.status_code == 201, made.text
    assert made.headers["location"] == "/plans/v2"
    answer = made.json()
    assert answer["base_version_id"] == "v1"
    assert answer["engine_parameters"] == before["engine_parameters"] | CUT
    assert (answer["reconciliation"]["tol_violations"], answer["reconciliation_adjusted"]) == (0, None)
    assert (await planned.get("/plans/v1")).json() == before
    assert (await planned.get("/plans/v2/carryover.csv")).status_code == 404

    adjusted = await planned.post("/plans/v2/apply_adjusted", headers=AYA, json={"version_id": "v3"})
    assert adjusted.json()["reconciliation_adjusted"]["tol_violations"] == 0
    summary = (await planned.get("/plans/v3/summary")).json()
    assert summary["reconciliation_adjusted"] == adjusted.json()["reconciliation_adjusted"]
    carried = await planned.get("/plans/v3/carryover.csv")
    assert carried.headers["content-type"].startswith("text/csv")
    assert len(carried.text.splitlines()[0].split(",")) == 11


async def test_deltas_and_schedule_are_exported(planned: httpx.AsyncClient) -> None:
    deltas = (await planned.get("/plans/v1/compare", params={"limit": 5, "sort": "rel_desc"})).json()["items"]
    table = await planned.get("/plans/v1/compare.csv", params={"limit": 5, "sort": "rel_desc"})
    schedule = await planned.get("/plans/v1/schedule.csv")

    rows = list(csv.DictReader(table.text.splitlines()))
    assert [(row["family"], row["period"]) for row in rows] == [(one["family"], one["period"]) for one in deltas]
    assert rows[0].keys() == deltas[0].keys()
    assert (await planned.get("/plans/v1/compare", params={"violations_only": True})).json()["items"] == []
    assert schedule.text.splitlines()[0] == "week,sku,scheduled_receipts,on_hand_start,on_hand_end"
    mrp = (await planned.get("/plans/v1/summary")).json()["levels"]
    assert len(schedule.text.splitlines()) - 1 == next(one["row_count"] for one in mrp if one["level"] == "mrp")


async def test_what_is_not_there_is_never_an_empty_answer(client: httpx.AsyncClient) -> None:
    await registered(client)
    for path in ("compare", "compare.csv", "schedule.csv", "carryover.csv"):
        assert (await client.get(f"/plans/v9/{path}")).status_code == 404
        assert (await client.get(f"/plans/v1/{path}")).status_code == 404  # it has the aggregate only
    assert (await client.post("/plans/v9/reconcile", headers=AYA, json={})).status_code == 404
    refused = await client.post("/plans/v1/apply_adjusted", headers=AYA, json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "invalid-state-transition")


async def test_an_adjustment_is_not_applied_and_refused_at_once(planned: httpx.AsyncClient) -> None:
    wrong = await planned.post("/plans/v1/apply_adjusted", headers=AYA, json={"apply_adjusted": False})
    without = await planned.post("/plans/v1/apply_adjusted", headers=AYA, json={})
    unknown = await planned.post("/plans/v1/reconcile", headers=AYA, json={"out_dir": "out"})

    assert [answer.status_code for answer in (wrong, without, unknown)] == [400, 400, 400]
    assert "anchor_policy" in without.json()["detail"]
