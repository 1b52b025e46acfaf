"""The ledger by HTTP: the feed, verification, checkpoints, evidence, and the events of an input set."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import httpx
import pytest

from planvault import Planner, Role
from planvault.application.audit_presentation import input_set_events_fields
from planvault.domain.audit.evidence import parse_event

from .driving import AYA, BEN, SETS, token_of, uploaded

OLGA = {"X-Actor": "olga"}


@pytest.fixture
async def approved(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client of a store in which weekly@1 was approved: four events, one checkpoint."""
    made = await uploaded(client)
    await client.post(f"{SETS}/weekly/submit", headers=AYA)
    body = {"revision": 1, "content_hash": made["content_hash"], "comment": "seen"}
    answer = await client.post(f"{SETS}/weekly/approve", json=body, headers=BEN)
    assert answer.status_code == 200
    return client


async def answer_to(client: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_feed_goes_on_where_it_ended(approved: httpx.AsyncClient) -> None:
    first = await answer_to(approved, "/events", limit=3)
    rest = await answer_to(approved, "/events", cursor=first["next_cursor"])
    assert [event["position"] for event in first["items"] + rest["items"]] == [1, 2, 3, 4]
    assert rest["items"][0]["details"]["revision"] == 1
    assert await answer_to(approved, "/events", cursor=rest["next_cursor"]) == {
        "items": [],
        "next_cursor": rest["next_cursor"],
    }
    await approved.post("/configs", json={"name": "new"}, headers=AYA)
    since = await answer_to(approved, "/events", cursor=rest["next_cursor"])
    assert [event["stream"] for event in since["items"]] == ["config/2"]


async def test_the_feed_is_narrowed(approved: httpx.AsyncClient) -> None:
    for query in ({"stream": "input_set/weekly/1"}, {"subject": "input_set/weekly"}, {"label": "Weekly"}):
        found = await answer_to(approved, "/events", **query)
        assert [event["action"] for event in found["items"]] == ["import", "submit", "approve"]
    wrong: list[dict[str, Any]] = [
        {"cursor": "x"},
        {"stream": "a\0"},
        {"label": "../x"},
        {"limit": 501},
        {"streams": "x"},
    ]
    for query in wrong:
        answer = await approved.get("/events", params=query)
        assert answer.status_code == 400, query


async def test_a_clean_ledger_and_one_that_is_not_what_was_expected(approved: httpx.AsyncClient) -> None:
    told = await answer_to(approved, "/audit/verify")
    assert (told["clean"], told["events"], told["checkpoints"], told["finding"]) == (True, 4, 1, None)
    heads = await answer_to(approved, "/audit/heads")
    kept = [f"{head['stream']}:{head['sequence']}:{head['hash']}" for head in heads["streams"]]
    answer = await approved.post("/audit/verify", json={"expected_heads": kept})
    assert answer.status_code == 200
    assert answer.json()["expected_heads"] == {"given": 2, "held": 2}

    answer = await approved.post("/audit/verify", json={"expected_heads": ["input_set/weekly/1:9:" + "a" * 64]})
    assert answer.status_code == 200
    assert (answer.json()["clean"], answer.json()["finding"]["rule"]) == (False, "expected-head")
    answer = await approved.post("/audit/verify", json={"expected_heads": ["nonsense"]})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-request")


async def test_a_checkpoint_is_an_operators_to_take(planner: Planner, approved: httpx.AsyncClient) -> None:
    made = await approved.post("/audit/checkpoints", json={"reason": "end of month"}, headers=OLGA)
    assert (made.status_code, made.headers["location"]) == (201, "/audit/checkpoints/2")
    assert (await approved.get(made.headers["location"])).json() == made.json()
    listed = await answer_to(approved, "/audit/checkpoints", limit=1)
    rest = await answer_to(approved, "/audit/checkpoints", cursor=listed["next_cursor"])
    assert [taken["reason"] for taken in listed["items"] + rest["items"]] == ["approve weekly@1", "end of month"]
    assert rest["next_cursor"] is None
    for number in ("3", "0", "x", "9" * 30):
        assert (await approved.get(f"/audit/checkpoints/{number}")).status_code == 404

    planner_only = await token_of(planner, Role.PLANNER)
    refused = await approved.post("/audit/checkpoints", json={}, headers=planner_only)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_evidence_is_streamed_as_it_is_exported(planner: Planner, approved: httpx.AsyncClient) -> None:
    answer = await approved.get("/audit/export")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert answer.text == "".join([piece async for piece in planner.audit.export_events()])
    lines = answer.text.splitlines(keepends=True)
    assert [parse_event(line) for line in lines] == list((await planner.audit.events()).items)
    assert (await approved.get("/audit/export", params={"since": 3})).text == lines[3]
    assert (await approved.get("/audit/export", params={"label": "weekly"})).text == "".join(lines[1:])
    assert (await approved.get("/audit/export", params={"stream": "config/1"})).text == lines[0]
    assert (await approved.get("/audit/export", params={"since": 9})).text == ""
    assert (await approved.get("/audit/export", params={"label": "../x"})).status_code == 400


async def test_events_of_an_input_set_are_what_the_command_line_shows(
    planner: Planner, approved: httpx.AsyncClient
) -> None:
    told = await answer_to(approved, f"{SETS}/WEEKLY/events")
    assert told == input_set_events_fields(await planner.inputs.events("weekly"))
    assert told["input_set"] == {"id": 2, "label": "weekly", "config_version_id": 1, "status": "ready"}
    assert [event["action"] for event in told["events"]] == ["approve", "submit", "import"]
    assert told["events"][0]["comment"] == "seen"
    page = await answer_to(approved, f"{SETS}/weekly/events", limit=1)
    rest = await answer_to(approved, f"{SETS}/weekly/events", cursor=page["next_cursor"])
    assert page["events"] + rest["events"] == told["events"]


async def test_events_of_an_unknown_label_are_not_found(approved: httpx.AsyncClient) -> None:
    answer = await approved.get(f"{SETS}/monthly/events")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    for query in ({"limit": 0}, {"limit": 501}, {"cursor": "x"}):
        assert (await approved.get(f"{SETS}/weekly/events", params=query)).status_code == 400


async def test_a_pack_comes_as_one_zip(approved: httpx.AsyncClient) -> None:
    answer = await approved.get(f"{SETS}/weekly/audit_pack")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="audit_pack_weekly.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        summary = json.loads(archive.read("summary.json"))
    assert (summary["live"], summary["approvals"][0]["comment"]) == ("weekly@1", "seen")
    assert (await approved.get(f"{SETS}/weekly/audit_pack", params={"revision": 1})).content == answer.content

    for path, status in (
        ("weekly/audit_pack?revision=7", 404),
        ("monthly/audit_pack", 404),
        ("we%20ekly/audit_pack", 400),
    ):
        assert (await approved.get(f"{SETS}/{path}")).status_code == status
