"""The port of the mirror: files below the files root, by names with one area at most (``current/v1.json``)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from typing import Protocol

from ...domain.storage.mirror import RootFile


class MirrorFiles(Protocol):
    """The mirrored files of a files root.

    Every method raises ``StorageError`` where the root cannot be read or written.
    """

    @property
    def place(self) -> str:
        """Where the files root is, for messages to operators."""
        ...

    async def root(self) -> RootFile | None:
        """What ``root.json`` says; null where there is none.

        Raises:
            ConflictError: it cannot be read, or is of a newer planvault.
        """
        ...

    async def save_root(self, root: RootFile) -> None:
        """Write ``root.json`` anew, durably and all at once."""
        ...

    async def read(self, file: str) -> bytes | None:
        """The whole of a file; null where there is none."""
        ...

    async def start(self, file: str, size: int) -> bytes | None:
        """The first so many bytes of a file; null where there is none."""
        ...

    def blocks(self, file: str) -> AsyncGenerator[bytes]:
        """A file from its beginning, block by block; nothing where there is none."""
        ...

    async def last_line(self, file: str, *, cut: bool = False) -> bytes | None:
        """The last whole line of a file, null where there is none; ``cut`` takes away, durably, what follows it."""
        ...

    async def names(self, area: str) -> list[str]:
        """The files of an area, in order of name."""
        ...

    async def write(self, file: str, pieces: AsyncIterable[bytes]) -> None:
        """Write a file, instead of one that may be there: durably and all at once."""
        ...

    async def append(self, file: str, data: bytes) -> None:
        """Write whole lines at the end of a file, durably."""
        ...

    async def move_to_trash(self, file: str) -> None:
        """Take a file out of sight without erasing it; one that is gone is no error."""
        ...

    async def set_aside(self) -> None:
        """Take everything that was mirrored out of sight, without erasing it; folders of payloads stay."""
        ...
