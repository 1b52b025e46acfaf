from __future__ import annotations

from typing import Any

import httpx
import pytest
from dependency_injector import providers
from litestar import get

from planvault import Actor, Planner, Role, Settings, Verification
from planvault.adapters.api.access import HOST_ACTOR, Permission, permission_of
from planvault.adapters.api.app import require_permissions
from planvault.asgi import create_app
from planvault.infrastructure.container import Container
from planvault.testing.clocks import HandClock

from .driving import AYA, client_of, filled, holdings, raw, routes_of, token_of

ROLES_OF = {
    Permission.PLAN: Role.PLANNER,
    Permission.APPROVE: Role.APPROVER,
    Permission.OPERATE: Role.OPERATOR,
    Permission.ADMIN: Role.ADMIN,
}
# For approvers and for authors: the use case asks which of them this is.
ACTS = {("POST", "/api/plans/input_sets/{label}/reject"), ("POST", "/plans/{version_id}/revoke")}
# A question whose words do not fit into a query: it changes nothing.
ASKS_BY_POST = {("POST", "/audit/verify"), ("POST", "/storage/verify"), ("POST", "/storage/rollback/verify")}


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_every_route_declares_a_permission_and_only_the_probes_are_open(memory_planner: Planner) -> None:
    permissions = {(method, path): permission_of(handler) for method, path, handler in routes_of(memory_planner)}
    assert {path for (_, path), permission in permissions.items() if permission is Permission.OPEN} == {
        "/healthz",
        "/readyz",
    }
    writing = {route: permission for route, permission in permissions.items() if route[0] != "GET"}
    assert {route for route, permission in writing.items() if permission not in ROLES_OF} == {*ACTS, *ASKS_BY_POST}
    assert {writing[route] for route in ACTS} == {Permission.ACT}


async def test_an_app_with_a_route_that_declares_none_is_not_made(memory_planner: Planner) -> None:
    @get("/undeclared")
    async def undeclared() -> str:
        return ""

    app = create_app(memory_planner)
    app.register(undeclared)
    with pytest.raises(TypeError, match="/undeclared"):
        require_permissions(app.routes)


async def test_every_route_lets_exactly_its_roles_pass(
    memory_planner: Planner, memory_client: httpx.AsyncClient
) -> None:
    """Every route by: a mere name, and a token of each role, once the store has tokens."""
    admin = await token_of(memory_planner, Role.ADMIN)
    by = await memory_planner.tokens.authenticate(admin["Authorization"].removeprefix("Bearer "))
    headers: dict[Role | None, dict[str, str]] = {
        role: await token_of(memory_planner, role, by=by, name=str(role)) for role in Role
    }
    for method, path, handler in routes_of(memory_planner):
        permission = permission_of(handler)
        for role, header in (headers | {None: AYA}).items():
            answer = await memory_client.request(method, filled(path), headers=header)
            case = f"{method} {path} as {role}"
            if permission is Permission.OPEN:
                assert answer.status_code == 200, case
            elif role is None:
                assert told(answer) == (401, "unauthenticated"), case
                assert answer.headers["www-authenticate"] == "Bearer", case
            elif permission in ROLES_OF and ROLES_OF[permission] is not role:
                assert told(answer) == (403, "forbidden"), case
            else:
                assert answer.status_code in {200, 400, 404, 415}, case
        if permission is not Permission.OPEN:
            assert (await memory_client.request(method, filled(path))).status_code == 401, path
            assert (await memory_client.options(filled(path))).status_code == 401, path


async def test_without_tokens_anybody_reads_and_writers_name_themselves(
    client: httpx.AsyncClient, planner: Planner
) -> None:
    before = await holdings(planner)
    for method, path, handler in routes_of(planner):
        answer = await client.request(method, filled(path))
        if permission_of(handler) in {Permission.OPEN, Permission.READ}:
            assert answer.status_code in {200, 400, 404}, path
        else:
            assert told(answer) == (401, "unauthenticated"), path
    assert await holdings(planner) == before


