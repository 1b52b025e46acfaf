"""A cache of differences in files: written aside and renamed, checked when read, forgotten by age and by size."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

from filelock import FileLock, Timeout

from ...application.inputs.difference_cache import Cached, CacheState, DifferenceCache
from ...domain.shared.clock import Clock, instant_text, parse_instant

MOST_BYTES = 64 * 2**20
WAIT_SECONDS = 30.0
_POLL_SECONDS = 0.02
_FORMAT = "planvault difference 1"
_ENTRY, _PART, _LOCK = ".diff", ".part", ".lock"
_LEFT_BEHIND_SECONDS = 3_600
_STALE = Cached(state=CacheState.STALE)
_MISS = Cached(state=CacheState.MISS)


class FileDifferenceCache(DifferenceCache):
    """Entries in one folder, which is made when something is first kept and belongs to this user alone.

    An entry is a line of JSON (format, key, when it was made, SHA-256 of what follows) and the body.  A crash leaves
    the old entry, the new one, or none; locks end with their process.
    """

    def __init__(self, folder: Path, *, clock: Clock, ttl_seconds: int, most_bytes: int = MOST_BYTES) -> None:
        """Keep entries in this folder for so many seconds, and no more bytes than that."""
        self._folder = folder
        self._clock = clock
        self._ttl = timedelta(seconds=ttl_seconds)
        self._most_bytes = most_bytes

    async def look(self, key: str) -> Cached:
        """What is kept under the key."""
        return await asyncio.to_thread(self._look, key)

    async def keep(self, key: str, body: bytes) -> None:
        """Keep a body unless the folder cannot be written or the body alone is more than all may have."""
        await asyncio.to_thread(self._keep, key, body)

    def turn(self, key: str) -> AbstractAsyncContextManager[None]:
        """Hold the key by a lock file; who waits for half a minute, or cannot lock at all, goes on without."""
        return self._turn(key)

    def _look(self, key: str) -> Cached:
        path = self._path(key)
        try:
            head, _, body = path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return _MISS
        except OSError:
            return _STALE
        if not self._holds(key, head, body):
            return _STALE
        with suppress(OSError):
            os.utime(path)  # what was used last is forgotten last
        return Cached(state=CacheState.HIT, body=body)

    def _holds(self, key: str, head: bytes, body: bytes) -> bool:
        try:
            said = json.loads(head)
            age = self._clock.now() - parse_instant(said["made_at"])
            return bool(said == _head(key, said["made_at"], body) and timedelta() <= age < self._ttl)
        except (ValueError, TypeError, KeyError):
            return False

    def _keep(self, key: str, body: bytes) -> None:
        head = json.dumps(_head(key, instant_text(self._clock.now()), body)).encode()
        if len(head) + 1 + len(body) > self._most_bytes:
            return
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write(self._path(key), head + b"\n" + body)
            self._make_room()

    def _write(self, path: Path, entry: bytes) -> None:
        number, name = tempfile.mkstemp(suffix=_PART, dir=self._folder)
        try:
            with os.fdopen(number, "wb") as part:
                part.write(entry)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _make_room(self) -> None:
        """Forget what was used least recently until the rest fits, and parts that a crash left behind."""
        entries, size = [], 0
        for place in os.scandir(self._folder):
            with suppress(FileNotFoundError):  # another process makes room too
                known = place.stat(follow_symlinks=False)
                if place.name.endswith(_ENTRY):
                    entries.append((known.st_mtime_ns, place.path, known.st_size))
                    size += known.st_size
                elif place.name.endswith(_PART) and known.st_mtime < time.time() - _LEFT_BEHIND_SECONDS:
                    Path(place.path).unlink(missing_ok=True)
        for _, path, held in sorted(entries):
            if size <= self._most_bytes:
                return
            Path(path).unlink(missing_ok=True)
            size -= held

    @asynccontextmanager
    async def _turn(self, key: str) -> AsyncIterator[None]:
        # Few lock files for many keys, because none is ever erased: erasing one that somebody waits for lets two in.
        lock = FileLock(self._folder / f"{key[:2]}{_LOCK}", thread_local=False)
        with suppress(OSError, TimeoutError):
            await asyncio.to_thread(self._folder.mkdir, mode=0o700, parents=True, exist_ok=True)
            async with asyncio.timeout(WAIT_SECONDS):
                await _acquired(lock)
        try:
            yield
        finally:
            lock.release()

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{_ENTRY}"


def _head(key: str, made_at: str, body: bytes) -> dict[str, str]:
    said = f"{_FORMAT}\n{key}\n{made_at}\n".encode()
    return {"format": _FORMAT, "key": key, "made_at": made_at, "sha256": hashlib.sha256(said + body).hexdigest()}


async def _acquired(lock: FileLock) -> None:
    while True:
        try:
            lock.acquire(blocking=False)
        except Timeout:
            await asyncio.sleep(_POLL_SECONDS)
        else:
            return
