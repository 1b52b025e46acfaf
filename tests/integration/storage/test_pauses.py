"""A publication or a sweep that is paused at any point, while others write and sweep: nothing pointed to is swept.

Whoever is paused works on a store of its own opening, in a thread of its own; the others do at the same time.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from planvault import Planner, RegisterRequest, Settings, open_planner
from planvault.adapters.files.crash_points import MIRROR_POINTS, MIRROR_TAIL_CUT, PUBLISHING, SWEEPING
from planvault.domain.errors import ConflictError
from planvault.testing.builders import det_rows
from tests.support.points import COMMITTED, COMMITTING, LOCKED, POINTED, watched_planner

from .dying import AYA, settings_of

SECONDS = 60.0
# Long enough for whoever is not kept waiting to come to an end, on a machine that has nothing else to do.
A_WHILE = 0.05
MIRRORING = tuple(point for point in MIRROR_POINTS if point != MIRROR_TAIL_CUT)


class Paused:
    """Work that stops at a point until it is let go on."""

    def __init__(self, settings: Settings, point: str, work: Callable[[Planner], Awaitable[object]]) -> None:
        self._settings = settings
        self._point = point
        self._work = work
        self._arrived = threading.Event()
        self._released = threading.Event()
        self._running = asyncio.create_task(asyncio.to_thread(lambda: asyncio.run(self._run())))

    async def arrived(self) -> None:
        """Wait until it stands at the point."""
        assert await asyncio.to_thread(self._arrived.wait, SECONDS), f"{self._point} was never reached"

    async def finished(self) -> None:
        """Let it go on, to its end."""
        self._released.set()
        await self._running

    async def _run(self) -> None:
        async with watched_planner(self._settings, self._reached) as planner:
            await self._work(planner)

    def _reached(self, point: str) -> None:
        if point == self._point and not self._arrived.is_set():
            self._arrived.set()
            assert self._released.wait(SECONDS)


async def rivaled(planner: Planner, version_id: str, count: int) -> bool:
    """Whether the rows of a version were replaced by as many others; somebody else may be first."""
    try:
        await planner.plans.replace(version_id, det_rows(count), actor=AYA)
    except ConflictError:
        return False
    return True


async def rows(planner: Planner, version_id: str) -> int:
    return (await planner.plans.get(version_id)).series_rows


async def agreed(planner: Planner) -> None:
    assert [finding async for finding in planner.storage.verify(full=True)] == []
    status = await planner.storage.status()
    assert (list(status.unfiled), status.trouble) == ([], None)


async def opened_with_plans(planner: Planner) -> None:
    for version_id in ("v1", "v2"):
        await planner.plans.register(RegisterRequest(version_id=version_id, actor=AYA, trigger="test"), det_rows(3))


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_a_publication_paused_anywhere_loses_nothing_to_a_sweep_or_a_rival(
    database_url: str, tmp_path: Path
) -> None:
    settings = settings_of(database_url, tmp_path / "files", strict=True)
    async with open_planner(settings) as planner:
        await opened_with_plans(planner)
        for place, point in enumerate((LOCKED, *PUBLISHING, POINTED, COMMITTING, COMMITTED, *MIRRORING)):
            own, others = 10 + 2 * place, 11 + 2 * place
            paused = Paused(settings, point, lambda it, own=own: it.plans.replace("v1", det_rows(own), actor=AYA))  # type: ignore[misc]
            await paused.arrived()
            sweep = asyncio.create_task(planner.storage.sweep(actor=AYA))
            rival = asyncio.create_task(rivaled(planner, "v1", others))
            beside = asyncio.create_task(rivaled(planner, "v2", others))
            await asyncio.wait([sweep, rival, beside], timeout=A_WHILE)
            if point in {LOCKED, *PUBLISHING, POINTED}:
                assert not sweep.done()  # nobody sweeps what is about to be pointed to
            await paused.finished()
            _, last, stored = await asyncio.gather(sweep, rival, beside)
            assert stored
            assert await rows(planner, "v1") == (others if last else own)
            assert await rows(planner, "v2") == others
            await agreed(planner)
        await planner.storage.sweep(actor=AYA)
        await agreed(planner)
        assert list((await planner.storage.status()).orphans) == []
        assert (await planner.audit.verify()).clean


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_a_sweep_paused_anywhere_takes_nothing_that_is_published_meanwhile(
    database_url: str, tmp_path: Path
) -> None:
    settings = settings_of(database_url, tmp_path / "files", strict=True)
    async with open_planner(settings) as planner:
        await opened_with_plans(planner)
        for place, point in enumerate((LOCKED, *SWEEPING, COMMITTING, COMMITTED)):
            await planner.plans.replace("v1", det_rows(10 + place), actor=AYA)  # leaves a folder to sweep
            paused = Paused(settings, point, lambda it: it.storage.sweep(actor=AYA))
            await paused.arrived()
            beside = asyncio.create_task(rivaled(planner, "v2", 10 + place))
            await asyncio.wait([beside], timeout=A_WHILE)
            if point in {LOCKED, *SWEEPING}:
                assert not beside.done()  # nobody publishes while folders are being counted
            await paused.finished()
            assert await beside
            assert (await rows(planner, "v1"), await rows(planner, "v2")) == (10 + place, 10 + place)
            await agreed(planner)
        assert (await planner.audit.verify()).clean
