from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from planvault.domain.access.actor import Actor, Role, Verification
from planvault.domain.errors import (
    ConflictError,
    ForbiddenError,
    IllegalTransitionError,
    InvalidRequestError,
    NotFoundError,
    UnauthenticatedError,
)
from planvault.testing.builders import AYA, an_actor
from planvault.testing.clocks import NOON
from tests.unit.application.desk import Desk

HOST = an_actor("host", *Role)


async def an_admin(desk: Desk, name: str = "root", *, by: Actor = AYA) -> Actor:
    _, text = await desk.planner.tokens.create(name, [Role.ADMIN, Role.PLANNER], actor=by)
    return await desk.planner.tokens.authenticate(text)


async def test_the_first_token_is_admin_whatever_was_asked_for_and_the_second_is_not() -> None:
    desk = Desk()
    first, text = await desk.planner.tokens.create("ci", [Role.PLANNER], actor=AYA)
    assert first.roles == {Role.PLANNER, Role.ADMIN}
    root = await desk.planner.tokens.authenticate(text)
    second, _ = await desk.planner.tokens.create("kim", [Role.APPROVER], actor=root)
    assert second.roles == {Role.APPROVER}
    assert desk.actions == ["access issue", "access issue"]
    assert (desk.events[1].actor, desk.events[1].verification) == ("ci", "token")
    assert text not in repr(desk.store.state)


async def test_a_tokens_text_proves_its_holder_until_it_expires() -> None:
    desk = Desk()
    token, text = await desk.planner.tokens.create("ci", [Role.PLANNER], actor=AYA, days=1)
    actor = await desk.planner.tokens.authenticate(text)
    assert (actor.name, actor.verification, actor.token_id) == ("ci", Verification.TOKEN, token.token_id)
    desk.clock.move(days=1)
    with pytest.raises(UnauthenticatedError):
        await desk.planner.tokens.authenticate(text)
    with pytest.raises(UnauthenticatedError):
        await desk.planner.tokens.create("kim", [Role.VIEWER], actor=actor)


async def test_a_well_formed_token_of_another_store_proves_nobody() -> None:
    _, text = await Desk().planner.tokens.create("ci", [Role.PLANNER], actor=AYA)
    with pytest.raises(UnauthenticatedError, match="does not hold"):
        await Desk().planner.tokens.authenticate(text)


async def test_a_name_alone_writes_until_the_first_token_and_never_again() -> None:
    desk = Desk()
    assert not await desk.planner.tokens.required()
    await desk.planner.configs.create("one", actor=AYA)
    root = await an_admin(desk)
    assert await desk.planner.tokens.required()
    with pytest.raises(UnauthenticatedError, match="aya is only a name"):
        await desk.planner.configs.create("two", actor=AYA)
    other = await an_admin(desk, "other", by=root)
    await desk.planner.tokens.revoke(str(root.token_id), actor=other)
    async with desk.store() as uow:
        (last,) = [token for token in await uow.tokens.list() if token.token_id == other.token_id]
        await uow.tokens.save(last.revoke(at=NOON))
        await uow.commit()
    with pytest.raises(UnauthenticatedError, match="aya is only a name"):
        await desk.planner.configs.create("two", actor=AYA)


async def test_in_a_store_for_verified_actors_a_name_never_writes() -> None:
    desk = Desk(verified_only=True)
    assert await desk.planner.tokens.required()
    with pytest.raises(UnauthenticatedError):
        await desk.planner.tokens.create("ci", [Role.ADMIN], actor=AYA)
    assert (await desk.planner.configs.create("one", actor=HOST)).created_by == "host"


async def test_when_every_admin_token_has_expired_a_name_alone_issues_the_next_one() -> None:
    desk = Desk()
    await desk.planner.tokens.create("root", [Role.ADMIN], actor=AYA, days=1)
    with pytest.raises(UnauthenticatedError):
        await desk.planner.tokens.create("next", [Role.VIEWER], actor=AYA)
    desk.clock.move(days=1)
    token, text = await desk.planner.tokens.create("next", [Role.VIEWER], actor=AYA)
    assert token.roles == {Role.VIEWER, Role.ADMIN}
    assert (await desk.planner.tokens.authenticate(text)).name == "next"
    with pytest.raises(UnauthenticatedError):
        await desk.planner.configs.create("one", actor=AYA)


