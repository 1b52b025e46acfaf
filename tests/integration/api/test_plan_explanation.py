"""Why plans differ, over HTTP, on every store."""

from __future__ import annotations

import httpx

from .driving import AYA, BEN, SETS, registered, sample

URL = "/plans/v2/explanation"


async def test_a_difference_is_explained_cause_by_cause(client: httpx.AsyncClient) -> None:
    made = await client.post(SETS, data={"label": "weekly"}, files=sample(), headers=AYA)
    await client.post(f"{SETS}/weekly/submit", headers=AYA)
    body = {"revision": 1, "content_hash": made.json()["content_hash"]}
    assert (await client.post(f"{SETS}/weekly/approve", json=body, headers=BEN)).is_success
    for version_id, more in (("v1", {}), ("v2", {"round_mode": "dec1"})):
        plan = {"input_set": "weekly", "version_id": version_id, **more}
        assert (await client.post("/plans/create_and_execute", json=plan, headers=AYA)).is_success

    answer = await client.get(URL, params={"against": "v1", "levels": "det, aggregate", "measures": "supply_received"})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["before"], told["after"], told["rerun"], told["by_evidence"]) == ("v1", "v2", True, [])
    assert (list(told["totals"]), told["measures"]) == (["det", "aggregate"], ["supply_received"])
    parameters, interaction = told["lines"]
    assert parameters["settings"] == {"round_mode": {"before": "int", "after": "dec1"}}
    whole = told["totals"]["det"]["supply_received"]["delta"]
    assert parameters["amounts"]["det"]["supply_received"] == whole != 0
    assert (interaction["source"], interaction["amounts"]["det"]["supply_received"]) == ("interaction", 0.0)


async def test_a_registered_plan_is_explained_by_evidence(client: httpx.AsyncClient) -> None:
    await registered(client, "v1")
    await registered(client, "v2")
    told = (await client.get(URL, params={"against": "v1"})).json()
    assert (told["rerun"], told["by_evidence"][0]) == (False, "v1 was not made by an engine here.")
    assert [line["source"] for line in told["lines"]] == ["unexplained"]
    assert told["totals"]["aggregate"]["demand"] == {"before": 73.5, "after": 73.5, "delta": 0.0}


async def test_what_cannot_be_explained_is_refused(client: httpx.AsyncClient) -> None:
    await registered(client, "v2")
    wrong: tuple[tuple[str, dict[str, str], int], ...] = (
        (URL, {}, 400),
        (URL, {"against": "v9"}, 404),
        ("/plans/v9/explanation", {"against": "v2"}, 404),
        (URL, {"against": "v2", "levels": "det"}, 404),
        (URL, {"against": "v2", "levels": ""}, 404),
        (URL, {"against": "v2", "measures": "price"}, 400),
        (URL, {"against": "v2", "measures": "demand,demand"}, 400),
    )
    for path, query, status in wrong:
        answer = await client.get(path, params=query)
        assert answer.status_code == status, (path, query, answer.text)
