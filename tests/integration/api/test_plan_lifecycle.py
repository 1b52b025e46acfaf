from __future__ import annotations

from typing import Any

import httpx
import pytest

from planvault import Planner, Role

from .driving import AYA, BEN, ROWS, holdings, registered, token_of
from .test_main_job import approved_sample


async def planned(client: httpx.AsyncClient, *names: str) -> list[dict[str, Any]]:
    """Plans registered from approved inputs by Aya."""
    await approved_sample(client)
    made = []
    for name in names:
        answer = await client.post(
            "/plans", json={"version_id": name, "input_set": "weekly@1", "rows": ROWS}, headers=AYA
        )
        assert answer.status_code == 201, answer.text
        made.append(answer.json())
    return made


async def approved(client: httpx.AsyncClient, plan: dict[str, Any]) -> dict[str, Any]:
    path = f"/plans/{plan['version_id']}"
    assert (await client.post(path + "/submit", headers=AYA)).status_code == 200
    wanted = {"plan_digest": plan["plan_digest"][:12], "comment": "checked"}
    answer = await client.post(path + "/approve", headers=BEN, json=wanted)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_a_plan_goes_from_draft_to_baseline_and_back(client: httpx.AsyncClient) -> None:
    first, second = await planned(client, "v1", "v2")
    assert (first["stage"], first["status"], first["authors"]) == ("aggregated", "draft", ["aya"])
    done = await approved(client, first)
    assert (done["status"], done["approvals"][0]["comment"]) == ("approved", "checked")
    await approved(client, second)
    path = f"/configs/{first['config_version_id']}/baseline"
    assert (await client.get(path)).json()["version_id"] is None
    for name in ("v1", "v2"):
        answer = await client.post(path, headers=BEN, json={"version_id": name})
        assert answer.json()["version_id"] == name
    late = await client.post(path, headers=BEN, json={"version_id": "v1", "sequence": 1})
    assert (late.status_code, late.json()["code"]) == (412, "stale-version")
    back = (await client.post(path + "/rollback", headers=BEN)).json()
    assert back == (await client.get(path)).json()
    assert (back["version_id"], back["sequence"], back["actor"]) == ("v1", 3, "ben")
    history = (await client.get(path + "/history")).json()["items"]
    assert [entry["reason"] for entry in history] == ["rollback", "set", "set"]
    statuses = {plan["version_id"]: plan["status"] for plan in (await client.get("/plans")).json()["items"]}
    assert statuses == {"v1": "approved", "v2": "superseded"}
    assert (await client.delete("/plans/v2", headers=AYA)).status_code == 409


async def test_the_legacy_paths_do_the_same(client: httpx.AsyncClient) -> None:
    plan = await registered(client)
    assert (await client.get("/plans/v1/psi/state")).json()["status"] == "draft"
    assert (await client.post("/plans/v1/psi/submit", headers=AYA)).json()["status"] == "submitted"
    assert (await client.get("/plans/v1/psi/state")).json()["status"] == "pending"
    wanted = {"plan_digest": plan["plan_digest"]}
    assert (await client.post("/plans/v1/psi/approve", headers=BEN, json=wanted)).json()["status"] == "approved"
    state = (await client.get("/plans/v1/psi/state")).json()
    assert (state["status"], state["approved_by"]) == ("approved", ["ben"])


async def test_a_plan_is_revoked_pinned_staged_and_deleted(client: httpx.AsyncClient) -> None:
    plan = await registered(client)
    await approved(client, plan)
    revoked = await client.post("/plans/v1/revoke", headers=BEN, json={"comment": "no"})
    assert (revoked.json()["status"], revoked.json()["approvals"]) == ("draft", [])
    assert (await client.post("/plans/v1/pin", headers=BEN)).json()["pinned"] is True
    assert (await client.delete("/plans/v1", headers=AYA)).status_code == 409
    assert (await client.post("/plans/v1/unpin", headers=BEN)).json()["pinned"] is False
    staged = await client.post("/plans/v1/stage", headers=AYA, json={"to": "executed"})
    assert staged.json()["stage"] == "executed"
    staged = await client.post("/plans/v1/stage", headers=AYA, json={"invalidate_from": "aggregated"})
    assert (staged.json()["stage"], staged.json()["stale_levels"]) == ("draft", ["aggregate"])
    gone = await client.delete("/plans/v1", headers=AYA, params={"comment": "old"})
    assert gone.json() == {"status": "deleted", "version_id": "v1"}
    assert (await client.get("/plans/v1")).status_code == 404
    again = await client.post("/plans", json={"version_id": "v1", "rows": ROWS}, headers=AYA)
    assert (again.status_code, again.json()["code"]) == (409, "already-exists")


