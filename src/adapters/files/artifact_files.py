"""Legacy-shaped artifacts below ``<root>/artifacts/<version>``, a directory put in place whole."""

from __future__ import annotations

import uuid
from pathlib import Path

from ...application.storage.artifact_files import ArtifactFiles, Artifacts
from ...application.threads import in_thread
from ...domain.shared.ids import VersionId
from .directories import Directory, synced, translating
from .folder_staging import place_of
from .root_file import ARTIFACTS, STAGING, TRASH, known


class FileArtifacts(ArtifactFiles):
    """The artifacts of a files root, which has to be there."""

    def __init__(self, root: Path) -> None:
        """Work below this root."""
        self._root = root

    async def replace(self, version_id: VersionId, artifacts: Artifacts) -> None:
        """Write the directory of a version and put it in the place of the one before."""
        temporary = uuid.uuid4().hex
        with self._opened() as root, root.directory(STAGING, create=True) as staging:
            try:
                with staging.new_directory(temporary) as directory:
                    async for name, pieces in artifacts:
                        with directory.creating(name) as file, translating(f"{directory.shown}/{name}"):
                            async for piece in pieces:
                                data = piece.encode()
                                await in_thread(lambda data=data, file=file: file.write(data))  # type: ignore[misc]
                            await in_thread(lambda file=file: synced(file))  # type: ignore[misc]
                    directory.sync()
                with root.directory(ARTIFACTS, create=True) as area:
                    _set_aside(root, area, place_of(version_id))
                    staging.move(temporary, area, place_of(version_id))
                    area.sync()
            except BaseException:
                staging.remove_tree(temporary)
                raise

    async def remove(self, key: str) -> None:
        """Move the directory of a version to trash."""

        def move() -> None:
            with self._opened() as root, root.directory(ARTIFACTS, create=True) as area:
                _set_aside(root, area, place_of(VersionId(key)))

        await in_thread(move)

    def _opened(self) -> Directory:
        """The root, if it is one: where a disk is missing, nothing is made in its place."""
        root = Directory.existing(self._root)
        try:
            known(root, shown=str(self._root))
        except BaseException:
            root.close()
            raise
        return root


def _set_aside(root: Directory, area: Directory, place: str) -> None:
    if area.has(place):
        with root.directory(TRASH, create=True) as trash:
            area.move(place, trash, f"{ARTIFACTS}.{uuid.uuid4().hex}.{place}")
            area.sync()
