"""A disk that is full or read-only from any step of a publication on: the error, the state, and the next write.

The steps are the calls by which files change; a rehearsal counts them, and then the disk refuses from each of them on.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from planvault import Planner, RegisterRequest, open_planner
from planvault.adapters.files import directories
from planvault.domain.errors import NotMirroredError, StorageFullError, StorageUnavailableError
from planvault.domain.storage.state import Side
from planvault.testing.builders import det_rows

from .dying import AYA, settings_of

NEVER = 10_000
WRITES = os.O_WRONLY | os.O_RDWR
FULL = (errno.ENOSPC, {"mkdir", "fsync", "open"}, StorageFullError)
READ_ONLY = (errno.EROFS, {"mkdir", "rename", "unlink", "rmdir", "open"}, StorageUnavailableError)
Kind = tuple[int, set[str], type[Exception]]


class Disk:
    """What the files adapter takes for ``os``: some calls are refused from the one with an index on."""

    def __init__(self, code: int, refusing: set[str]) -> None:
        self._code = code
        self._refusing = refusing
        self._sound()

    def _sound(self) -> None:
        self.first = NEVER
        self.calls = 0

    def refuse_from(self, first: int) -> None:
        """Be sound up to the call with this index."""
        self.first, self.calls = first, 0

    def mend(self) -> int:
        """Be sound again; how many calls there were."""
        calls = self.calls
        self._sound()
        return calls

    def __getattr__(self, name: str) -> Any:
        whole = getattr(os, name)
        return self._refused(name, whole) if name in self._refusing else whole

    def _refused(self, name: str, whole: Callable[..., Any]) -> Callable[..., Any]:
        def call(*words: Any, **named: Any) -> Any:
            if name != "open" or words[1] & WRITES:
                self.calls += 1
                if self.calls > self.first:
                    raise OSError(self._code, os.strerror(self._code))
            return whole(*words, **named)

        return call


@pytest.fixture(params=[FULL, READ_ONLY], ids=["full", "read-only"])
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.fixture
def disk(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> Disk:
    code, refusing, _ = kind
    made = Disk(code, refusing)
    monkeypatch.setattr(directories, "os", made)
    return made


async def rows(planner: Planner, version_id: str = "v1") -> int:
    return (await planner.plans.get(version_id)).series_rows


async def findings(planner: Planner) -> set[str]:
    return {finding.kind async for finding in planner.storage.verify(full=True)}


async def replaced(planner: Planner, count: int, version_id: str = "v1") -> None:
    await planner.plans.replace(version_id, det_rows(count), actor=AYA)


async def rehearsed(planner: Planner, disk: Disk) -> int:
    """How many steps a replacement takes, in a store with two plans."""
    for version_id in ("v1", "v2"):
        await planner.plans.register(RegisterRequest(version_id=version_id, actor=AYA, trigger="test"), det_rows(3))
    disk.refuse_from(NEVER)
    await replaced(planner, 4)
    return disk.mend()


async def require_sound(planner: Planner, count: int) -> None:
    """Everything is as on a sound disk, once somebody wrote to it again."""
    await replaced(planner, count, "v2")
    assert (await rows(planner), await rows(planner, "v2")) == (count, count)
    assert await findings(planner) == set()
    await planner.storage.sweep(actor=AYA)
    status = await planner.storage.status()
    assert (list(status.unfiled), list(status.orphans), status.trouble) == ([], [], None)


async def test_a_plan_is_stored_whatever_the_disk_refuses_and_filed_when_it_is_mended(
    tmp_path: Path, disk: Disk
) -> None:
    unfiled = 0
    root = tmp_path / "files"
    async with open_planner(settings_of(f"sqlite+aiosqlite:///{tmp_path}/plans.db", root)) as planner:
        steps = await rehearsed(planner, disk)
        assert steps > 10
        for first in range(steps):
            count = 10 + first
            disk.refuse_from(first)
            await replaced(planner, count)
            assert disk.mend() > first
            assert await rows(planner) == count
            waiting = list((await planner.storage.status()).unfiled)
            assert waiting in ([], ["v1"])
            unfiled += len(waiting)
            assert {kind for kind in await findings(planner) if not kind.startswith("mirror")} == (
                {"unfiled"} if waiting else set()
            )
            assert [version_id async for version_id in planner.storage.repair(Side.DB, actor=AYA)] == waiting
            await require_sound(planner, count)
        assert 0 < unfiled < steps
        assert list((root / "staging").iterdir()) == []
        assert (await planner.audit.verify()).clean


async def test_strictly_the_error_says_what_the_disk_refused_and_nothing_is_stored_without_its_folder(
    tmp_path: Path, disk: Disk, kind: Kind
) -> None:
    told: set[type[Exception]] = set()
    root = tmp_path / "files"
    settings = settings_of(f"sqlite+aiosqlite:///{tmp_path}/plans.db", root, strict=True)
    async with open_planner(settings) as planner:
        for first in range(await rehearsed(planner, disk)):
            count, before = 10 + first, await rows(planner)
            disk.refuse_from(first)
            with pytest.raises((kind[2], NotMirroredError)) as caught:
                await replaced(planner, count)
            disk.mend()
            told.add(type(caught.value))
            if isinstance(caught.value, NotMirroredError):  # it was stored and filed, and the mirror lags behind
                assert await rows(planner) == count
            else:
                assert await rows(planner) == before
                assert await findings(planner) == set()
                await replaced(planner, count)
            await require_sound(planner, count)
        assert told == {kind[2], NotMirroredError}
        assert list((root / "staging").iterdir()) == []
        assert (await planner.audit.verify()).clean
