"""The image of a store: every table as lines of text that are the same on every database."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..plans.ports import RowStamp
from ..plans.series import SeriesRow
from ..shared.ids import VersionId


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageTable:
    """A table of the image with its columns in their order."""

    name: str
    columns: tuple[str, ...]


# Rows of one version, and what stands on each of them beside its content.
StampedRows = tuple[VersionId, Sequence[SeriesRow], RowStamp]
SERIES_TABLE = "plan_series"


class StoreImage(Protocol):
    """Everything that a store keeps, table by table.

    A line is a row: a JSON array in the order of the columns, instants as RFC 3339 text in UTC.  The same content gives
    the same bytes on SQLite and PostgreSQL, so that their hashes can be compared.
    """

    @property
    def schema(self) -> str:
        """The revision of the schema that the tables belong to."""
        ...

    @property
    def tables(self) -> Sequence[ImageTable]:
        """The tables, each after those that it refers to.

        Raises:
            InvalidRequestError: the store ends with the process and has no image.
        """
        ...

    def lines(self, table: str) -> AsyncGenerator[bytes]:
        """The rows of a table in order of key, several whole lines at a time; memory stays flat."""
        ...

    def series_lines(self, batches: AsyncIterable[StampedRows]) -> AsyncGenerator[bytes]:
        """The lines of series rows that lie elsewhere, as their table would give them; they come in key order."""
        ...

    async def is_empty(self) -> bool:
        """Whether nothing was ever kept in the store."""
        ...

    async def take(self, table: str, pieces: AsyncIterable[bytes]) -> int:
        """Keep rows of a table, none of which is there yet, whole lines at a time; how many there were.

        Raises:
            ArchiveRejectedError: a line is no row of that table.
        """
        ...

    def section_table(self, section: str) -> str:
        """The table of a section of input contents: a row is the content's number, then the section's fields."""
        ...
