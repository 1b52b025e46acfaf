"""The payload folders of a files root: staged, published, opened, and moved to trash."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from ...application.storage.crash_points import Reached, passed
from ...application.storage.folders import PayloadFolder, PayloadFolders, StagedFolder
from ...application.threads import in_thread
from ...domain.errors import IntegrityError, StorageUnavailableError
from ...domain.shared.ids import VersionId
from ...domain.storage.mirror import missing_root
from ...domain.storage.state import FolderName
from . import crash_points
from .directories import Directory, synced, translating
from .folder_reading import FilePayloadFolder
from .folder_staging import FileStagedFolder, place_of
from .kept_directories import KeptDirectories
from .manifest import MANIFEST_FILE, Manifest, digest_of, parsed
from .root_file import STAGING, TRASH, VERSIONS, claim, require, require_claimable

_FOLDER = re.compile(r"(?P<digest>[0-9a-f]{64})\.(?P<suffix>[0-9a-f]{32})")
_PROBE = bytes(4096)
T = TypeVar("T")


class FilePayloadFolders(PayloadFolders):
    """Folders below ``<root>/versions/<id>/<digest>.<suffix>``."""

    def __init__(self, root: Path, *, reached: Reached = passed) -> None:
        """Work below this root, which is made when it is first needed."""
        self._path = root
        self._reached = reached
        self._kept = KeptDirectories(root, makes_root=True)

    @property
    def place(self) -> str:
        """Where the files root is."""
        return str(self._path)

    async def claim(self, store_id: str, epoch: str, *, orphaned: bool = False) -> None:
        """Make the root that of a store, unless it is that already."""
        await in_thread(lambda: claim(self._root(), store_id, epoch, shown=self.place, orphaned=orphaned))

    async def require_claimable(self, store_id: str) -> None:
        """Let a root pass that ``claim`` would take."""

        def look() -> None:
            if self._path.exists():  # what is not there is made when it is claimed
                with Directory.existing(self._path) as root:
                    require_claimable(root, store_id, "", shown=self.place)

        await in_thread(look)

    async def require(self, store_id: str) -> None:
        """Let a root pass that is that of the store."""

        def look() -> None:
            if not self._path.is_dir():  # opening it would make it, where a disk may be missing
                raise missing_root(self.place)
            require(self._root(), store_id, shown=self.place)

        await in_thread(look)

    async def probe(self) -> None:
        """Write a file, make it durable and erase it."""

        def write() -> None:
            area, name = self._area(STAGING), f"probe.{uuid.uuid4().hex}"
            with area.creating(name) as file:
                try:
                    with translating(area.shown):
                        file.write(_PROBE)
                        synced(file)
                finally:
                    area.remove(name)

        await in_thread(write)

    async def stage(self, version_id: VersionId) -> StagedFolder:
        """Begin a folder."""
        return await in_thread(
            lambda: FileStagedFolder(
                version_id,
                staging=self._area(STAGING),
                suffix=uuid.uuid4().hex,
                versions=self._area(VERSIONS),
                reached=self._reached,
            )
        )

    async def open(self, name: FolderName, *, swept: bool = False) -> PayloadFolder:
        """The folder of that name."""
        return await in_thread(lambda: self._opened(name, swept=swept))

    def _opened(self, name: FolderName, *, swept: bool) -> FilePayloadFolder:
        place = self._place(name.version_id)
        if place is not None:
            with place:
                if place.has(name.name):
                    return opened_folder(place, name)
        if not swept:
            raise missing_folder(name)
        return opened_folder(self._area(TRASH), name, called=_in_trash(name))

    async def has(self, name: FolderName) -> bool:
        """Whether the folder is there with a manifest."""

        def look() -> bool:
            place = self._place(name.version_id)
            if place is None:
                return False
            with place:
                if not place.has(name.name):
                    return False
                with place.directory(name.name) as directory:
                    return directory.has(MANIFEST_FILE)

        return await in_thread(look)

    async def names(self, version_id: VersionId) -> list[FolderName]:
        """All folders of a version, in order of name."""

        def look() -> list[FolderName]:
            place = self._place(version_id)
            if place is None:
                return []
            with place:
                return folder_names(version_id, place.names())

        return await in_thread(look)

    async def versions(self) -> list[VersionId]:
        """All versions that have a folder, in order of id as ids compare."""
        return [VersionId(name) for name in await in_thread(lambda: self._area(VERSIONS).names())]

    async def move_to_trash(self, name: FolderName) -> None:
        """Take a folder out of sight without erasing it."""

        def move() -> None:
            place = self._place(name.version_id)
            if place is None:
                return
            with place:
                place.move(name.name, self._area(TRASH), _in_trash(name))
                self._reached(crash_points.FOLDER_MOVED_OUT)
                place.sync()
            self._area(TRASH).sync()
            self._reached(crash_points.FOLDER_TRASHED)

        await in_thread(move)

    async def clear_staging(self) -> list[str]:
        """Take away what writers left that died before they published, without erasing it."""

        def clear() -> list[str]:
            staging, trash = self._area(STAGING), self._area(TRASH)
            left = staging.names()
            for name in left:
                staging.move(name, trash, f"{STAGING}.{name}")
            if left:
                staging.sync()
                trash.sync()
            return left

        return await in_thread(clear)

    def close(self) -> None:
        """Let go of the root."""
        self._kept.close()

    def _area(self, name: str) -> Directory:
        return self._kept.area(name)

    def _root(self) -> Directory:
        return self._kept.root()

    def _place(self, version_id: VersionId) -> Directory | None:
        with suppress(StorageUnavailableError):
            return self._area(VERSIONS).directory(place_of(version_id))
        if self._area(VERSIONS).has(place_of(version_id)):
            return self._area(VERSIONS).directory(place_of(version_id))
        return None


def missing_folder(name: FolderName) -> IntegrityError:
    """A folder is not where it was published."""
    return IntegrityError(
        f"The folder {name.name} of {name.version_id} is missing.",
        remedy="Repair it from the other store, or restore a backup.",
        version_id=name.version_id,
    )


def folder_names(version_id: VersionId, names: Iterable[str]) -> list[FolderName]:
    """Those of the names that are names of folders of a version, in their order."""
    matches = [match for name in names if (match := _FOLDER.fullmatch(name))]
    return [FolderName(version_id=version_id, digest=match["digest"], suffix=match["suffix"]) for match in matches]


def _in_trash(name: FolderName) -> str:
    return f"{place_of(name.version_id)}.{name.name}"


def opened_folder(place: Directory, name: FolderName, *, called: str | None = None) -> FilePayloadFolder:
    """A folder in the directory of its version, or in another, where it is called otherwise.

    Raises:
        IntegrityError: it is missing, or its manifest is missing, altered or not of this version.
    """
    entry = called or name.name
    if not place.has(entry):
        raise missing_folder(name)
    directory = place.directory(entry)
    try:
        return FilePayloadFolder(directory, _manifest(directory, name))
    except BaseException:
        directory.close()
        raise


def _manifest(directory: Directory, name: FolderName) -> Manifest:
    shown = f"{directory.shown}/{MANIFEST_FILE}"
    if not directory.has(MANIFEST_FILE):
        raise IntegrityError(f"{shown} is missing.", file=MANIFEST_FILE)
    with directory.reading(MANIFEST_FILE) as file:
        text = file.read()
    if digest_of(text) != name.digest:
        raise IntegrityError(f"{shown} is not what was written.", file=MANIFEST_FILE)
    manifest = parsed(text, shown=shown)
    if place_of(manifest.version_id) != place_of(name.version_id):
        raise IntegrityError(f"{shown} is the manifest of {manifest.version_id}.", file=MANIFEST_FILE)
    return manifest