BAD: list[tuple[str, dict[str, Any] | None, int, str]] = [
    ("/plans/v9/submit", None, 404, "not-found"),
    ("/plans/v1/submit", {"row_version": 99}, 412, "stale-version"),
    ("/plans/v1/approve", {"plan_digest": "abc"}, 400, "invalid-request"),
    ("/plans/v1/approve", {}, 400, "invalid-request"),
    ("/plans/v1/approve", {"plan_digest": "0" * 12}, 409, "invalid-state-transition"),
    ("/plans/v1/revoke", {"comment": "x"}, 409, "invalid-state-transition"),
    ("/plans/v1/unpin", None, 409, "invalid-state-transition"),
    ("/plans/v1/stage", {}, 400, "invalid-request"),
    ("/plans/v1/stage", {"to": "executed", "invalidate_from": "executed"}, 400, "invalid-request"),
    ("/plans/v1/stage", {"to": "nowhere"}, 400, "invalid-request"),
    ("/plans/v1/stage", {"to": "draft"}, 409, "invalid-state-transition"),
    ("/configs/9/baseline", {"version_id": "v1"}, 404, "not-found"),
    ("/configs/x/baseline/rollback", None, 404, "not-found"),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: f"{bad[0]} {bad[3]}")
async def test_a_bad_move_is_told_and_stores_nothing(
    memory_client: httpx.AsyncClient, memory_planner: Planner, bad: tuple[str, dict[str, Any] | None, int, str]
) -> None:
    path, body, status, code = bad
    await registered(memory_client)
    before = await holdings(memory_planner)
    sent: dict[str, Any] = {} if body is None else {"json": body}
    answer = await memory_client.post(path, headers=BEN, **sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await holdings(memory_planner) == before


async def test_each_move_asks_for_its_role(memory_client: httpx.AsyncClient, memory_planner: Planner) -> None:
    plan = await registered(memory_client)
    admin = await token_of(memory_planner, Role.ADMIN)
    by = await memory_planner.tokens.authenticate(admin["Authorization"].removeprefix("Bearer "))
    planner = await token_of(memory_planner, Role.PLANNER, by=by, name="pia")
    approver = await token_of(memory_planner, Role.APPROVER, by=by, name="ann")
    operator = await token_of(memory_planner, Role.OPERATOR, by=by, name="olga")

    async def status(method: str, path: str, headers: dict[str, str], body: object = None) -> int:
        return (await memory_client.request(method, f"/plans/v1{path}", headers=headers, json=body)).status_code

    seen = {"plan_digest": plan["plan_digest"]}
    assert await status("POST", "/submit", approver, {}) == 403
    assert await status("POST", "/submit", planner, {}) == 200
    assert await status("POST", "/approve", planner, seen) == 403
    assert await status("POST", "/approve", approver, seen) == 200
    assert await status("POST", "/revoke", planner, {"comment": "x"}) == 403
    assert await status("POST", "/revoke", approver, {"comment": "x"}) == 200
    assert (await memory_client.delete("/plans/v1", headers=approver)).status_code == 403
    assert (await memory_client.delete("/plans/v1", headers=operator)).status_code == 200


async def test_lists_include_what_is_asked_and_keep_their_order(client: httpx.AsyncClient) -> None:
    await approved_sample(client)
    made = await client.post("/plans/create_and_execute", headers=AYA, json={"input_set": "weekly", "version_id": "v1"})
    assert made.status_code == 201
    await registered(client, "v2")

    async def listed(**params: object) -> list[dict[str, Any]]:
        answer = await client.get("/plans", params={name: str(value) for name, value in params.items()})
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    assert "summary" not in (await listed())[0]
    second, first = await listed(include="summary,kpi,jobs,legacy")
    aggregate = second["summary"]["series"]["aggregate"]
    assert (aggregate["rows"], aggregate["demand_total"]) == (7, 73.5)
    assert aggregate["fill_rate"] == pytest.approx(71.75 / 73.5)
    assert second["kpi"]["demand_total"] == 73.5
    assert second["jobs"] == {"last": None}
    assert first["jobs"]["last"]["version_id"] == "v1"
    assert first["legacy"] == {
        "status": "scheduled",
        "psi_state": "draft",
        "storage": {"plan_repository": True, "artifacts": None},
    }
    assert first["summary"]["series"]["weekly_summary"]["utilization_pct"] > 0
    assert [plan["version_id"] for plan in await listed(order="version_asc")] == ["v1", "v2"]
    assert [plan["version_id"] for plan in await listed(stage="aggregated")] == ["v2"]
    assert await listed(created_to="2020-01-01") == []
    await client.post("/plans/v1/submit", headers=AYA)
    assert [plan["version_id"] for plan in await listed(awaiting="ben")] == ["v1"]
    assert await listed(awaiting="aya") == []


@pytest.mark.parametrize("query", ["include=weather", "order=size", "created_from=yesterday", "stage=nowhere"])
async def test_a_list_that_makes_no_sense_is_refused(memory_client: httpx.AsyncClient, query: str) -> None:
    answer = await memory_client.get(f"/plans?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-request")
