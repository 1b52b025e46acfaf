"""The mirror's files below a files root: written beside and renamed, or appended to, and synced."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, AsyncIterable
from pathlib import Path
from typing import BinaryIO

from ...application.storage.crash_points import Reached, passed
from ...application.storage.mirror_files import MirrorFiles
from ...application.threads import in_thread
from ...domain.storage.mirror import RootFile
from ...domain.storage.mirror_text import AREAS, CHECKPOINTS_FILE, CURRENT, STORE_FILE
from . import crash_points
from .directories import Directory, synced, translating
from .kept_directories import KeptDirectories
from .root_file import ROOT_FILE, STAGING, TRASH, parsed, text_of

_BLOCK = 1 << 20
_TAIL = 1 << 16
_WATCHED = {CURRENT: crash_points.CURRENT_POINTS, ROOT_FILE: crash_points.ROOT_POINTS}


class FileMirror(MirrorFiles):
    """Files below ``<root>/current``, ``labels``, ``events`` and ``inputs``, and beside them."""

    def __init__(self, root: Path, *, reached: Reached = passed) -> None:
        """Work below this root, which has to be there."""
        self._path = root
        self._reached = reached
        self._kept = KeptDirectories(root)

    @property
    def place(self) -> str:
        """Where the files root is."""
        return str(self._path)

    async def root(self) -> RootFile | None:
        """What ``root.json`` says; null where there is none."""

        def look() -> RootFile | None:
            text = self._read(ROOT_FILE)
            return None if text is None else parsed(text, shown=self.place)

        return await in_thread(look)

    async def save_root(self, root: RootFile) -> None:
        """Write ``root.json`` anew, durably and all at once."""
        await in_thread(lambda: self._put(ROOT_FILE, text_of(root)))

    async def read(self, file: str) -> bytes | None:
        """The whole of a file; null where there is none."""
        return await in_thread(lambda: self._read(file))

    async def start(self, file: str, size: int) -> bytes | None:
        """The first so many bytes of a file; null where there is none."""
        return await in_thread(lambda: self._read(file, size))

    async def blocks(self, file: str) -> AsyncGenerator[bytes]:
        """A file from its beginning, block by block; nothing where there is none."""
        source = await in_thread(lambda: self._opened(file), undo=lambda late: late.close() if late else None)
        if source is None:
            return
        with source:
            while block := await in_thread(lambda: source.read(_BLOCK)):
                yield block

    async def last_line(self, file: str, *, cut: bool = False) -> bytes | None:
        """The last whole line of a file; ``cut`` takes away what follows it."""
        return await in_thread(lambda: self._last_line(file, cut=cut))

    async def names(self, area: str) -> list[str]:
        """The files of an area, in order of name."""
        return await in_thread(lambda: self._area(area).names() if self._has_area(area) else [])

    async def write(self, file: str, pieces: AsyncIterable[bytes]) -> None:
        """Write a file, instead of one that may be there: durably and all at once."""
        temporary = uuid.uuid4().hex
        staging = await in_thread(lambda: self._area(STAGING))
        target = await in_thread(lambda: staging.creating(temporary), undo=lambda late: late.close())
        try:
            with target, translating(staging.shown):
                async for piece in pieces:
                    await in_thread(lambda piece=piece: target.write(piece))  # type: ignore[misc]
                await in_thread(lambda: synced(target))
            await in_thread(lambda: self._published(temporary, file))
        except BaseException:
            if staging.has(temporary):
                staging.remove(temporary)
            raise

    async def append(self, file: str, data: bytes) -> None:
        """Write whole lines at the end of a file, durably."""
        await in_thread(lambda: self._append(file, data))

    async def move_to_trash(self, file: str) -> None:
        """Take a file out of sight without erasing it; one that is gone is no error."""
        await in_thread(lambda: self._set_aside([file]))

    async def set_aside(self) -> None:
        """Take everything that was mirrored out of sight, without erasing it."""

        def move() -> None:
            self._set_aside([*AREAS, STORE_FILE, CHECKPOINTS_FILE])

        await in_thread(move)

    def close(self) -> None:
        """Let go of the root."""
        self._kept.close()

    def _set_aside(self, files: list[str]) -> None:
        trash = self._area(TRASH)
        for file in files:
            directory, name = self._located(file)
            if directory.has(name):
                directory.move(name, trash, f"mirror.{uuid.uuid4().hex}.{name}")
                directory.sync()
        trash.sync()

    def _put(self, file: str, text: bytes) -> None:
        staging, temporary = self._area(STAGING), uuid.uuid4().hex
        try:
            with staging.creating(temporary) as target, translating(staging.shown):
                target.write(text)
                synced(target)
            self._published(temporary, file)
        except BaseException:
            if staging.has(temporary):
                staging.remove(temporary)
            raise

    def _published(self, temporary: str, file: str) -> None:
        """Give what was written its name; nobody sees it before it is durable."""
        directory, name = self._located(file)
        before, renamed, done = _WATCHED.get(file.partition("/")[0], ("", "", ""))
        self._reached(before)
        self._area(STAGING).move(temporary, directory, name)
        self._reached(renamed)
        directory.sync()
        self._reached(done)

    def _append(self, file: str, data: bytes) -> None:
        directory, name = self._located(file)
        is_new = not directory.has(name)
        self._reached(crash_points.MIRROR_LINES_BEFORE)
        with directory.extending(name) as target, translating(f"{directory.shown}/{name}"):
            half = len(data) // 2
            target.write(data[:half])
            target.flush()
            self._reached(crash_points.MIRROR_LINES_HALF_WRITTEN)
            target.write(data[half:])
            synced(target)
        if is_new:
            directory.sync()
        self._reached(crash_points.MIRROR_LINES_SYNCED)

    def _last_line(self, file: str, *, cut: bool) -> bytes | None:
        if not self._has_area(file.rpartition("/")[0]):
            return None
        directory, name = self._located(file)
        if not directory.has(name):
            return None
        opened = directory.changing(name) if cut else directory.reading(name)
        with opened as source, translating(f"{directory.shown}/{name}"):
            size = source.seek(0, 2)
            line, end = _last_line(source, size)
            if cut and end < size:
                source.truncate(end)
                synced(source)
                self._reached(crash_points.MIRROR_TAIL_CUT)
        return line

    def _read(self, file: str, size: int = -1) -> bytes | None:
        source = self._opened(file)
        if source is None:
            return None
        with source, translating(file):
            return source.read(size)

    def _opened(self, file: str) -> BinaryIO | None:
        if not self._has_area(file.rpartition("/")[0]):
            return None
        directory, name = self._located(file)
        return directory.reading(name) if directory.has(name) else None

    def _has_area(self, name: str) -> bool:
        """Whether an area is there; looking at it does not make it."""
        return self._root().has(name) if name else True

    def _located(self, file: str) -> tuple[Directory, str]:
        area, slash, name = file.rpartition("/")
        return (self._area(area), name) if slash else (self._root(), name)

    def _area(self, name: str) -> Directory:
        return self._kept.area(name)

    def _root(self) -> Directory:
        return self._kept.root()


def _last_line(source: BinaryIO, size: int) -> tuple[bytes | None, int]:
    """The last whole line, and where it ends."""
    tail, start = b"", size
    while start:
        begin = max(0, start - _TAIL)
        source.seek(begin)
        tail, start = source.read(start - begin) + tail, begin
        end = tail.rfind(b"\n")
        begins = tail.rfind(b"\n", 0, end) if end > 0 else -1
        if end >= 0 and (begins >= 0 or start == 0):
            return tail[begins + 1 : end + 1], start + end + 1
    return None, 0
