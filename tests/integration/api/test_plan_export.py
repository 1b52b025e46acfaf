"""Rows of plans as files over HTTP, on every store: forms, tags, and registering again."""

from __future__ import annotations

from importlib.util import find_spec

import httpx
import pytest

from .driving import AYA, BEN, ROWS, registered

URL = "/plans/v1/export"
FORMS = ["csv", "jsonl", *(["parquet"] if find_spec("pyarrow") is not None else [])]


@pytest.mark.parametrize("form", FORMS)
async def test_a_level_is_taken_out_and_registered_again(client: httpx.AsyncClient, form: str) -> None:
    plan = await registered(client)
    answer = await client.get(URL, params={"format": form, "level": "aggregate"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == f'attachment; filename="plan_v1_aggregate.{form}"'
    assert int(answer.headers["content-length"]) == len(answer.content)
    file = [("files", (f"plan.{form}", answer.content))]
    again = await client.post("/plans", data={"version_id": "v2"}, files=file, headers=BEN)
    assert again.status_code == 201, again.text
    assert again.json()["payload_digest"] == plan["payload_digest"]


async def test_a_workbook_comes_as_one(client: httpx.AsyncClient) -> None:
    await registered(client)
    answer = await client.get(URL, params={"format": "xlsx"})
    assert (answer.status_code, answer.content[:2]) == (200, b"PK")
    assert "spreadsheetml" in answer.headers["content-type"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (URL, {}),
        (URL, {"format": "csv", "level": "aggregate"}),
        (URL, {"format": "xlsx"}),
        ("/plans/v1/series.jsonl", {"level": "aggregate", "bucket_from": "2026-02"}),
    ],
)
async def test_who_has_it_already_is_told_so(client: httpx.AsyncClient, path: str, query: dict[str, str]) -> None:
    await registered(client)
    tag = (await client.get(path, params=query)).headers["etag"]
    same = await client.get(path, params=query, headers={"If-None-Match": f'"x", W/{tag}'})
    assert (same.status_code, same.headers["etag"], same.content) == (304, tag, b"")
    changed = {"rows": [{**ROWS[0], "demand": 11.5}, *ROWS[1:]]}
    assert (await client.put("/plans/v1/series", json=changed, headers=AYA)).status_code == 200
    other = await client.get(path, params=query, headers={"If-None-Match": tag})
    assert other.status_code == 200
    assert other.headers["etag"] != tag


async def test_what_a_form_does_not_have_is_refused(client: httpx.AsyncClient) -> None:
    await registered(client)
    for query, status in (
        ({"format": "csv"}, 400),
        ({"format": "pdf"}, 400),
        ({"level": "aggregate"}, 400),
        ({"format": "csv", "level": "det"}, 404),
        ({"format": "jsonl", "level": "aggregate", "spreadsheet_safe": "true"}, 400),
    ):
        assert (await client.get(URL, params=query)).status_code == status, query
    none = await client.get("/plans/v9/export", headers={"If-None-Match": "*"})
    assert none.status_code == 404
