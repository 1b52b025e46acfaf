"""Backups as zips: a file of lines for each table, and a manifest at the end."""

from __future__ import annotations

import asyncio
import hashlib
import json
import zipfile
import zlib
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from typing import Any, BinaryIO

from ...application.exchange import NamedStream, WrittenFile
from ...application.maintenance.backup_archive import (
    BackupArchives,
    BackupManifest,
    BackupReader,
    BackupWriter,
    parse_manifest,
    refused_backup,
)
from .text_files import reading

MANIFEST_FILE = "manifest.json"
_LEVEL = 1  # rows of figures shrink to a fifth; higher levels take much longer for little more
_BLOCK = 1 << 20
_MOST_MANIFEST_BYTES = 256 * 1024 * 1024


class ZipBackupArchives(BackupArchives):
    """Backups as zips."""

    @contextmanager
    def writing(self, sink: BinaryIO) -> Iterator[BackupWriter]:
        """A backup that is written into an open file from where it stands."""
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
            yield ZipBackupWriter(archive)

    @contextmanager
    def reading(self, file: NamedStream) -> Iterator[BackupReader]:
        """A backup to be read within the context."""
        with reading(file.name):
            stream = file.open()
        with stream:
            try:
                with reading(file.name):
                    archive = zipfile.ZipFile(stream)
            except zipfile.BadZipFile as error:
                raise refused_backup(file.name, "not-a-backup", "is no backup, or is cut off") from error
            with archive:
                yield ZipBackupReader(archive, file.name)


class ZipBackupWriter(BackupWriter):
    """A zip that is being written."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        """Write into this zip."""
        self._archive = archive

    async def add(self, table: str, pieces: AsyncGenerator[bytes]) -> WrittenFile:
        """Write the lines of a table."""
        digest, size, rows = hashlib.sha256(), 0, 0
        with self._archive.open(_file_of(table), "w", force_zip64=True) as stream:
            async with aclosing(pieces):
                async for piece in pieces:
                    await asyncio.to_thread(stream.write, piece)
                    digest.update(piece)
                    size += len(piece)
                    rows += piece.count(b"\n")
        return WrittenFile(name=_file_of(table), row_count=rows, size=size, sha256=digest.hexdigest())

    def finish(self, manifest: Mapping[str, Any]) -> str:
        """Write what the backup says of itself."""
        text = (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode()
        self._archive.writestr(MANIFEST_FILE, text)
        return hashlib.sha256(text).hexdigest()


class ZipBackupReader(BackupReader):
    """A zip that is being read."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        """Read this zip, whose manifest is looked at now."""
        self._archive = archive
        self._name = name
        with self._opened(MANIFEST_FILE) as file, self._named_damage():
            text = file.read(_MOST_MANIFEST_BYTES)
        try:
            fields = json.loads(text)
        except ValueError as error:
            raise refused_backup(name, "manifest", "says of itself what cannot be read") from error
        self._manifest = parse_manifest(fields, archive=name)
        self._sha256 = hashlib.sha256(text).hexdigest()
        self._tables = {table.name: table for table in self._manifest.tables}

    @property
    def manifest(self) -> BackupManifest:
        """What it says of itself."""
        return self._manifest

    @property
    def sha256(self) -> str:
        """The SHA-256 of what it says of itself."""
        return self._sha256

    def pieces(self, table: str) -> Iterator[bytes]:
        """The lines of a table, several whole ones at a time."""
        digest, rest = hashlib.sha256(), b""
        with self._opened(_file_of(table)) as file:
            while block := self._block(file):
                digest.update(block)
                whole, newline, tail = (rest + block).rpartition(b"\n")
                rest = tail
                if newline:
                    yield whole + newline
        if rest or digest.hexdigest() != self._tables[table].sha256:
            raise refused_backup(self._name, "altered", f"holds other rows of {table} than its manifest says")

    def _block(self, file: Any) -> bytes:
        with self._named_damage():
            return bytes(file.read(_BLOCK))

    def _opened(self, name: str) -> Any:
        try:
            return self._archive.open(name)
        except (KeyError, NotImplementedError, RuntimeError, zipfile.BadZipFile) as error:
            raise refused_backup(self._name, "missing-file", f"has no {name} that can be read") from error

    @contextmanager
    def _named_damage(self) -> Iterator[None]:
        try:
            yield
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise refused_backup(self._name, "damaged", "is damaged") from error


def _file_of(table: str) -> str:
    return f"tables/{table}.jsonl"
