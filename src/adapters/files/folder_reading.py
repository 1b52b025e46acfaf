"""Reading a published folder: every byte that is read to its end is compared with the manifest."""

from __future__ import annotations

import bisect
import hashlib
import json
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import closing
from typing import Any, BinaryIO

from ...application.storage.folders import PayloadFolder, WantedBucket
from ...application.threads import in_thread
from ...domain.errors import IntegrityError, StorageUnavailableError
from ...domain.plans.kpis import Kpi
from ...domain.plans.series import BucketDigest, PlanSeries, SeriesKey, SeriesRow
from .directories import Directory, translating
from .manifest import HEADERS_FILE, KPIS_FILE, MANIFEST_FILE, FolderLevel, Manifest, level_file
from .row_lines import rows_of

_BLOCK = 1 << 20


class FilePayloadFolder(PayloadFolder):
    """A folder and its manifest, held open."""

    def __init__(self, directory: Directory, manifest: Manifest) -> None:
        """Take over an open directory."""
        self._directory = directory
        self.manifest = manifest

    @property
    def about(self) -> Mapping[str, Any]:
        """What the manifest tells of the version."""
        return self.manifest.about

    @property
    def series(self) -> Sequence[PlanSeries]:
        """The levels, in order of name."""
        return [self.manifest.levels[name].series for name in sorted(self.manifest.levels)]

    def buckets(self, level: str) -> Sequence[BucketDigest]:
        """The bucket digests of a level, in key order."""
        known = self.manifest.levels.get(level)
        return () if known is None else known.buckets

    async def rows(
        self, level: str, *, after: SeriesKey | None = None, within: WantedBucket | None = None
    ) -> AsyncGenerator[list[SeriesRow]]:
        """The rows of a level after a key, of the wanted buckets, in key order, in batches."""
        if level not in self.manifest.levels:
            return
        reading = self._batches(level, after, within)
        with closing(reading):
            while (batch := await in_thread(lambda: next(reading, None))) is not None:
                if batch:
                    yield batch

    def _batches(
        self, level: str, after: SeriesKey | None = None, within: WantedBucket | None = None
    ) -> Generator[list[SeriesRow]]:
        name = level_file(level)
        size = self.manifest.files[name].size
        spans = _spans(self.manifest.levels[level], size, after, within)
        digest = hashlib.sha256() if spans == [(0, size)] else None
        with self._reading(name) as file:
            shown = f"{self._directory.shown}/{name}"
            with translating(shown):
                for start, end in spans:
                    file.seek(start)
                    # What is to be compared is read to the very end of the file, wherever the manifest says that is.
                    for data, rows in rows_of(file, shown=shown, size=None if digest else end - start):
                        if digest is not None:
                            digest.update(data)
                        yield rows if after is None else rows[bisect.bisect_right(rows, after, key=_key) :]
            if digest is not None:
                self._compare(name, digest.hexdigest())

    async def kpis(self) -> list[Kpi]:
        """The stored KPIs, in key order."""
        return await in_thread(self.kpis_now)

    def kpis_now(self) -> list[Kpi]:
        """The stored KPIs, read in this thread."""
        return [
            Kpi(metric=metric, bucket_type=bucket_type, bucket_key=bucket_key, value=value, unit=unit)
            for metric, bucket_type, bucket_key, value, unit in self._json(KPIS_FILE)
        ]

    async def headers(self) -> dict[str, dict[str, Any]]:
        """What the version's artifacts say besides rows, by artifact name."""
        return await in_thread(self.headers_now)

    def levels_now(self) -> dict[str, list[SeriesRow]]:
        """The rows of all levels, read in this thread, by level in order of name."""
        return {series.level: [row for batch in self._batches(series.level) for row in batch] for series in self.series}

    def headers_now(self) -> dict[str, dict[str, Any]]:
        """What the version's artifacts say besides rows, read in this thread."""
        headers: dict[str, dict[str, Any]] = self._json(HEADERS_FILE)
        return {name: headers[name] for name in sorted(headers)}

    async def verify(self) -> None:
        """Read every file and compare it with the manifest."""
        await in_thread(self.verify_now)

    def verify_now(self) -> None:
        """Read every file, in this thread, and compare it with the manifest."""
        present = set(self._directory.names()) - {MANIFEST_FILE}
        for name in sorted(set(self.manifest.files) - present):
            raise IntegrityError(f"{self._directory.shown}/{name} is missing.", file=name)
        for name in sorted(present - set(self.manifest.files)):
            raise IntegrityError(f"{self._directory.shown}/{name} is not in the manifest.", file=name)
        for name in sorted(self.manifest.files):
            digest = hashlib.sha256()
            with self._reading(name) as file, translating(f"{self._directory.shown}/{name}"):
                while block := file.read(_BLOCK):
                    digest.update(block)
            self._compare(name, digest.hexdigest())

    async def close(self) -> None:
        """Let go of the folder."""
        self.close_now()

    def close_now(self) -> None:
        """Let go of the folder; this takes no time."""
        self._directory.close()

    def copied(self, name: str, sink: BinaryIO) -> None:
        """Write a file of this folder into another, and compare it on the way."""
        digest = hashlib.sha256()
        with self._reading(name) as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                sink.write(block)
        self._compare(name, digest.hexdigest())

    def _json(self, name: str) -> Any:
        with self._reading(name) as file, translating(f"{self._directory.shown}/{name}"):
            text = file.read()
        self._compare(name, hashlib.sha256(text).hexdigest())
        return json.loads(text)

    def _reading(self, name: str) -> BinaryIO:
        try:
            return self._directory.reading(name)
        except StorageUnavailableError as error:
            if self._directory.has(name):
                raise
            raise IntegrityError(f"{self._directory.shown}/{name} is missing.", file=name) from error

    def _compare(self, name: str, digest: str) -> None:
        if self.manifest.files[name].sha256 != digest:
            raise IntegrityError(
                f"{self._directory.shown}/{name} is not what was written.",
                remedy="Repair it from the other store, or restore a backup.",
                file=name,
            )


def _spans(
    known: FolderLevel, size: int, after: SeriesKey | None, within: WantedBucket | None
) -> list[tuple[int, int]]:
    """From where to where in the file the wanted buckets stand, those that touch as one."""
    if not known.buckets:
        return [(0, size)]  # a level without rows, and all the same a file to be compared
    spans: list[tuple[int, int]] = []
    ends = (*known.offsets[1:], size)
    for bucket, start, end in zip(known.buckets, known.offsets, ends, strict=True):
        place = (bucket.time_bucket_type, bucket.time_bucket_key)
        if (after is not None and place < after[1:3]) or (within is not None and not within(place)):
            continue
        if spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def _key(row: SeriesRow) -> SeriesKey:
    return row.key
