"""What changed between revisions, over HTTP: the report, its cache, CSV, and the preview."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from planvault import Planner, Settings, open_planner

from .driving import AYA, BEN, SETS, client_of, files_of, uploaded

DIFF = f"{SETS}/weekly/diff"
CHANGED = "family,period,demand\nF1,2026-01,12.5\nF2,2026-01,1\n"


async def two_revisions(client: httpx.AsyncClient) -> None:
    """weekly@1 is live, weekly@2 changes a row and adds one."""
    first = await uploaded(client, new_config="default")
    await client.post(f"{SETS}/weekly/submit", headers=AYA)
    said = {"revision": 1, "content_hash": first["content_hash"]}
    assert (await client.post(f"{SETS}/weekly/approve", json=said, headers=BEN)).status_code == 200
    answer = await client.post(
        SETS, data={"label": "weekly"}, files=files_of({"demand_family.csv": CHANGED}), headers=AYA
    )
    assert answer.status_code == 201


async def counted(client: httpx.AsyncClient) -> dict[str, float]:
    """What the metrics of differences say."""
    text = (await client.get("/metrics")).text
    return {
        name: float(value)
        for name, value in re.findall(r"^(input_set_diff_\S+) (\S+)$", text, re.MULTILINE)
        if "_created" not in name
    }


async def test_the_report_says_what_changed_and_is_kept(client: httpx.AsyncClient) -> None:
    await two_revisions(client)
    first = await client.get(DIFF, params={"revision": 2})
    assert (first.status_code, first.headers["content-type"]) == (200, "application/json")
    assert first.headers["x-cache"] == "miss"
    report = first.json()
    assert (report["current"]["reference"], report["previous"]["reference"]) == ("weekly@2", "weekly@1")
    assert report["demand_family"]["changed"][0]["fields"] == {"demand": {"old": 10.0, "new": 12.5}}
    assert [row["family_code"] for row in report["demand_family"]["added"]] == ["F2"]
    second = await client.get(DIFF, params={"revision": 2, "against": "weekly@1"})
    assert (second.headers["x-cache"], second.json()) == ("hit", report)
    assert await counted(client) == {
        'input_set_diff_jobs_total{result="success"}': 1,
        'input_set_diff_jobs_total{result="failure"}': 0,
        "input_set_diff_cache_hits_total": 1,
        "input_set_diff_cache_stale_total": 0,
    }


async def test_fifty_requests_at_once_are_one_computation(client: httpx.AsyncClient) -> None:
    await two_revisions(client)
    answers = await asyncio.gather(*(client.get(DIFF, params={"revision": 2}) for _ in range(50)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    assert (await counted(client))['input_set_diff_jobs_total{result="success"}'] == 1


async def test_a_spoilt_entry_is_computed_anew_and_counted(memory_client: httpx.AsyncClient, tmp_path: Path) -> None:
    await two_revisions(memory_client)
    good = await memory_client.get(DIFF, params={"revision": 2})
    (entry,) = (tmp_path / "cache" / "input_set_diffs").glob("*.diff")
    entry.write_bytes(entry.read_bytes()[:-10])
    again = await memory_client.get(DIFF, params={"revision": 2})
    assert (again.headers["x-cache"], again.content) == ("stale", good.content)
    assert (await memory_client.get(DIFF, params={"revision": 2})).headers["x-cache"] == "hit"
    assert (await counted(memory_client))["input_set_diff_cache_stale_total"] == 1


async def test_a_refresh_computes_anew(memory_client: httpx.AsyncClient) -> None:
    await two_revisions(memory_client)
    for _ in range(2):
        answer = await memory_client.get(DIFF, params={"revision": 2, "refresh": "true"})
        assert (answer.status_code, answer.headers["x-cache"]) == (200, "miss")
    assert (await counted(memory_client))['input_set_diff_jobs_total{result="success"}'] == 2


async def test_the_cache_outlives_a_restart(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite+aiosqlite:///{tmp_path / 'plans.db'}", cache_dir=tmp_path / "cache")
    for state in ("miss", "hit"):
        async with open_planner(settings) as planner, client_of(planner) as client:
            if state == "miss":
                await two_revisions(client)
            assert (await client.get(DIFF, params={"revision": 2})).headers["x-cache"] == state


async def test_two_servers_that_are_asked_at_once_compute_once(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite+aiosqlite:///{tmp_path / 'plans.db'}", cache_dir=tmp_path / "cache")
    async with (
        open_planner(settings) as here,
        client_of(here) as one,
        open_planner(settings) as there,
        client_of(there) as two,
    ):
        await two_revisions(one)
        answers = await asyncio.gather(*(client.get(DIFF, params={"revision": 2}) for client in (one, two)))
        assert answers[0].content == answers[1].content
        computed = [(await counted(client))['input_set_diff_jobs_total{result="success"}'] for client in (one, two)]
    assert sorted(computed) == [0, 1]


async def test_a_cache_that_cannot_be_written_hinders_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    settings = Settings(database_url="memory://", cache_dir=tmp_path / "file")
    async with open_planner(settings) as planner, client_of(planner) as client:
        await two_revisions(client)
        for _ in range(2):
            answer = await client.get(DIFF, params={"revision": 2})
            assert (answer.status_code, answer.json()["summary"]["demand_family"]["changed"]) == (200, 1)


async def test_csv_is_streamed_whole_or_cut(client: httpx.AsyncClient) -> None:
    await two_revisions(client)
    answer = await client.get(DIFF, params={"revision": 2, "format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(line["change"], line["key1"], line["field"], line["old"], line["new"]) for line in lines] == [
        ("changed", "F1", "demand", "10", "12.5"),
        ("added", "F2", "", "", '{"attributes":{},"demand":1,"source_type":"canonical","tolerance_abs":null}'),
    ]
    cut = await client.get(DIFF, params={"revision": 2, "format": "csv", "limit": 0})
    assert cut.text.count("\n") == 1


async def test_a_limit_cuts_the_lists_and_not_the_counts(memory_client: httpx.AsyncClient) -> None:
    await two_revisions(memory_client)
    report = (await memory_client.get(DIFF, params={"revision": 2, "limit": 0})).json()
    assert (report["truncated"], report["demand_family"]["changed"]) == (True, [])
    assert report["summary"]["demand_family"]["changed"] == 1


async def test_the_preview_says_who_may_not_approve_and_what_comes_next(client: httpx.AsyncClient) -> None:
    await two_revisions(client)
    preview = (await client.get(f"{SETS}/weekly/preview")).json()
    assert (preview["reference"], preview["may_not_approve"], preview["next"]) == ("weekly@2", ["aya"], "submit")
    assert preview["difference"]["previous"]["reference"] == "weekly@1"
    assert preview["difference"]["summary"]["demand_family"]["changed"] == 1


REFUSED: dict[str, tuple[str, dict[str, Any], tuple[int, str]]] = {
    "an unknown label": (f"{SETS}/monthly/diff", {}, (404, "not-found")),
    "an unknown revision": (DIFF, {"revision": 9}, (404, "not-found")),
    "an unknown revision to compare with": (DIFF, {"against": "weekly@9"}, (404, "not-found")),
    "no reference": (DIFF, {"against": "weekly@x"}, (400, "invalid-request")),
    "a label that climbs": (DIFF, {"against": "../x"}, (400, "invalid-label")),
    "a reference in the path": (f"{SETS}/weekly@2/diff", {}, (400, "invalid-label")),
    "a negative limit": (DIFF, {"limit": -1}, (400, "invalid-request")),
    "a limit too high": (DIFF, {"limit": 10_001}, (400, "invalid-request")),
    "another format": (DIFF, {"format": "xml"}, (400, "invalid-request")),
    "an unknown parameter": (DIFF, {"with": "weekly@1"}, (400, "invalid-request")),
    "an unknown revision in CSV": (DIFF, {"revision": 9, "format": "csv"}, (404, "not-found")),
    "a preview of nothing": (f"{SETS}/monthly/preview", {}, (404, "not-found")),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_cannot_be_compared_is_refused(memory_client: httpx.AsyncClient, case: str) -> None:
    path, query, expected = REFUSED[case]
    await two_revisions(memory_client)
    answer = await memory_client.get(path, params=query)
    assert (answer.status_code, answer.json()["code"]) == expected


async def test_without_a_candidate_there_is_no_preview(
    memory_client: httpx.AsyncClient, memory_planner: Planner
) -> None:
    await two_revisions(memory_client)
    await memory_client.post(f"{SETS}/weekly/submit", headers=AYA)
    known = await memory_planner.inputs.get("weekly")
    said = {"revision": 2, "content_hash": known.revision(2).content_hash}
    await memory_client.post(f"{SETS}/weekly/approve", json=said, headers=BEN)
    answer = await memory_client.get(f"{SETS}/weekly/preview")
    assert (answer.status_code, answer.json()["code"]) == (409, "invalid-state-transition")
