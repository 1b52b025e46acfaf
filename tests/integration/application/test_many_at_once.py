"""Many people at once, by the facade, on every store: each move happens once, in one order, and the chain shows it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable

import pytest

from planvault import Actor, Planner, Settings, open_planner
from planvault.domain.errors import PlanvaultError

AYA, BEN, CID = (Actor.asserted(name) for name in ("aya", "ben", "cid"))


@pytest.fixture(params=[1, 3], ids=["one approval", "three approvals"])
async def planner(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Planner]:
    """A planner on an empty store of every kind, which asks for so many approvals."""
    settings = Settings(database_url=database_url, approvals_required=request.param)
    async with open_planner(settings) as opened:
        yield opened


async def outcome(move: Awaitable[object]) -> str:
    try:
        await move
    except PlanvaultError as error:
        return error.code
    return "done"


async def at_once(*moves: Awaitable[object]) -> list[str]:
    return list(await asyncio.gather(*(outcome(move) for move in moves)))
