"""Whatever is wrong is told with status, code and place, and leaves nothing behind."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from planvault import Planner

from .driving import AYA, BEN, DEMAND, ROWS, SETS, files_of, holdings, registered, uploaded

HEADER = "family,period,demand\n"
BAD_FILES: dict[str, tuple[dict[str, str | bytes], str, int | None]] = {
    "an unknown file": ({"demand.csv": DEMAND}, "unknown-file", None),
    "a file name that climbs": ({"a/../demand_family.csv": DEMAND}, "unknown-file", None),
    "no header": ({"demand_family.csv": ""}, "empty-file", None),
    "a missing column": ({"demand_family.csv": "family,period\nF1,2026-01\n"}, "missing-column", 1),
    "an unknown column": (
        {"demand_family.csv": "family,period,demand,colour\nF1,2026-01,1,red\n"},
        "unknown-column",
        1,
    ),
    "a doubled column": (
        {"demand_family.csv": "family,family,period,demand\nF1,F1,2026-01,1\n"},
        "duplicate-column",
        1,
    ),
    "too many cells": ({"demand_family.csv": f"{HEADER}F1,2026-01,1,2\n"}, "ragged-row", 2),
    "an empty key": ({"demand_family.csv": f"{HEADER},2026-01,1\n"}, "required", 2),
    "a word for a number": ({"demand_family.csv": f"{HEADER}F1,2026-01,many\n"}, "number", 2),
    "NaN": ({"demand_family.csv": f"{HEADER}F1,2026-01,NaN\n"}, "number", 2),
    "a thousands separator": ({"demand_family.csv": f'{HEADER}F1,2026-01,"1,200"\n'}, "number", 2),
    "full-width digits": ({"demand_family.csv": f"{HEADER}F1,2026-01,１２\n"}, "number", 2),
    "a row that stands twice": ({"demand_family.csv": f"{HEADER}F1,2026-01,1\nF1,2026-01,2\n"}, "duplicate-key", 3),
    "a quote that never closes": ({"demand_family.csv": f'{HEADER}"F1,2026-01,1\n'}, "csv", 2),
    "shares beyond one": ({"mix_share.csv": "family,sku,share\nF1,S1,0.7\nF1,S2,0.7\n"}, "share-sum", None),
    "a bill of material in a circle": ({"bom.csv": "parent,child,qty\nA,B,1\nB,A,1\n"}, "bom-circle", None),
    "broken JSON": ({"planning_calendar.json": "{"}, "json-syntax", 1),
}


def told(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("case", BAD_FILES)
async def test_bad_files_are_listed_and_nothing_is_stored(
    memory_client: httpx.AsyncClient, memory_planner: Planner, case: str
) -> None:
    files, rule, line = BAD_FILES[case]
    before = await holdings(memory_planner)
    answer = await memory_client.post(SETS, data={"label": "weekly"}, files=files_of(files), headers=AYA)
    assert told(answer) == (422, "validation-failed")
    body = answer.json()
    found = [(problem["rule"], problem["file"]) for problem in body["errors"]]
    assert (rule, next(iter(files))) in found
    assert line is None or line in [problem["line"] for problem in body["errors"] if problem["rule"] == rule]
    assert body["total"] == len(found)
    assert body["remedy"]
    assert await holdings(memory_planner) == before


async def test_many_problems_are_counted_and_the_first_hundred_shown(memory_client: httpx.AsyncClient) -> None:
    table = HEADER + "".join(f"F{number},2026-01,x\n" for number in range(250))
    answer = await memory_client.post(
        SETS, data={"label": "weekly"}, files=files_of({"demand_family.csv": table}), headers=AYA
    )
    assert (len(answer.json()["errors"]), answer.json()["total"]) == (100, 250)


async def test_bad_files_leave_a_database_as_it_was(client: httpx.AsyncClient, planner: Planner) -> None:
    await uploaded(client)
    before = await holdings(planner)
    table = f"{HEADER}F1,2026-01,-1\n"
    answer = await client.post(
        SETS, data={"label": "weekly"}, files=files_of({"demand_family.csv": table}), headers=AYA
    )
    assert told(answer) == (422, "validation-failed")
    assert await holdings(planner) == before
    assert (await uploaded(client, "other"))["number"] == 1


UPLOADS: dict[str, tuple[dict[str, Any], dict[str, str | bytes], tuple[int, str]]] = {
    "no label": ({}, {"demand_family.csv": DEMAND}, (400, "invalid-request")),
    "a label that climbs": ({"label": "../x"}, {"demand_family.csv": DEMAND}, (400, "invalid-label")),
    "a Japanese label": ({"label": "週次"}, {"demand_family.csv": DEMAND}, (400, "invalid-label")),
    "a label with a line end": ({"label": "weekly\n"}, {"demand_family.csv": DEMAND}, (400, "invalid-label")),
    "an unknown field": ({"label": "w", "lable": "x"}, {"demand_family.csv": DEMAND}, (400, "invalid-request")),
    "a config version that is none": (
        {"label": "w", "config_version_id": "7"},
        {"demand_family.csv": DEMAND},
        (404, "not-found"),
    ),
    "a config version that is a word": (
        {"label": "w", "config_version_id": "seven"},
        {"demand_family.csv": DEMAND},
        (400, "invalid-request"),
    ),
    "two choices of config version": (
        {"label": "w", "config_version_id": "1", "new_config": "x"},
        {"demand_family.csv": DEMAND},
        (400, "invalid-request"),
    ),
    "bytes of no encoding": ({"label": "w"}, {"demand_family.csv": b"\x81\xff\x80"}, (415, "unsupported-encoding")),
    "a title with a control character": (
        {"label": "w", "title": "a\x07b"},
        {"demand_family.csv": DEMAND},
        (400, "invalid-request"),
    ),
    "a NUL": ({"label": "w", "comment": "a\0b"}, {"demand_family.csv": DEMAND}, (400, "invalid-request")),
}


@pytest.mark.parametrize("case", UPLOADS)
async def test_bad_uploads_are_refused_and_nothing_is_stored(
    memory_client: httpx.AsyncClient, memory_planner: Planner, case: str
) -> None:
    fields, files, expected = UPLOADS[case]
    before = await holdings(memory_planner)
    answer = await memory_client.post(SETS, data=fields, files=files_of(files), headers=AYA)
    assert told(answer) == expected, answer.text
    assert await holdings(memory_planner) == before


async def test_a_label_stays_with_its_config_version(client: httpx.AsyncClient, planner: Planner) -> None:
    await uploaded(client)
    before = await holdings(planner)
    answer = await client.post(
        SETS,
        data={"label": "WEEKLY", "new_config": "other"},
        files=files_of({"demand_family.csv": DEMAND}),
        headers=AYA,
    )
    assert told(answer) == (409, "conflict")
    assert await holdings(planner) == before


async def test_approval_takes_another_person_and_exactly_the_content_seen(
    client: httpx.AsyncClient, planner: Planner
) -> None:
    revision = await uploaded(client)
    path = f"{SETS}/weekly/approve"
    right = {"revision": 1, "content_hash": revision["content_hash"]}
    assert told(await client.post(path, json=right, headers=BEN)) == (409, "invalid-state-transition")
    assert (await client.post(f"{SETS}/weekly/submit", headers=AYA)).status_code == 200
    before = await holdings(planner)
    assert told(await client.post(path, json=right, headers=AYA)) == (403, "four-eyes-violation")
    assert told(await client.post(path, json=right | {"content_hash": "0" * 64}, headers=BEN)) == (409, "conflict")
    assert told(await client.post(path, json=right | {"revision": 2}, headers=BEN)) == (404, "not-found")
    short = right | {"content_hash": revision["content_hash"][:12]}
    assert told(await client.post(path, json=short, headers=BEN)) == (400, "invalid-request")
    assert told(await client.post(path, json={"revision": 1}, headers=BEN)) == (400, "invalid-request")
    forged = right | {"approved_by": "cay"}
    assert told(await client.post(path, json=forged, headers=BEN)) == (400, "invalid-request")
    assert await holdings(planner) == before
    assert (await client.post(path, json=right, headers=BEN)).json()["live"] == 1


CREATIONS: dict[str, tuple[dict[str, Any], tuple[int, str]]] = {
    "nothing approved": ({"input_set": "weekly"}, (409, "input-set-missing")),
    "an unknown label": ({"input_set": "nobody"}, (404, "not-found")),
    "no input set": ({}, (400, "invalid-request")),
    "two input sets": ({"input_set": "weekly", "input_set_label": "other"}, (400, "invalid-request")),
    "a bad version id": ({"input_set": "weekly", "version_id": "../v"}, (400, "invalid-label")),
    "a taken version id": ({"input_set": "weekly@1", "trial": True, "version_id": "V1"}, (409, "already-exists")),
    "a trial without a number": ({"input_set": "weekly", "trial": True}, (400, "invalid-request")),
    "an unknown engine": ({"input_set": "weekly@1", "trial": True, "engine": "none"}, (404, "not-found")),
    "an unknown parameter": (
        {"input_set": "weekly@1", "trial": True, "parameters": {"speed": 1}},
        (400, "invalid-request"),
    ),
    "a parameter out of range": ({"input_set": "weekly@1", "trial": True, "tol_abs": -1}, (400, "invalid-request")),
    "a parameter given twice": (
        {"input_set": "weekly@1", "trial": True, "round_mode": "int", "parameters": {"round_mode": "int"}},
        (400, "invalid-request"),
    ),
    "an unknown field": ({"input_set": "weekly", "weeks": 4}, (400, "invalid-request")),
    "a number as text": ({"input_set": "weekly@1", "trial": True, "tol_abs": "1"}, (400, "invalid-request")),
}


@pytest.mark.parametrize("case", CREATIONS)
async def test_plans_that_cannot_be_made_leave_neither_run_nor_plan(
    memory_client: httpx.AsyncClient, memory_planner: Planner, case: str
) -> None:
    body, expected = CREATIONS[case]
    await uploaded(memory_client)
    await registered(memory_client)
    before = await holdings(memory_planner)
    answer = await memory_client.post("/plans/create_and_execute", json=body, headers=AYA)
    assert told(answer) == expected, answer.text
    assert await holdings(memory_planner) == before


REGISTRATIONS: dict[str, tuple[dict[str, Any], tuple[int, str]]] = {
    "no rows": ({"version_id": "v2", "rows": []}, (400, "invalid-request")),
    "a taken id": ({"version_id": "V1", "rows": ROWS}, (409, "already-exists")),
    "a row twice": ({"version_id": "v2", "rows": [ROWS[0], ROWS[0]]}, (400, "invalid-request")),
    "an unknown column": ({"version_id": "v2", "rows": [ROWS[0] | {"colour": 1}]}, (422, "validation-failed")),
    "a number as text": ({"version_id": "v2", "rows": [ROWS[0] | {"demand": "NaN"}]}, (422, "validation-failed")),
    "a row without a key": ({"version_id": "v2", "rows": [{"level": "det"}]}, (422, "validation-failed")),
    "unapproved inputs": (
        {"version_id": "v2", "input_set": "weekly@1", "rows": ROWS},
        (409, "invalid-state-transition"),
    ),
    "rows that are none": ({"version_id": "v2", "rows": [1]}, (400, "invalid-request")),
}


@pytest.mark.parametrize("case", REGISTRATIONS)
async def test_plans_that_cannot_be_registered_leave_nothing(
    client: httpx.AsyncClient, planner: Planner, case: str
) -> None:
    body, expected = REGISTRATIONS[case]
    await uploaded(client)
    await registered(client)
    before = await holdings(planner)
    answer = await client.post("/plans", json=body, headers=AYA)
    assert told(answer) == expected, answer.text
    assert await holdings(planner) == before


async def test_bad_rows_are_named_by_their_number(memory_client: httpx.AsyncClient) -> None:
    rows = [ROWS[0], ROWS[1] | {"demand": "many"}, ROWS[2] | {"colour": "red"}]
    answer = await memory_client.post("/plans", json={"version_id": "v1", "rows": rows}, headers=AYA)
    assert [(problem["line"], problem["column"]) for problem in answer.json()["errors"]] == [
        (2, "demand"),
        (3, "colour"),
    ]
