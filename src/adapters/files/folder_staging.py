"""Writing a folder: every file synced, the manifest last, then the folder, then the rename."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterable, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from typing import Any, BinaryIO, cast

from ...application.storage.crash_points import Reached
from ...application.storage.folders import PayloadFolder, StagedFolder
from ...application.threads import in_thread
from ...domain.errors import StorageError
from ...domain.plans.kpis import Kpi
from ...domain.plans.series import BucketDigest, PlanSeries, SeriesRow
from ...domain.shared.canonical import document
from ...domain.shared.ids import VersionId
from ...domain.storage.state import FolderName
from . import crash_points
from .directories import Directory, synced, translating
from .folder_reading import FilePayloadFolder
from .manifest import HEADERS_FILE, KPIS_FILE, MANIFEST_FILE, FileFacts, FolderLevel, Manifest, digest_of, level_file
from .row_lines import row_lines


class FileStagedFolder(StagedFolder):
    """A folder below ``staging``, which becomes one below ``versions``."""

    def __init__(
        self, version_id: VersionId, *, staging: Directory, suffix: str, versions: Directory, reached: Reached
    ) -> None:
        """Make the folder; ``suffix`` is fresh."""
        self._version_id = version_id
        self._staging = staging
        self._suffix = suffix
        self._versions = versions
        self._reached = reached
        self._files: dict[str, FileFacts] = {}
        self._levels: dict[str, FolderLevel] = {}
        self._offsets: dict[str, tuple[int, ...]] = {}
        self._small: dict[str, bytes] = {KPIS_FILE: b"[]\n", HEADERS_FILE: b"{}\n"}
        self._directory = staging.new_directory(suffix)
        reached(crash_points.FOLDER_CREATED)

    async def write_rows(self, level: str, batches: AsyncIterable[Sequence[SeriesRow]]) -> int:
        """Write the rows of a level that has none yet."""
        name = level_file(level)
        count, size, offsets, digest = 0, 0, [], hashlib.sha256()
        bucket: tuple[str, str] | None = None
        with await in_thread(lambda: self._creating(name)) as file:
            async for rows in batches:
                count += len(rows)
                pieces = []
                for key, members in groupby(rows, key=_bucket):
                    piece = row_lines(list(members))
                    if key != bucket:
                        offsets.append(size)
                        bucket = key
                    size += len(piece)
                    pieces.append(piece)
                data = b"".join(pieces)
                digest.update(data)
                await in_thread(lambda data=data: self._write(file, data))  # type: ignore[misc]
            await in_thread(lambda: self._sync(file))
        self._files[name] = FileFacts(size=size, sha256=digest.hexdigest())
        self._offsets[level] = tuple(offsets)
        return count

    def save_series(self, series: PlanSeries, buckets: Sequence[BucketDigest]) -> None:
        """Keep count, digest, totals and bucket digests of a level just written."""
        offsets = self._offsets.pop(series.level)
        self._levels[series.level] = FolderLevel(series=series, buckets=tuple(buckets), offsets=offsets)

    async def take_over(self, level: str, source: PayloadFolder) -> None:
        """Copy a level that stays as it is from another folder."""
        folder = cast("FilePayloadFolder", source)
        name = level_file(level)

        def copy() -> None:
            with self._creating(name) as file:
                folder.copied(name, file)
                self._sync(file)

        await in_thread(copy)
        self._files[name] = folder.manifest.files[name]
        self._levels[level] = folder.manifest.levels[level]

    def save_kpis(self, kpis: Sequence[Kpi]) -> None:
        """Keep the KPIs instead of any before."""
        listed = [[*kpi.key, kpi.value, kpi.unit] for kpi in sorted(kpis, key=lambda kpi: kpi.key)]
        self._small[KPIS_FILE] = document(listed).encode() + b"\n"

    def save_headers(self, headers: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep what artifacts say besides rows instead of anything before."""
        self._small[HEADERS_FILE] = document({name: dict(header) for name, header in headers.items()}).encode() + b"\n"

    async def publish(self, about: Mapping[str, Any]) -> FolderName:
        """Write the manifest last, make everything durable, and move the folder to where readers look."""
        return await in_thread(lambda: self._publish(about))

    def _publish(self, about: Mapping[str, Any]) -> FolderName:
        for name, text in self._small.items():
            self._write_small(name, text)
            self._files[name] = FileFacts(size=len(text), sha256=hashlib.sha256(text).hexdigest())
        manifest = Manifest(version_id=self._version_id, about=about, levels=self._levels, files=self._files).text()
        self._write_small(MANIFEST_FILE, manifest)
        self._reached(crash_points.MANIFEST_SYNCED)
        self._directory.sync()
        self._reached(crash_points.FOLDER_SYNCED)
        published = FolderName(version_id=self._version_id, digest=digest_of(manifest), suffix=self._suffix)
        with self._versions.directory(place_of(self._version_id), create=True) as place:
            self._staging.move(self._suffix, place, published.name)
            self._reached(crash_points.FOLDER_RENAMED)
            place.sync()
            self._reached(crash_points.VERSION_SYNCED)
        self._staging.sync()
        self._reached(crash_points.PARENT_SYNCED)
        self._directory.close()
        return published

    async def discard(self) -> None:
        """Erase what was staged; a published folder stays.  What the disk keeps is left to the sweep."""

        def erase() -> None:
            self._directory.close()
            # It is discarded because of another error, which is the one to tell.
            with suppress(StorageError):
                self._staging.remove_tree(self._suffix)

        await in_thread(erase)

    def _creating(self, name: str) -> BinaryIO:
        file = self._directory.creating(name)
        try:
            self._reached(crash_points.FILE_CREATED)
        except BaseException:
            file.close()
            raise
        return file

    def _write(self, file: BinaryIO, data: bytes) -> None:
        with translating(self._directory.shown):
            file.write(data)
        self._reached(crash_points.FILE_HALF_WRITTEN)

    def _sync(self, file: BinaryIO) -> None:
        with translating(self._directory.shown):
            synced(file)
        self._reached(crash_points.FILE_SYNCED)

    def _write_small(self, name: str, text: bytes) -> None:
        with self._creating(name) as file:
            self._write(file, text)
            self._sync(file)


def place_of(version_id: VersionId) -> str:
    """The directory of a version's folders: its id as ids compare, so that case cannot part it."""
    return version_id.lower()


def _bucket(row: SeriesRow) -> tuple[str, str]:
    return row[1], row[2]
