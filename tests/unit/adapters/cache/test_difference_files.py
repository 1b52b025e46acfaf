from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from planvault.adapters.cache import difference_files
from planvault.adapters.cache.difference_files import FileDifferenceCache
from planvault.application.inputs.difference_cache import Cached, CacheState
from planvault.testing.clocks import HandClock

KEY, OTHER = "ab" + "0" * 62, "cd" + "0" * 62
BODY = b'{"demand_family":{}}'
HIT = Cached(state=CacheState.HIT, body=BODY)
MISS = Cached(state=CacheState.MISS)
STALE = Cached(state=CacheState.STALE)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def cache(tmp_path: Path, clock: HandClock) -> FileDifferenceCache:
    return FileDifferenceCache(tmp_path / "diffs", clock=clock, ttl_seconds=600)


def entry(folder: Path, key: str = KEY) -> Path:
    return folder / "diffs" / f"{key}.diff"


async def test_what_is_kept_is_found_by_its_key_alone(cache: FileDifferenceCache) -> None:
    assert await cache.look(KEY) == MISS
    await cache.keep(KEY, BODY)
    assert await cache.look(KEY) == HIT
    assert await cache.look(OTHER) == MISS


async def test_an_entry_outlives_the_process_that_made_it(
    cache: FileDifferenceCache, tmp_path: Path, clock: HandClock
) -> None:
    await cache.keep(KEY, BODY)
    again = FileDifferenceCache(tmp_path / "diffs", clock=clock, ttl_seconds=600)
    assert await again.look(KEY) == HIT


async def test_an_entry_is_stale_from_its_ttl_on(cache: FileDifferenceCache, clock: HandClock) -> None:
    await cache.keep(KEY, BODY)
    clock.move(seconds=599)
    assert await cache.look(KEY) == HIT
    clock.move(seconds=1)
    assert await cache.look(KEY) == STALE
    await cache.keep(KEY, BODY)
    assert await cache.look(KEY) == HIT


async def test_an_entry_from_the_future_is_stale(cache: FileDifferenceCache, clock: HandClock) -> None:
    await cache.keep(KEY, BODY)
    clock.move(seconds=-1)
    assert await cache.look(KEY) == STALE


SPOILERS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut in the head": lambda held: held[:20],
    "cut in the body": lambda held: held[:-1],
    "longer": lambda held: held + b" ",
    "a bit flipped": lambda held: held[:-3] + bytes([held[-3] ^ 1]) + held[-2:],
    "made later": lambda held: held.replace(b"T12:00:00", b"T12:05:00"),
    "another format": lambda held: held.replace(b"difference 1", b"difference 2"),
    "no JSON": lambda held: b"x" + held,
    "no object": lambda held: b"[]\n" + held,
    "no head": lambda held: held.partition(b"\n")[2],
    "bytes of nothing": lambda held: b"\xff" * len(held),
}


@pytest.mark.parametrize("spoiler", SPOILERS)
async def test_a_damaged_entry_is_stale_and_can_be_kept_anew(
    cache: FileDifferenceCache, tmp_path: Path, spoiler: str
) -> None:
    await cache.keep(KEY, BODY)
    path = entry(tmp_path)
    path.write_bytes(SPOILERS[spoiler](path.read_bytes()))
    assert await cache.look(KEY) == STALE
    await cache.keep(KEY, BODY)
    assert await cache.look(KEY) == HIT


async def test_an_entry_under_another_key_is_stale(cache: FileDifferenceCache, tmp_path: Path) -> None:
    await cache.keep(KEY, BODY)
    entry(tmp_path).rename(entry(tmp_path, OTHER))
    assert await cache.look(OTHER) == STALE


async def test_only_this_user_can_read_what_is_kept(cache: FileDifferenceCache, tmp_path: Path) -> None:
    await cache.keep(KEY, BODY)
    assert stat.S_IMODE((tmp_path / "diffs").stat().st_mode) == 0o700
    assert stat.S_IMODE(entry(tmp_path).stat().st_mode) == 0o600


async def test_a_folder_that_cannot_be_made_hinders_nobody(tmp_path: Path, clock: HandClock) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = FileDifferenceCache(tmp_path / "file" / "diffs", clock=clock, ttl_seconds=600)
    async with cache.turn(KEY):
        await cache.keep(KEY, BODY)
    assert (await cache.look(KEY)).body == b""
    assert (tmp_path / "file").read_text() == "in the way"


async def test_what_was_used_least_recently_makes_room(tmp_path: Path, clock: HandClock) -> None:
    cache = FileDifferenceCache(tmp_path / "diffs", clock=clock, ttl_seconds=600, most_bytes=2_500)
    keys = [f"{number:02}" + "0" * 62 for number in range(4)]
    body = b"x" * 800  # two and no third fit beside their heads
    for age, key in enumerate(keys[:2]):
        await cache.keep(key, body)
        os.utime(entry(tmp_path, key), ns=(age, age))
    assert (await cache.look(keys[0])).body == body  # used now, so the other one is the older
    await cache.keep(keys[2], body)
    assert [(await cache.look(key)).state for key in keys[:3]] == [CacheState.HIT, CacheState.MISS, CacheState.HIT]
    await cache.keep(keys[3], b"x" * 3_000)
    assert await cache.look(keys[3]) == MISS
    assert (await cache.look(keys[0])).body == body


async def test_parts_that_a_crash_left_behind_are_cleared(cache: FileDifferenceCache, tmp_path: Path) -> None:
    await cache.keep(KEY, BODY)
    left, fresh = tmp_path / "diffs" / "tmpold.part", tmp_path / "diffs" / "tmpnew.part"
    for part in (left, fresh):
        part.write_bytes(b"half")
    os.utime(left, (0, 0))
    await cache.keep(OTHER, BODY)
    assert (left.exists(), fresh.exists()) == (False, True)


async def test_a_write_that_fails_leaves_the_old_entry(
    cache: FileDifferenceCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cache.keep(KEY, BODY)

    def full(*_: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr(Path, "replace", full)
    await cache.keep(KEY, b"other")
    monkeypatch.undo()
    assert await cache.look(KEY) == HIT
    assert list((tmp_path / "diffs").glob("*.part")) == []


async def test_one_at_a_time_holds_a_key(cache: FileDifferenceCache, tmp_path: Path, clock: HandClock) -> None:
    elsewhere = FileDifferenceCache(tmp_path / "diffs", clock=clock, ttl_seconds=600)
    order: list[str] = []

    async def hold(held_by: FileDifferenceCache, name: str) -> None:
        async with held_by.turn(KEY):
            order.append(f"{name} in")
            await asyncio.sleep(0.05)
            order.append(f"{name} out")

    await asyncio.gather(hold(cache, "a"), hold(elsewhere, "b"))
    assert order in (["a in", "a out", "b in", "b out"], ["b in", "b out", "a in", "a out"])


async def test_who_waits_too_long_goes_on_without_the_lock(
    cache: FileDifferenceCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(difference_files, "WAIT_SECONDS", 0.05)
    (tmp_path / "diffs").mkdir()
    with FileLock(tmp_path / "diffs" / "ab.lock"):
        async with cache.turn(KEY):
            await cache.keep(KEY, BODY)
    assert await cache.look(KEY) == HIT
