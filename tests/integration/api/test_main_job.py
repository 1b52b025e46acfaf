from __future__ import annotations

import csv
import json
from typing import Any

import httpx

from planvault import Planner

from .driving import AYA, BEN, ROWS, SETS, files_of, raw, registered, sample, uploaded


async def approved_sample(client: httpx.AsyncClient) -> dict[str, Any]:
    revision: dict[str, Any] = (
        await client.post(SETS, data={"label": "weekly", "title": "週次"}, files=sample(), headers=AYA)
    ).json()
    await client.post(f"{SETS}/weekly/submit", headers=AYA, json={"comment": "please look"})
    wanted = {"revision": revision["number"], "content_hash": revision["content_hash"], "comment": "seen"}
    answer = await client.post(f"{SETS}/weekly/approve", headers=BEN, json=wanted)
    assert answer.json()["live"] == revision["number"], answer.text
    return revision


async def test_a_plan_is_made_from_uploaded_and_approved_inputs(client: httpx.AsyncClient, planner: Planner) -> None:
    revision = await approved_sample(client)
    made = await client.post(
        "/plans/create_and_execute",
        headers=AYA,
        json={"input_set": "weekly", "version_id": "v1", "round_mode": "int", "parameters": {"lt_unit": "day"}},
    )
    assert made.status_code == 201, made.text
    assert made.headers["location"] == "/plans/v1"
    version = made.json()
    assert version["input_set"] == "weekly@1"
    assert version["input_content_hash"] == revision["content_hash"]
    assert version["engine_parameters"]["round_mode"] == "int"

    summary = (await client.get("/plans/v1/summary")).json()
    assert summary["version"] == version == (await client.get("/plans/v1")).json()
    assert sum(level["row_count"] for level in summary["levels"]) == version["series_rows"]
    assert (await client.get("/plans/v1/kpis")).json()["items"] == summary["kpis"]

    paged: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await client.get("/plans/v1/series", params={"level": "det", "limit": 700, **cursor})).json()
        paged += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    streamed = await client.get("/plans/v1/series.jsonl", params={"level": "det"})
    assert streamed.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in streamed.text.splitlines()] == paged
    assert [row.as_fields() async for row in planner.plans.series("v1", level="det")] == paged

    run = (await client.get("/runs", params={"version_id": "v1", "input_set_label": "weekly"})).json()["items"][0]
    job = (await client.get("/jobs", params={"status": "succeeded"})).json()["items"][0]
    plan = (await client.get("/plans/v1")).json()
    assert {**run, "job": job, "plan": plan} == (await client.get(f"/runs/{run['run_id']}")).json()
    assert job == (await client.get(f"/jobs/{job['job_id']}")).json()
    assert (run["run_id"], run["version_id"], job["trigger"]) == (job["run_id"], "v1", "api")


async def test_every_artifact_comes_in_its_media_type(client: httpx.AsyncClient) -> None:
    await approved_sample(client)
    await client.post("/plans/create_and_execute", headers=AYA, json={"input_set_label": "weekly", "version_id": "v1"})
    listed = (await client.get("/plans/v1/artifacts")).json()["items"]
    assert {artifact["name"] for artifact in listed} >= {"aggregate.json", "plan_final.json", "report.csv"}
    for artifact in listed:
        answer = await client.get(f"/plans/v1/artifacts/{artifact['name']}")
        assert answer.headers["content-type"].partition(";")[0] == artifact["media_type"]
        if artifact["media_type"] == "application/json":
            assert answer.json()
        else:
            lines = len(list(csv.reader(answer.text.splitlines())))
            assert lines == 1 if "violations" in artifact["name"] else lines > 1  # its levels agree


async def test_rows_sent_as_json_and_as_files_make_the_same_plan(client: httpx.AsyncClient) -> None:
    posted = await registered(client, "posted")
    lines = "".join(json.dumps(row) + "\n" for row in ROWS)
    names = list(ROWS[0])
    table = "\n".join([",".join(names), *(",".join(str(row[name]) for name in names) for row in ROWS)])
    digests = {posted["payload_digest"]}
    for version_id, files in (("lines", {"rows.jsonl": lines}), ("table", {"rows.csv": table})):
        fields = {"version_id": version_id, "engine_name": "theirs", "engine_parameters": '{"a": 1}'}
        answer = await client.post("/plans", data=fields, files=files_of(files), headers=AYA)
        assert answer.status_code == 201, answer.text
        assert answer.json()["engine_parameters"] == {"a": 1}
        digests.add(answer.json()["payload_digest"])
    assert len(digests) == 1


async def test_a_series_ends_where_its_rows_end(client: httpx.AsyncClient) -> None:
    await registered(client)
    query = {"level": "aggregate", "limit": "7"}
    page = (await client.get("/plans/v1/series", params=query)).json()
    assert (len(page["items"]), page["next_cursor"]) == (7, None)
    assert page["items"][0] | ROWS[0] == page["items"][0]