async def test_a_revoked_token_stops_writing_at_once() -> None:
    desk = Desk()
    root = await an_admin(desk)
    other = await an_admin(desk, "other", by=root)
    revoked = await desk.planner.tokens.revoke(str(other.token_id), actor=root, comment="left the team")
    assert revoked.revoked_at == NOON
    assert (desk.events[-1].action, desk.events[-1].comment) == ("revoke", "left the team")
    with pytest.raises(UnauthenticatedError):
        await desk.planner.configs.create("one", actor=other)
    with pytest.raises(IllegalTransitionError, match="revoked already"):
        await desk.planner.tokens.revoke(str(other.token_id), actor=root)


async def test_the_last_active_admin_token_cannot_be_revoked() -> None:
    desk = Desk()
    root = await an_admin(desk)
    other = await an_admin(desk, "other", by=root)
    await desk.planner.tokens.revoke(str(other.token_id), actor=root)
    before = desk.kept()
    for actor in (root, HOST):
        with pytest.raises(ConflictError, match="last active admin token"):
            await desk.planner.tokens.revoke(str(root.token_id), actor=actor)
    assert desk.kept() == before


async def test_an_expired_admin_token_is_no_other_admin() -> None:
    desk = Desk()
    root = await an_admin(desk)
    async with desk.store() as uow:
        token, _ = type((await uow.tokens.list())[0]).issue(
            "old", [Role.ADMIN], by=AYA, at=NOON, expires_at=NOON + timedelta(days=1)
        )
        await uow.tokens.add(token)
        await uow.commit()
    desk.clock.move(days=2)
    with pytest.raises(ConflictError, match="last active admin token"):
        await desk.planner.tokens.revoke(str(root.token_id), actor=HOST)


async def test_a_planners_token_can_be_revoked_when_no_admin_token_is_active() -> None:
    desk = Desk()
    root = await an_admin(desk)
    token, _ = await desk.planner.tokens.create("ci", [Role.PLANNER], actor=root)
    async with desk.store() as uow:
        (admin,) = [known for known in await uow.tokens.list() if known.token_id == root.token_id]
        await uow.tokens.save(replace(admin, expires_at=NOON))
        await uow.commit()
    assert (await desk.planner.tokens.revoke(str(token.token_id), actor=HOST)).revoked_at == NOON


@pytest.mark.parametrize(("roles", "days", "match"), [([], 10, "needs a role"), ([Role.VIEWER], 0, "1 to 365"),
                                                      ([Role.VIEWER], 366, "1 to 365")])  # fmt: skip
async def test_a_token_without_roles_or_of_a_wrong_life_is_refused(roles: list[Role], days: int, match: str) -> None:
    desk = Desk()
    with pytest.raises(InvalidRequestError, match=match):
        await desk.planner.tokens.create("ci", roles, actor=AYA, days=days)
    with pytest.raises(InvalidRequestError, match="actor"):
        await desk.planner.tokens.create(" ", [Role.VIEWER], actor=AYA)
    assert await desk.planner.tokens.list() == []


async def test_only_an_admin_manages_tokens() -> None:
    desk = Desk()
    await an_admin(desk)
    before = desk.kept()
    kim = an_actor("kim", *(set(Role) - {Role.ADMIN}))
    with pytest.raises(ForbiddenError, match="admin"):
        await desk.planner.tokens.create("ci", [Role.VIEWER], actor=kim)
    with pytest.raises(ForbiddenError, match="admin"):
        await desk.planner.tokens.revoke("abcdefgh", actor=kim)
    with pytest.raises(NotFoundError, match="token abcdefgh"):
        await desk.planner.tokens.revoke("abcdefgh", actor=HOST)
    assert desk.kept() == before


async def test_a_token_that_this_store_does_not_know_lets_nobody_write() -> None:
    desk = Desk()
    stranger = Actor(name="x", roles=frozenset(Role), verification=Verification.TOKEN, token_id="abcdefgh")  # noqa: S106 (no secret)
    with pytest.raises(UnauthenticatedError):
        await desk.planner.configs.create("one", actor=stranger)
