"""The port of payload folders: the bulk of one plan version in files, written once and never changed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Mapping, Sequence
from typing import Any, Protocol

from ...domain.plans.comparison import Bucket
from ...domain.plans.kpis import Kpi
from ...domain.plans.series import BucketDigest, PlanSeries, SeriesKey, SeriesRow
from ...domain.shared.ids import VersionId
from ...domain.storage.state import FolderName

WantedBucket = Callable[[Bucket], bool]


class PayloadFolder(Protocol):
    """A published folder, open for reading until it is closed.

    Whatever is read to its end is compared with the manifest; every method raises ``IntegrityError`` when a file is
    missing, cut off or altered, and names version and file.
    """

    @property
    def about(self) -> Mapping[str, Any]:
        """What the manifest tells of the version: JSON values."""
        ...

    @property
    def series(self) -> Sequence[PlanSeries]:
        """The levels, in order of name."""
        ...

    def buckets(self, level: str) -> Sequence[BucketDigest]:
        """The bucket digests of a level, in key order; none where it has no such level."""
        ...

    def rows(
        self, level: str, *, after: SeriesKey | None = None, within: WantedBucket | None = None
    ) -> AsyncGenerator[list[SeriesRow]]:
        """The rows of a level after a key, of the wanted buckets, in key order, in batches; memory stays flat."""
        ...

    async def kpis(self) -> list[Kpi]:
        """The stored KPIs, in key order."""
        ...

    async def headers(self) -> dict[str, dict[str, Any]]:
        """What the version's artifacts say besides rows, by artifact name."""
        ...

    async def verify(self) -> None:
        """Read every file and compare it with the manifest."""
        ...

    async def close(self) -> None:
        """Let go of the folder."""
        ...


class StagedFolder(Protocol):
    """A folder in the making, which nobody sees before it is published."""

    async def write_rows(self, level: str, batches: AsyncIterable[Sequence[SeriesRow]]) -> int:
        """Write the rows of a level that has none yet; they come in strictly rising key order."""
        ...

    def save_series(self, series: PlanSeries, buckets: Sequence[BucketDigest]) -> None:
        """Keep count, digest, totals and bucket digests of a level just written."""
        ...

    async def take_over(self, level: str, source: PayloadFolder) -> None:
        """Copy a level that stays as it is from another folder."""
        ...

    def save_kpis(self, kpis: Sequence[Kpi]) -> None:
        """Keep the KPIs instead of any before."""
        ...

    def save_headers(self, headers: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep what artifacts say besides rows instead of anything before."""
        ...

    async def publish(self, about: Mapping[str, Any]) -> FolderName:
        """Write the manifest last, make everything durable, and move the folder to where readers look.

        Raises:
            StorageFullError: there is no room; the folder is gone.
            StorageUnavailableError: the files root cannot be written; the folder is gone.
        """
        ...

    async def discard(self) -> None:
        """Erase what was staged; a published folder stays.  What cannot be erased is left to the sweep."""
        ...


class PayloadFolders(Protocol):
    """The payload folders of a files root."""

    @property
    def place(self) -> str:
        """Where the files root is, for messages to operators."""
        ...

    async def claim(self, store_id: str, epoch: str, *, orphaned: bool = False) -> None:
        """Make the root that of a store in this epoch, unless it is that already.

        An ``orphaned`` one holds what planvault wrote, and has lost its ``root.json`` alone.

        Raises:
            ConflictError: it is the root of another store or epoch, or holds something else.
            StorageUnavailableError: it cannot be written.
        """
        ...

    async def require_claimable(self, store_id: str) -> None:
        """Let a root pass that ``claim`` would take; nothing is changed.

        Raises:
            ConflictError: it is the root of another store, or holds something else.
            StorageUnavailableError: it cannot be read.
        """
        ...

    async def require(self, store_id: str) -> None:
        """Let a root pass that is that of the store.

        Raises:
            ConflictError: it is the root of another store.
            StorageUnavailableError: it cannot be read, or is nobody's: a disk may be missing.
        """
        ...

    async def probe(self) -> None:
        """Write a file, make it durable and erase it: whether the root can be written.

        Raises:
            StorageFullError: there is no room.
            StorageUnavailableError: it cannot be written.
        """
        ...

    async def stage(self, version_id: VersionId) -> StagedFolder:
        """Begin a folder.

        Raises:
            StorageUnavailableError: the files root cannot be written.
        """
        ...

    async def open(self, name: FolderName, *, swept: bool = False) -> PayloadFolder:
        """The folder of that name; with ``swept`` also from the trash, for whoever reads a state of before a sweep.

        Raises:
            IntegrityError: it is missing, or its manifest is missing, altered or not of this version.
            StorageUnavailableError: the files root cannot be read.
        """
        ...

    async def has(self, name: FolderName) -> bool:
        """Whether the folder is there with a manifest."""
        ...

    async def names(self, version_id: VersionId) -> list[FolderName]:
        """All folders of a version, in order of name."""
        ...

    async def versions(self) -> list[VersionId]:
        """All versions that have a folder, in order of id as ids compare."""
        ...

    async def move_to_trash(self, name: FolderName) -> None:
        """Take a folder out of sight without erasing it."""
        ...

    async def clear_staging(self) -> Sequence[str]:
        """Take away what writers left that died before they published, without erasing it; the names, in order.

        Nobody else may be writing a folder meanwhile.
        """
        ...