async def test_plans_are_listed_page_by_page_and_filtered(client: httpx.AsyncClient) -> None:
    for number in range(5):
        await registered(client, f"v{number}")
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await client.get("/plans", params={"limit": "2", **cursor})).json()
        seen += [plan["version_id"] for plan in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == ["v4", "v3", "v2", "v1", "v0"]
    assert (await client.get("/plans", params={"status": "approved"})).json()["items"] == []
    assert len((await client.get("/plans", params={"trial": "false"})).json()["items"]) == 5


async def test_an_unchanged_upload_answers_the_revision_that_is_there(client: httpx.AsyncClient) -> None:
    first = await uploaded(client)
    again = await client.post(
        SETS,
        data={"label": "weekly"},
        files=files_of({"demand_family.csv": "family,period,demand\nF1,2026-01,10\n"}),
        headers=AYA,
    )
    assert (again.status_code, again.json()["unchanged"], again.json()["number"]) == (200, True, first["number"])


async def test_the_rows_of_a_revision_come_line_by_line(client: httpx.AsyncClient) -> None:
    await uploaded(client)
    path = f"{SETS}/weekly/revisions/1"
    assert (await client.get(path)).json()["row_counts"]["family_demands"] == 1
    lines = (await client.get(f"{path}/sections/family_demands.jsonl")).text.splitlines()
    assert [json.loads(line) for line in lines] == [
        {
            "family_code": "F1",
            "period": "2026-01",
            "demand": 10.0,
            "source_type": "canonical",
            "tolerance_abs": None,
            "attributes_json": {},
        }
    ]
    assert (await client.get(f"{path}/sections/items.jsonl")).text == ""
    assert (await client.get(f"{path}/sections/nonsense.jsonl")).status_code == 404
    assert (await client.get(f"{SETS}/weekly/revisions/2/sections/items.jsonl")).status_code == 404


async def test_the_rows_of_a_revision_come_page_by_page(client: httpx.AsyncClient) -> None:
    await client.post(SETS, data={"label": "weekly"}, files=sample(), headers=AYA)
    path = f"{SETS}/weekly/revisions/1/sections"
    for section in ("family_demands", "calendar_weeks"):
        whole = (await client.get(f"{path}/{section}.jsonl")).text.splitlines()
        read: list[dict[str, object]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = (
                await client.get(f"{path}/{section}", params={"limit": 7, "cursor": cursor} if cursor else {"limit": 7})
            ).json()
            assert 1 <= len(page["items"]) <= 7
            read += page["items"]
            cursor = page["next_cursor"]
        assert read == [json.loads(line) for line in whole]
    assert (await client.get(f"{path}/nonsense")).status_code == 404
    assert (await client.get(f"{path}/items.jsonl", params={"limit": 7})).status_code == 400
    assert (await client.get(f"{path}/items", params={"limit": 10_001})).status_code == 400


async def test_config_versions_are_made_listed_and_shown(client: httpx.AsyncClient) -> None:
    body = {"name": "Plant 1", "horizon_days": 365, "attributes": {"site": "大阪"}}
    made = await client.post("/configs", json=body, headers=raw({"X-Actor": "彩"}))
    assert (made.status_code, made.headers["location"]) == (201, "/configs/1")
    assert made.json()["created_by"] == "彩"
    assert (await client.get("/configs/1")).json() == made.json()
    assert (await client.get("/configs")).json() == {"items": [made.json()], "next_cursor": None}


async def test_files_larger_than_memory_should_hold_are_read_like_small_ones(memory_client: httpx.AsyncClient) -> None:
    table = "family,period,demand\n" + "".join(f"Family number {number:08},2026-01,1.5\n" for number in range(40_000))
    assert len(table) > 1 << 20
    files = files_of({"demand_family.csv": table})
    answer = await memory_client.post(SETS, data={"label": "large"}, files=files, headers=AYA)
    assert (answer.status_code, answer.json()["row_counts"]["family_demands"]) == (201, 40_000)


async def test_rows_are_chosen_by_item_and_range_of_buckets(client: httpx.AsyncClient) -> None:
    await registered(client)
    wanted = {"level": "aggregate", "item": "F1", "bucket_from": "2026-02", "bucket_to": "2026-03"}
    page = (await client.get("/plans/v1/series", params=wanted)).json()
    assert [row["time_bucket_key"] for row in page["items"]] == ["2026-02", "2026-03"]
    lines = (await client.get("/plans/v1/series.jsonl", params=wanted)).text.splitlines()
    assert [json.loads(line) for line in lines] == page["items"]
    refusal = await client.get("/plans/v1/series", params=wanted | {"item": "a\0"})
    assert (refusal.status_code, refusal.json()["code"]) == (400, "invalid-request")
    none = await client.get("/plans/v1/series", params=wanted | {"location": "P1"})
    assert none.json()["items"] == []
