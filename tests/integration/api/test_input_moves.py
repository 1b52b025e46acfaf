"""What happens to input sets over HTTP, on every store."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from planvault import Actor, Planner, Role
from planvault.domain.inputs.input_set import new_input_set
from planvault.domain.shared.ids import Label
from planvault.testing.builders import a_config, a_content
from planvault.testing.clocks import NOON

from .driving import AYA, BEN, DEMAND, SETS, client_of, files_of, holdings, token_of, uploaded

LEGACY = "/ui/plans/input_sets"


async def submitted(client: httpx.AsyncClient, label: str = "weekly", demand: str = DEMAND) -> dict[str, Any]:
    answer = await client.post(SETS, data={"label": label}, files=files_of({"demand_family.csv": demand}), headers=AYA)
    revision: dict[str, Any] = answer.json()
    assert (await client.post(f"{SETS}/{label}/submit", headers=AYA)).status_code == 200
    return revision


async def live(client: httpx.AsyncClient, label: str = "weekly", demand: str = DEMAND) -> dict[str, Any]:
    revision = await submitted(client, label, demand)
    wanted = {"revision": revision["number"], "content_hash": revision["content_hash"], "comment": "seen"}
    assert (await client.post(f"{SETS}/{label}/approve", headers=BEN, json=wanted)).status_code == 200
    return revision


async def test_a_candidate_is_rejected_with_a_comment(client: httpx.AsyncClient, planner: Planner) -> None:
    await live(client)
    await submitted(client, demand=DEMAND + "F2,2026-01,1\n")
    before = await holdings(planner)
    for body, status in (({"revision": 2}, 400), ({"revision": 2, "comment": ""}, 400), ({"comment": "no"}, 400)):
        assert (await client.post(f"{SETS}/weekly/reject", headers=BEN, json=body)).status_code == status
    wanted = {"revision": 1, "comment": "no"}
    assert (await client.post(f"{SETS}/weekly/reject", headers=BEN, json=wanted)).status_code == 409
    assert await holdings(planner) == before
    answer = await client.post(f"{SETS}/weekly/reject", headers=BEN, json={"revision": 2, "comment": "no"})
    assert (answer.status_code, answer.json()["live"], answer.json()["candidate"]) == (200, 1, None)
    assert answer.json() == (await client.get(f"{SETS}/weekly")).json()


async def test_authors_withdraw_and_others_do_not(memory_client: httpx.AsyncClient, memory_planner: Planner) -> None:
    admin = await token_of(memory_planner, Role.ADMIN)
    by = await memory_planner.tokens.authenticate(admin["Authorization"].removeprefix("Bearer "))
    pia = await token_of(memory_planner, Role.PLANNER, by=by, name="pia")
    kim = await token_of(memory_planner, Role.PLANNER, by=by, name="kim")
    upload = files_of({"demand_family.csv": DEMAND})
    await memory_client.post(SETS, data={"label": "weekly"}, files=upload, headers=pia)
    body = {"revision": 1, "comment": "mistyped"}
    refused = await memory_client.post(f"{SETS}/weekly/reject", headers=kim, json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert (await memory_client.post(f"{SETS}/weekly/reject", headers=pia, json=body)).status_code == 200


async def test_a_revert_and_its_history(client: httpx.AsyncClient) -> None:
    first = await live(client)
    await live(client, demand=DEMAND + "F2,2026-01,1\n")
    answer = await client.post(f"{SETS}/weekly/revert", headers=BEN, json={"revision": 2, "comment": "too early"})
    assert (answer.status_code, answer.json()["live"]) == (200, 1)
    again = await client.post(f"{SETS}/weekly/revert", headers=BEN, json={"revision": 2})
    assert (again.status_code, again.json()["code"]) == (409, "invalid-state-transition")
    history = (await client.get(f"{SETS}/weekly/history")).json()
    assert history["next_cursor"] is None
    newest = history["items"][0]
    assert newest.pop("since").endswith("Z")
    assert newest == {
        "sequence": 3,
        "live": 1,
        "reference": "weekly@1",
        "content_hash": first["content_hash"],
        "action": "revert",
        "actor": "ben",
        "verification": "asserted",
        "comment": "too early",
    }
    assert [step["live"] for step in history["items"]] == [1, 2, 1]
    assert (await client.post(f"{SETS}/weekly/revert", headers=BEN)).json()["live"] is None
    assert (await client.get(f"{SETS}/nope/history")).status_code == 404


async def test_a_label_is_archived_and_restored(client: httpx.AsyncClient) -> None:
    await live(client)
    archived = await client.post(f"{SETS}/weekly/archive", headers=BEN, json={"comment": "season is over"})
    assert (archived.status_code, archived.json()["status"]) == (200, "archived")
    assert (await client.post(f"{SETS}/weekly/archive", headers=BEN)).status_code == 409
    assert (await client.post(f"{SETS}/weekly/restore", headers=BEN)).json()["status"] == "ready"


async def test_a_label_is_deleted_unless_a_plan_refers_to_it(client: httpx.AsyncClient, planner: Planner) -> None:
    await live(client)
    row = {"level": "aggregate", "time_bucket_type": "month", "time_bucket_key": "2026-01", "item_key": "F1"}
    await client.post("/plans", json={"version_id": "v1", "input_set": "weekly", "rows": [row]}, headers=AYA)
    before = await holdings(planner)
    refused = await client.delete(f"{SETS}/weekly", headers=AYA)
    assert (refused.status_code, refused.json()["code"], refused.json()["params"]["plans"]) == (
        409,
        "conflict",
        ["v1"],
    )
    assert await holdings(planner) == before
    revision = await uploaded(client, "monthly")
    answer = await client.delete(f"{SETS}/Monthly", headers=AYA, params={"comment": "a trial run"})
    assert answer.status_code == 200, answer.text
    assert answer.json().pop("deleted_at").endswith("Z")
    assert {name: value for name, value in answer.json().items() if name != "deleted_at"} == {
        "label": "monthly",
        "generation": 1,
        "revisions": [1],
        "content_hashes": [revision["content_hash"]],
        "contents_removed": [],  # weekly has the same
        "next_number": 2,
    }
    assert (await client.get(f"{SETS}/monthly")).status_code == 404
    assert (await client.delete(f"{SETS}/monthly", headers=AYA)).status_code == 404
    assert (await uploaded(client, "monthly"))["reference"] == "monthly@2"


async def test_a_legacy_set_is_adopted(client: httpx.AsyncClient, planner: Planner) -> None:
    content = a_content()
    async with planner.inputs.read.unit_of_work() as uow:
        await uow.configs.add(a_config())
        await uow.contents.add(content)
        begun = new_input_set(Label("old"), config_version_id=1, at=NOON)
        olga = Actor.asserted("olga")
        known, _, _ = begun.bring(content.content_hash, actor=olga, at=NOON, source="legacy", row_counts={"items": 2})
        await uow.input_sets.add(known)
        await uow.commit()
    wanted = {"revision": 1, "content_hash": content.content_hash}
    refused = await client.post(f"{SETS}/old/adopt", headers={"X-Actor": "olga"}, json=wanted)
    assert (refused.status_code, refused.json()["code"]) == (403, "four-eyes-violation")
    adopted = await client.post(f"{SETS}/old/adopt", headers=BEN, json=wanted)
    assert (adopted.status_code, adopted.json()["live"]) == (200, 1)


async def test_lists_are_narrowed(client: httpx.AsyncClient) -> None:
    await live(client, "weekly")
    await submitted(client, "week_1")
    await uploaded(client, "monthly")

    async def labels(**wanted: str) -> list[str]:
        return [known["label"] for known in (await client.get(SETS, params=wanted)).json()["items"]]

    assert await labels(label="WEEK*") == ["week_1", "weekly"]
    assert await labels(label="week_?") == ["week_1"]
    assert await labels(awaiting="BEN") == ["week_1"]
    assert await labels(awaiting="aya") == []
    assert await labels(status="ready", label="*") == ["weekly"]
    first = (await client.get(SETS, params={"label": "week*", "limit": 1})).json()
    rest = (await client.get(SETS, params={"label": "week*", "limit": 1, "cursor": first["next_cursor"]})).json()
    assert [known["label"] for page in (first, rest) for known in page["items"]] == ["week_1", "weekly"]
    for wrong in ({"label": ""}, {"label": "a\0"}, {"awaiting": ""}, {"label": "x" * 201}):
        assert (await client.get(SETS, params=wrong)).status_code == 400, wrong


async def test_the_legacy_list(client: httpx.AsyncClient) -> None:
    await live(client, "weekly")
    await uploaded(client, "monthly", config_version_id="1")
    answer = await client.get(LEGACY, params={"config_version_id": 1, "format": "json"})
    assert answer.status_code == 200, answer.text
    ((weekly,)) = answer.json()["input_sets"]
    assert list(weekly) == [
        "id",
        "label",
        "status",
        "source",
        "config_version_id",
        "created_at",
        "updated_at",
        "approved_by",
        "approved_at",
    ]
    assert (weekly["label"], weekly["status"], weekly["source"], weekly["approved_by"]) == (
        "weekly",
        "ready",
        "api",
        "ben",
    )
    assert 0 < weekly["created_at"] <= weekly["approved_at"] == weekly["updated_at"] < 10**14
    everything = (await client.get(LEGACY, params={"config_version_id": 1, "status": "all"})).json()["input_sets"]
    assert [known["label"] for known in everything] == ["monthly", "weekly"]
    assert everything[1] == weekly
    assert len({known["id"] for known in everything}) == 2
    assert (everything[0]["approved_by"], everything[0]["approved_at"]) == (None, None)
    drafts = (await client.get(LEGACY, params={"config_version_id": 1, "status": "draft"})).json()["input_sets"]
    assert [known["label"] for known in drafts] == ["monthly"]
    assert (await client.get(LEGACY, params={"config_version_id": 9})).json() == {"input_sets": []}


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?config_version_id=",
        "?config_version_id=x",
        "?config_version_id=1&status=new",
        "?config_version_id=1&format=xml",
    ],
)
async def test_the_legacy_list_asks_for_a_config_version(memory_client: httpx.AsyncClient, query: str) -> None:
    answer = await memory_client.get(LEGACY + query)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-request")


async def test_only_operators_delete(memory_client: httpx.AsyncClient, memory_planner: Planner) -> None:
    async with client_of(memory_planner) as client:
        await uploaded(client)
    admin = await token_of(memory_planner, Role.ADMIN, Role.APPROVER, Role.PLANNER)
    by = await memory_planner.tokens.authenticate(admin["Authorization"].removeprefix("Bearer "))
    assert (await memory_client.delete(f"{SETS}/weekly", headers=admin)).status_code == 403
    operator = await token_of(memory_planner, Role.OPERATOR, by=by)
    assert (await memory_client.delete(f"{SETS}/weekly", headers=operator)).status_code == 200
