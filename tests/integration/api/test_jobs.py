"""Runs and jobs over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from planvault import Actor, Planner, Role, Settings, open_planner
from planvault.adapters.exchange.samples import sample_directory

from .driving import AYA, BEN, client_of, holdings, token_of


@pytest.fixture
async def client(planner: Planner) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a store in which the sample is approved as weekly."""
    await approved(planner)
    async with client_of(planner) as made:
        yield made


async def approved(planner: Planner) -> None:
    aya, ben = Actor.asserted("aya"), Actor.asserted("ben")
    await planner.inputs.import_files(label="weekly", directory=sample_directory(), actor=aya)
    await planner.inputs.submit("weekly", actor=aya)
    await planner.inputs.approve_reference("weekly@1", actor=ben)


async def run(
    client: httpx.AsyncClient, *, in_background: bool = True, key: str | None = None, **options: Any
) -> httpx.Response:
    headers = AYA if key is None else {**AYA, "Idempotency-Key": key}
    body = {"pipeline": "integrated", "async": in_background, "options": {"input_set_label": "weekly", **options}}
    return await client.post("/runs", json=body, headers=headers)


async def test_a_run_is_made_at_once_with_its_job_and_its_plan(client: httpx.AsyncClient) -> None:
    answer = await run(client, in_background=False, version_id="v1", config_version_id=1)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["status"], made["version_id"], made["input_set_label"]) == ("succeeded", "v1", "weekly")
    assert (made["plan"]["version_id"], made["job"]["status"], made["job"]["run_id"]) == (
        "v1",
        "succeeded",
        made["run_id"],
    )
    assert answer.headers["location"] == made["location"] == f"/runs/{made['run_id']}"
    detail = (await client.get(made["location"])).json()
    assert detail == {name: value for name, value in made.items() if name != "location"}


async def test_a_run_in_the_background_is_a_job_until_somebody_works_on_it(
    client: httpx.AsyncClient, planner: Planner
) -> None:
    answer = await run(client, version_id="v1")
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert (job["status"], job["progress"], job["attempts"], job["most_attempts"]) == ("queued", None, 0, 3)
    place = answer.headers["location"]
    assert place == job["location"] == f"/jobs/{job['job_id']}"
    early = await client.get(f"{place}/result")
    assert (early.status_code, early.json()["code"]) == (409, "invalid-state-transition")
    assert "jobs_queued 1.0" in (await client.get("/metrics")).text

    await planner.jobs.work_once()

    done = (await client.get(place)).json()
    assert (done["status"], done["version_id"], done["progress"]["stage"]) == ("succeeded", "v1", "store")
    for path in ("result", "result.json"):
        assert (await client.get(f"{place}/{path}")).json() == (await client.get("/plans/v1/summary")).json()
    assert "jobs_queued 0.0" in (await client.get("/metrics")).text


async def test_a_key_makes_a_repetition_safe(client: httpx.AsyncClient, planner: Planner) -> None:
    first, second = await run(client, key="nightly"), await run(client, key="nightly")
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    other = await run(client, key="nightly", title="another")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert other.json()["params"]["job_id"] == first.json()["job_id"]
    waiting = await run(client, in_background=False, key="nightly")
    assert (waiting.status_code, waiting.json()["code"]) == (409, "operation-in-progress")
    await planner.jobs.work_once()
    done = await run(client, in_background=False, key="nightly")
    assert (done.status_code, done.json()["job_id"]) == (201, first.json()["job_id"])
    assert len((await planner.plans.list()).items) == 1


async def test_jobs_are_canceled_and_asked_for_again(client: httpx.AsyncClient, planner: Planner) -> None:
    place = (await run(client)).json()["location"]
    early = await client.post(f"{place}/retry", json={}, headers=BEN)
    assert (early.status_code, early.json()["code"]) == (409, "invalid-state-transition")
    canceled = await client.post(f"{place}/cancel", json={"comment": "wrong week"}, headers=BEN)
    assert (canceled.status_code, canceled.json()["error"]) == (200, "canceled by ben: wrong week")
    late = await client.post(f"{place}/cancel", headers=BEN)
    assert (late.status_code, late.json()["code"]) == (409, "invalid-state-transition")
    again = await client.post(f"{place}/retry", json={"comment": "now it fits"}, headers=BEN)
    assert again.json()["parameters"]["comment"] == "now it fits"
    assert (again.status_code, again.json()["status"], again.json()["submitted_by"]) == (202, "queued", "ben")
    await planner.jobs.work_once()
    assert (await client.get(again.headers["location"])).json()["status"] == "succeeded"
    listed = (await client.get("/jobs", params={"status": "canceled"})).json()["items"]
    assert [job["job_id"] for job in listed] == [place.removeprefix("/jobs/")]


BAD: dict[str, tuple[dict[str, Any], int, str]] = {
    "no such label": ({"input_set_label": "monthly"}, 404, "not-found"),
    "a label of another config version": ({"config_version_id": 7}, 400, "invalid-request"),
    "a parameter that is wrong": ({"anchor_policy": "nowhere"}, 400, "invalid-request"),
    "an option that there is not": ({"weeks": 4}, 400, "invalid-request"),
    "two input sets": ({"input_set": "monthly"}, 400, "invalid-request"),
    "a trial without a number": ({"trial": True}, 400, "invalid-request"),
}


@pytest.mark.parametrize("what", BAD)
@pytest.mark.parametrize("in_background", [True, False])
async def test_a_wrong_run_is_refused_at_once(
    client: httpx.AsyncClient, planner: Planner, what: str, *, in_background: bool
) -> None:
    options, status, code = BAD[what]
    before = await holdings(planner)
    answer = await run(client, in_background=in_background, **options)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await holdings(planner) == before
    assert (await run(client)).status_code == 202


async def test_whoever_may_not_plan_may_not_make_stop_or_repeat_jobs(
    client: httpx.AsyncClient, planner: Planner
) -> None:
    place = (await run(client)).json()["location"]
    viewer = await token_of(planner, Role.VIEWER)
    for path in ("/runs", f"{place}/cancel", f"{place}/retry"):
        body = {"options": {"input_set": "weekly"}} if path == "/runs" else {}
        assert (await client.post(path, json=body, headers=viewer)).status_code == 403
    assert (await client.get(place, headers=viewer)).json()["status"] == "queued"


async def test_where_jobs_are_paused_the_answer_says_so(tmp_path: Path) -> None:
    settings = Settings(database_url="memory://", cache_dir=tmp_path, jobs_enabled=False)
    async with open_planner(settings) as planner, client_of(planner) as client:
        await approved(planner)
        answer = await run(client)
        assert (answer.status_code, answer.json()["code"]) == (503, "maintenance-mode")
        assert "JOBS_ENABLED" in answer.json()["detail"]
        assert answer.headers["retry-after"]
        assert (await client.get("/jobs")).json()["items"] == []
        assert (await run(client, in_background=False)).status_code == 201
