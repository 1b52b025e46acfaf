"""Provenance over HTTP, on every store."""

from __future__ import annotations

import httpx

from .driving import AYA, BEN, ROWS, SETS, uploaded


async def test_plans_and_their_inputs_name_each_other(client: httpx.AsyncClient) -> None:
    made = await uploaded(client)
    await client.post(f"{SETS}/weekly/submit", headers=AYA)
    body = {"revision": 1, "content_hash": made["content_hash"]}
    await client.post(f"{SETS}/weekly/approve", json=body, headers=BEN)
    for version_id in ("v1", "v2"):
        registered = {"version_id": version_id, "input_set": "weekly@1", "rows": ROWS}
        assert (await client.post("/plans", json=registered, headers=AYA)).status_code == 201
    told = (await client.get("/plans/v1/provenance")).json()
    assert told["inputs"] == {
        "status": "kept",
        "reference": "weekly@1",
        "content_hash": made["content_hash"],
        "live": True,
        "approved_by": ["ben"],
    }
    for query in ({}, {"revision": 1}):
        plans = (await client.get(f"{SETS}/weekly/plans", params=query)).json()["items"]
        assert [plan["version_id"] for plan in plans] == ["v2", "v1"]
    by_hash = (await client.get("/plans", params={"input_content_hash": made["content_hash"], "limit": 1})).json()
    assert [plan["version_id"] for plan in by_hash["items"]] == ["v2"]
    assert (await client.get("/plans", params={"input_content_hash": "0" * 64})).json()["items"] == []
    for path in ("/plans/v9/provenance", f"{SETS}/monthly/plans", f"{SETS}/weekly/plans?revision=7"):
        assert (await client.get(path)).status_code == 404
    row = {"bucket": "2026-02", "item": "F1"}
    found = await client.get("/plans/v1/provenance/aggregate", params=row)
    assert (found.json()["written"]["action"], found.json()["plan"]) == ("register", told)
    await client.put("/plans/v1/series", json={"rows": ROWS[:3]}, headers=BEN)
    replaced = (await client.get("/plans/v1/provenance/aggregate", params=row)).json()
    assert (replaced["replaced"], replaced["written"]["actor"]) == (True, "ben")
    assert (await client.get("/plans/v1/provenance/aggregate", params={**row, "item": "F9"})).status_code == 404
    assert (await client.get("/plans/v1/provenance/aggregate", params={"item": "F1"})).status_code == 400
    refused = await client.post("/plans/v1/rerun", headers=AYA)
    assert (refused.status_code, refused.json()["code"]) == (409, "invalid-state-transition")