async def test_the_first_token_is_an_admins_and_closes_the_door(client: httpx.AsyncClient, planner: Planner) -> None:
    made = await client.post("/tokens", json={"name": "ada", "roles": ["planner"]}, headers=AYA)
    assert (made.status_code, made.json()["roles"]) == (201, ["admin", "planner"])
    header = {"Authorization": f"Bearer {made.json()['token']}"}
    listed = await client.get("/tokens", headers=header)
    assert made.json()["token"] not in listed.text
    assert made.json()["token"][12:40] not in listed.text

    before = await holdings(planner)
    assert told(await client.post("/configs", json={"name": "x"}, headers=AYA)) == (401, "unauthenticated")
    assert told(await client.get("/plans", headers=AYA)) == (401, "unauthenticated")
    assert told(await client.get(f"/plans?token={made.json()['token']}")) == (401, "unauthenticated")
    assert await holdings(planner) == before
    created = await client.post("/configs", json={"name": "x"}, headers=header)
    assert (created.status_code, created.json()["created_by"]) == (201, "ada")


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer nonsense", "Basic YTpi", "bearer pv_aaaaaaaa_" + "a" * 51, "Bearer é"]
)
async def test_what_is_no_token_is_refused_even_where_none_is_needed(
    memory_client: httpx.AsyncClient, header: str
) -> None:
    answer = await memory_client.get("/plans", headers=raw({"Authorization": header}))
    assert told(answer) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_wrong_or_revoked_token_is_told_nothing_about_itself(
    client: httpx.AsyncClient, planner: Planner
) -> None:
    admin = await token_of(planner, Role.ADMIN)
    made = await client.post("/tokens", json={"name": "eve", "roles": ["planner"]}, headers=admin)
    header = {"Authorization": f"Bearer {made.json()['token']}"}
    path = f"/tokens/{made.json()['token_id']}"
    assert (await client.get("/plans", headers=header)).status_code == 200
    assert (await client.delete(path, headers=admin)).json()["revoked_at"] is not None
    revoked = await client.get("/plans", headers=header)
    wrong = await client.get("/plans", headers={"Authorization": header["Authorization"][:-9] + "00000000"})
    assert told(revoked) == told(wrong) == (401, "unauthenticated")
    assert revoked.json()["detail"] == wrong.json()["detail"]
    assert told(await client.delete(path, headers=admin)) == (409, "invalid-state-transition")


async def test_the_last_admin_token_stays(client: httpx.AsyncClient, planner: Planner) -> None:
    admin = await token_of(planner, Role.ADMIN)
    token = (await planner.tokens.list())[0]
    assert told(await client.delete(f"/tokens/{token.token_id}", headers=admin)) == (409, "conflict")
    assert (await client.get("/tokens", headers=admin)).json()["items"][0]["revoked_at"] is None


async def test_a_token_ends_when_it_expires() -> None:
    clock = HandClock()
    container = Container(settings=Settings(database_url="memory://"), database_or_engine="memory://")
    container.clock.override(providers.Object(clock))
    planner: Planner = container.planner()
    async with client_of(planner) as client:
        made = await client.post("/tokens", json={"name": "ada", "roles": ["admin"], "days": 1}, headers=AYA)
        header = {"Authorization": f"Bearer {made.json()['token']}"}
        assert (await client.get("/plans", headers=header)).status_code == 200
        clock.move(days=1)
        assert told(await client.get("/plans", headers=header)) == (401, "unauthenticated")


@pytest.mark.parametrize(
    "body",
    [
        {"name": "ada", "roles": []},
        {"name": "ada", "roles": ["king"]},
        {"name": "ada", "roles": "admin"},
        {"name": "", "roles": ["admin"]},
        {"name": "ada", "roles": ["admin"], "days": 0},
        {"name": "ada", "roles": ["admin"], "days": 366},
        {"name": "ada", "roles": ["admin"], "secret": "x"},
    ],
)
async def test_a_malformed_token_is_not_issued(
    memory_client: httpx.AsyncClient, memory_planner: Planner, body: dict[str, Any]
) -> None:
    assert told(await memory_client.post("/tokens", json=body, headers=AYA)) == (400, "invalid-request")
    assert await memory_planner.tokens.list() == []


async def test_an_actor_verified_by_the_host_needs_no_token(memory_planner: Planner) -> None:
    await token_of(memory_planner, Role.ADMIN)
    app: Any = create_app(memory_planner)
    actor = Actor(name="hana", roles=frozenset({Role.PLANNER}), verification=Verification.JWT)

    async def host(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, HOST_ACTOR: actor}, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=host), base_url="http://host.test") as client:
        made = await client.post("/configs", json={"name": "x"})
        assert (made.status_code, made.json()["created_by"]) == (201, "hana")
        assert told(await client.get("/tokens")) == (403, "forbidden")
