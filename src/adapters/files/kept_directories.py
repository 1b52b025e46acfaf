"""The root and its areas, held open for as long as they are the directories of those names."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from ...domain.storage.mirror import missing_root
from .directories import Directory


class KeptDirectories:
    """Opens each directory once, and again where somebody put another one in its place; several threads may ask."""

    def __init__(self, root: Path, *, makes_root: bool = False) -> None:
        """Work below this root; ``makes_root`` where it may be made, as long as it was never there."""
        self._path = root
        self._makes_root = makes_root
        self._kept: dict[str, Directory] = {}
        self._gone: list[Directory] = []
        self._opening = threading.Lock()

    def root(self) -> Directory:
        """The root.

        Raises:
            StorageUnavailableError: it is not there, where a disk may be missing, or cannot be opened.
        """
        if not self._path.is_dir() and (self._kept or not self._makes_root):  # opening it would make it
            raise missing_root(str(self._path))
        there = None
        if self._path.is_dir():
            found = self._path.stat()
            there = found.st_dev, found.st_ino
        return self._open("", there, lambda: Directory.root(self._path))

    def area(self, name: str) -> Directory:
        """A directory in the root, made if it is not there."""
        root = self.root()
        return self._open(name, root.identity_of(name), lambda: root.directory(name, create=True))

    def close(self) -> None:
        """Let go of all of them."""
        for directory in (*self._kept.values(), *self._gone):
            directory.close()
        self._kept.clear()
        self._gone.clear()

    def _open(self, name: str, there: tuple[int, int] | None, opens: Callable[[], Directory]) -> Directory:
        with self._opening:
            kept = self._kept.get(name)
            if kept is None or kept.identity != there:
                if kept is not None:
                    self._gone.append(kept)  # another thread may be at work in it
                kept = self._kept[name] = opens()
        return kept
