"""A backup in one file: what it says of itself, how it is written, and how it is read back."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Protocol

from ...domain.errors import ArchiveRejectedError
from ...domain.shared.clock import instant_text, parse_instant
from ...domain.shared.events import Head
from ..exchange import NamedStream, WrittenFile

FORMAT = "planvault backup 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUpTable:
    """A table of a backup: its columns in order, how many rows it has, and the SHA-256 of their lines."""

    name: str
    columns: tuple[str, ...]
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupManifest:
    """What a backup says of itself: of when and of which schema it is, its tables, and where the event chain stood.

    ``heads`` are the newest events of all streams; ``checkpoint`` is the number and hash of the newest checkpoint.
    """

    taken_at: datetime
    schema: str
    position: int
    checkpoint: tuple[int, str] | None
    tables: tuple[BackedUpTable, ...]
    heads: tuple[Head, ...]

    @property
    def rows(self) -> int:
        """How many rows there are in all tables together."""
        return sum(table.rows for table in self.tables)

    def rows_of(self, name: str) -> int:
        """How many rows a table has."""
        return sum(table.rows for table in self.tables if table.name == name)

    def as_fields(self) -> dict[str, Any]:
        """The manifest as JSON has it."""
        return {
            "format": FORMAT,
            "taken_at": instant_text(self.taken_at),
            "schema": self.schema,
            "position": self.position,
            "checkpoint": None if self.checkpoint is None else list(self.checkpoint),
            "tables": [
                {"name": table.name, "columns": list(table.columns), "rows": table.rows, "sha256": table.sha256}
                for table in self.tables
            ],
            "heads": [[head.stream, head.sequence, head.hash] for head in self.heads],
        }


def parse_manifest(fields: Any, *, archive: str) -> BackupManifest:
    """The manifest that JSON has as these fields.

    Raises:
        ArchiveRejectedError: it is none that this planvault reads.
    """
    try:
        if fields["format"] != FORMAT:
            raise refused_backup(archive, "format", f"is of the format {str(fields['format'])[:40]!r}, not {FORMAT!r}")
        taken = fields["checkpoint"]
        return BackupManifest(
            taken_at=parse_instant(fields["taken_at"]),
            schema=str(fields["schema"]),
            position=int(fields["position"]),
            checkpoint=None if taken is None else (int(taken[0]), str(taken[1])),
            tables=tuple(
                BackedUpTable(
                    name=str(table["name"]),
                    columns=tuple(table["columns"]),
                    rows=int(table["rows"]),
                    sha256=str(table["sha256"]),
                )
                for table in fields["tables"]
            ),
            heads=tuple(Head(stream=stream, sequence=number, hash=said) for stream, number, said in fields["heads"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise refused_backup(archive, "manifest", "says of itself what cannot be read") from error


def refused_backup(archive: str, reason: str, message: str) -> ArchiveRejectedError:
    """The refusal of a backup."""
    return ArchiveRejectedError(
        f"{archive} {message}.",
        remedy="Restore another backup; nothing was restored from this one.",
        reason=reason,
        archive=archive,
    )


class BackupWriter(Protocol):
    """A backup that is being written."""

    async def add(self, table: str, pieces: AsyncGenerator[bytes]) -> WrittenFile:
        """Write the lines of a table; how many there were, and their hash."""
        ...

    def finish(self, manifest: Mapping[str, Any]) -> str:
        """Write what the backup says of itself; the SHA-256 of that, which stands for the whole backup."""
        ...


class BackupReader(Protocol):
    """A backup that is being read."""

    @property
    def manifest(self) -> BackupManifest:
        """What it says of itself."""
        ...

    @property
    def sha256(self) -> str:
        """The SHA-256 of what it says of itself, which stands for the whole backup."""
        ...

    def pieces(self, table: str) -> Iterator[bytes]:
        """The lines of a table, several whole ones at a time.

        Raises:
            ArchiveRejectedError: they are damaged, or not those that the manifest names.
        """
        ...


class BackupArchives(Protocol):
    """Writes and reads backups as single files."""

    def writing(self, sink: BinaryIO) -> AbstractContextManager[BackupWriter]:
        """A backup that is written into an open file from where it stands."""
        ...

    def reading(self, file: NamedStream) -> AbstractContextManager[BackupReader]:
        """A backup to be read within the context.

        Raises:
            ArchiveRejectedError: it is no backup.
            InvalidRequestError: it cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup that was written or restored: its manifest, and the SHA-256 that stands for all of it."""

    manifest: BackupManifest
    sha256: str


def tables_told(manifest: BackupManifest) -> Sequence[tuple[str, tuple[str, ...]]]:
    """The tables of a backup with their columns."""
    return [(table.name, table.columns) for table in manifest.tables]
