"""Plans as tables over HTTP, on every store."""

from __future__ import annotations

import httpx
import pytest

from .driving import AYA, ROWS

URL = "/plans/v1/pivot"
ASKED = {"level": "aggregate", "measure": "demand"}


@pytest.fixture
async def one(client: httpx.AsyncClient) -> httpx.AsyncClient:
    answer = await client.post("/plans", json={"version_id": "v1", "rows": ROWS}, headers=AYA)
    assert answer.status_code == 201, answer.text
    return client


async def test_a_measure_comes_by_item_and_bucket(one: httpx.AsyncClient) -> None:
    told = (await one.get(URL, params=ASKED)).json()
    assert [bucket["time_bucket_key"] for bucket in told["buckets"]] == sorted({row["time_bucket_key"] for row in ROWS})
    (item,) = told["items"]
    assert (item["item_key"], item["values"], item["total"]) == ("F1", [row["demand"] for row in ROWS], 73.5)
    table = (await one.get(URL + ".csv", params=ASKED)).text.splitlines()
    assert len(table) == 2
    assert (await one.get(URL, params={**ASKED, "item": "nobody"})).json()["items"] == []
    (level,) = (await one.get("/plans/v1/levels")).json()["items"]
    assert (level["level"], level["rows"], level["totals"]["demand"]) == ("aggregate", len(ROWS), 73.5)


async def test_what_is_no_pivot_is_refused(one: httpx.AsyncClient) -> None:
    for path, query, status in (
        (URL, {"level": "aggregate"}, 400),
        (URL, {**ASKED, "measure": "price"}, 400),
        (URL, {**ASKED, "level": "det"}, 404),
        (URL, {**ASKED, "cursor": "x"}, 400),
        (URL + ".csv", {**ASKED, "level": "det"}, 404),
        (URL + ".csv", {**ASKED, "measure": "price"}, 400),
        ("/plans/v9/levels", {}, 404),
    ):
        assert (await one.get(path, params=query)).status_code == status, (path, query)
