"""Edits of plans over HTTP, on every store."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from .driving import AYA, BEN

ROWS: list[dict[str, Any]] = [
    {"level": "aggregate", "time_bucket_type": "month", "time_bucket_key": "2026-01", "item_key": "F1", "demand": 30},
    *(
        {
            "level": "det",
            "time_bucket_type": "week",
            "time_bucket_key": f"2026-W0{week}",
            "item_key": "S",
            "demand": 10,
            "splits_json": [["2026-01", "F1", 10, 10, 0]],
        }
        for week in (1, 2, 3)
    ),
]
PSI = "/plans/v1/psi"
EDIT = {"edits": [{"key": {"period": "2026-01", "family": "F1"}, "fields": {"demand": 60}}], "note": "promo"}


@pytest.fixture
async def planned(client: httpx.AsyncClient) -> httpx.AsyncClient:
    answer = await client.post("/plans", json={"version_id": "v1", "rows": ROWS}, headers=AYA)
    assert answer.status_code == 201, answer.text
    return client


async def demands(client: httpx.AsyncClient, level: str = "det") -> list[float]:
    return [row["demand"] for row in (await client.get(PSI, params={"level": level})).json()["items"]]


async def test_cells_are_edited_and_taken_back(planned: httpx.AsyncClient) -> None:
    answer = await planned.patch(PSI, json=EDIT, headers=BEN)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["updated"], answer.json()["version"]["row_version"]) == (4, 2)
    assert await demands(planned) == [20, 20, 20]
    row = (await planned.get(PSI, params={"level": "det", "limit": 1})).json()["items"][0]
    assert (row["demand"], row["base"], row["splits_json"]) == (
        20.0,
        {"demand": 10.0},
        [["2026-01", "F1", 20.0, 10.0, 0.0]],
    )
    assert len((await planned.get(f"{PSI}/overrides")).json()["items"]) == 4
    table = (await planned.get("/plans/v1/psi.csv", params={"level": "det"})).text.splitlines()
    assert (
        table[0] == "time_bucket_key,item_key,location_key,demand,supply,backlog,inventory_open,inventory_close,edited"
    )
    assert table[1] == "2026-W01,S,global,20.0,,,,,1"
    events = (await planned.get(f"{PSI}/events", params={"limit": 1})).json()
    assert (events["items"][0]["action"], events["items"][0]["comment"]) == ("edit", "promo")
    kpis = (await planned.get("/plans/v1/kpis", params={"effective": "true"})).json()["items"]
    assert {"metric": "demand_total", "value": 60.0}.items() <= next(
        kpi for kpi in kpis if kpi["metric"] == "demand_total"
    ).items()
    assert (await planned.post(f"{PSI}/undo", headers=AYA)).status_code == 200
    assert await demands(planned) == [10, 10, 10]
    assert (await planned.post(f"{PSI}/undo", headers=AYA)).status_code == 404


async def test_locks_and_weights(planned: httpx.AsyncClient) -> None:
    key = "det:week=2026-W01,sku=S"
    locked = await planned.patch(PSI, json={"lock": "lock", "lock_keys": [key]}, headers=AYA)
    assert (locked.status_code, locked.json()["locked"]) == (200, 1)
    edit = {"level": "det", "edits": [{"key": key, "fields": {"demand": 1}}]}
    refused = await planned.patch(PSI, json=edit, headers=AYA)
    assert (refused.status_code, refused.json()["code"]) == (409, "cell-locked")
    assert (await planned.patch(PSI, json=edit | {"skip_locked": True}, headers=AYA)).json()["skipped"] == [
        f"{key}:field=demand"
    ]
    assert (await planned.patch(PSI, json=EDIT, headers=AYA)).status_code == 200
    assert await demands(planned) == [10, 25, 25]
    assert [lock["key"] for lock in (await planned.get(f"{PSI}/locks")).json()["items"]] == [key]
    assert (await planned.post(f"{PSI}/locks", json={"unlock": [key]}, headers=AYA)).status_code == 200
    weights = {f"det:week=2026-W0{week},sku=S": week for week in (1, 2, 3)}
    assert (await planned.post(f"{PSI}/weights", json={"weights": weights}, headers=AYA)).status_code == 200
    assert len((await planned.get(f"{PSI}/weights")).json()["items"]) == 3
    spread = EDIT | {"distribute": {"weight_mode": "weights", "round": {"step": 5}}}
    assert (await planned.patch(PSI, json=spread, headers=AYA)).status_code == 200
    assert await demands(planned) == [10, 20, 30]


async def test_a_copy_is_made_alone_or_to_be_edited(planned: httpx.AsyncClient) -> None:
    copy = await planned.post("/plans/v1/copy", json={"version_id": "v2", "title": "what if"}, headers=BEN)
    assert (copy.status_code, copy.headers["location"]) == (201, "/plans/v2")
    assert (copy.json()["base_version_id"], copy.json()["title"]) == ("v1", "what if")
    edited = await planned.patch(PSI, json=EDIT | {"copy_as": "v3"}, headers=BEN)
    assert edited.json()["version"]["version_id"] == "v3"
    assert await demands(planned) == [10, 10, 10]
    assert (await planned.post("/plans/v1/copy", json={"version_id": "V3"}, headers=BEN)).status_code == 409


async def test_wrong_edits_are_refused_and_change_nothing(planned: httpx.AsyncClient) -> None:
    before = (await planned.get("/plans/v1")).json()
    one = EDIT["edits"][0]
    wrong: tuple[tuple[Any, int], ...] = (
        ({}, 400),
        ({"edits": []}, 400),
        ({"edits": [one, one]}, 400),
        ({"edits": [{"key": {"week": "x"}, "fields": {"demand": 1}}]}, 400),
        ({"edits": [{"key": "nonsense", "fields": {"demand": 1}}]}, 400),
        ({"edits": [{"key": {"period": "2026-09", "family": "F1"}, "fields": {"demand": 1}}]}, 404),
        ({"edits": [{"key": {"period": "2026-01", "family": "F1"}, "fields": {"price": 1}}]}, 400),
        ({"edits": [{"key": {"period": "2026-01", "family": "F1"}, "fields": {"demand": "1"}}]}, 400),
        ({"level": "mrp", "edits": [one]}, 400),
        ({"edits": [one], "lock": "lock", "lock_keys": ["agg:period=2026-01,family=F1"]}, 400),
        ({"edits": [one], "row_version": 99}, 412),
        ({"edits": [one], "distribute": {"round": {"step": 0}}}, 400),
        ({"edits": [one], "distribute": {"weight_mode": "stored"}}, 409),
        ({"edits": [one], "colour": "red"}, 400),
    )
    for body, status in wrong:
        answer = await planned.patch(PSI, json=body, headers=AYA)
        assert answer.status_code == status, (body, answer.text)
    assert (await planned.patch("/plans/v9/psi", json=EDIT, headers=AYA)).status_code == 404
    assert (await planned.get("/plans/v9/psi")).status_code == 404
    assert (await planned.get(PSI, params={"level": "mrp"})).status_code == 404
    assert (await planned.get("/plans/v1")).json() == before


async def test_a_level_is_replaced_by_a_file_or_by_rows(planned: httpx.AsyncClient) -> None:
    before = (await planned.get("/plans/v1")).json()
    fewer = {"rows": ROWS[1:3], "comment": "cut", "row_version": before["row_version"]}
    answer = await planned.put("/plans/v1/series", json=fewer, headers=BEN)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["series_rows"], answer.json()["authors"]) == (3, ["aya", "ben"])
    assert await demands(planned) == [10, 10]
    stale = await planned.put("/plans/v1/series", json=fewer, headers=BEN)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale-version")
    lines = "".join(json.dumps(row) + "\n" for row in ROWS[1:])
    files = [("files", ("rows.jsonl", lines.encode()))]
    again = await planned.put("/plans/v1/series", files=files, data={"comment": "back"}, headers=BEN)
    assert again.json()["payload_digest"] == before["payload_digest"]
    bad: list[dict[str, Any]] = [{"rows": []}, {"rows": [ROWS[1], ROWS[1]]}, {}, {"rows": [{"level": "det"}]}]
    for refused in bad:
        assert (await planned.put("/plans/v1/series", json=refused, headers=BEN)).status_code in {400, 422}
    assert (await planned.put("/plans/v9/series", json=fewer, headers=BEN)).status_code == 404
    assert (await planned.get("/plans/v1")).json() == again.json()
