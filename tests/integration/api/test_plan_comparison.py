"""Comparing plans over HTTP, on every store."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from .driving import AYA, ROWS

URL = "/plans/v2/differences"


@pytest.fixture
async def two(client: httpx.AsyncClient) -> httpx.AsyncClient:
    changed = [{**ROWS[0], "demand": 20.5}, *ROWS[1:]]
    for version_id, rows in (("v1", ROWS), ("v2", changed)):
        answer = await client.post("/plans", json={"version_id": version_id, "rows": rows}, headers=AYA)
        assert answer.status_code == 201, answer.text
    return client


async def asked(client: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await client.get(path, params={"against": "v1", **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_differences_come_by_level_row_and_group(two: httpx.AsyncClient) -> None:
    told = await asked(two, URL)
    assert (told["equal"], told["levels"][0]["changed"]) == (False, 1)
    assert told["levels"][0]["totals"]["demand"] == {"before": 73.5, "after": 83.5, "delta": 10.0}
    (row,) = (await asked(two, f"{URL}/aggregate"))["items"]
    assert (row["time_bucket_key"], row["change"], row["measures"]["demand"]["delta"]) == ("2026-01", "changed", 10.0)
    assert (await asked(two, f"{URL}/aggregate", top=5))["items"] == [row]
    assert (await asked(two, f"{URL}/aggregate", min_abs=10))["items"] == []
    assert (await asked(two, f"{URL}/aggregate", measures="supply"))["items"] == []
    groups = (await asked(two, f"{URL}/aggregate/totals", by="item", measures="demand"))["items"]
    assert groups == [{"group": "F1", "measures": {"demand": {"before": 73.5, "after": 83.5, "delta": 10.0}}}]
    table = (await two.get(f"{URL}/aggregate/csv", params={"against": "v1"})).text.splitlines()
    assert len(table) == 2
    assert (await asked(two, "/plans/v1/differences"))["equal"] is True


async def test_what_cannot_be_compared_is_refused(two: httpx.AsyncClient) -> None:
    wrong: tuple[tuple[str, dict[str, str | float], int], ...] = (
        (URL, {}, 400),
        (URL, {"against": "v9"}, 404),
        ("/plans/v9/differences", {"against": "v1"}, 404),
        (f"{URL}/det", {"against": "v1"}, 404),
        (URL, {"against": "v1", "measures": "price"}, 400),
        (URL, {"against": "v1", "min_abs": -1}, 400),
        (f"{URL}/aggregate", {"against": "v1", "cursor": "x"}, 400),
        (f"{URL}/aggregate/totals", {"against": "v1", "by": "colour"}, 400),
    )
    for path, query, status in wrong:
        answer = await two.get(path, params=query)
        assert answer.status_code == status, (path, query, answer.text)
