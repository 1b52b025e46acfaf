"""The image of a memory store, which there is none of."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Sequence

from ...domain.errors import InvalidRequestError
from ...domain.storage.image import ImageTable, StampedRows, StoreImage


class MemoryStoreImage(StoreImage):
    """Refuses: what ends with the process has no tables."""

    @property
    def schema(self) -> str:
        """None."""
        return ""

    @property
    def tables(self) -> Sequence[ImageTable]:
        """None: a backup of it, or into it, is refused."""
        raise InvalidRequestError(
            "A store in memory ends with its process; it is neither backed up nor restored into.",
            remedy="Name a database: --database FILE, or DATABASE_URL.",
        )

    async def lines(self, table: str) -> AsyncGenerator[bytes]:
        """Nothing."""
        del table
        nothing: tuple[bytes, ...] = ()
        for piece in nothing:
            yield piece

    async def series_lines(self, batches: AsyncIterable[StampedRows]) -> AsyncGenerator[bytes]:
        """Nothing."""
        del batches
        async for piece in self.lines(""):
            yield piece

    async def is_empty(self) -> bool:
        """It has no tables that anything could lie in."""
        return True

    async def take(self, table: str, pieces: AsyncIterable[bytes]) -> int:
        """Nothing is kept."""
        del table, pieces
        return 0

    def section_table(self, section: str) -> str:
        """None."""
        return section
