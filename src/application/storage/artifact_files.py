"""The port of legacy-shaped artifacts in files: for those who read them where the legacy system wrote them."""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import Protocol

from ...domain.shared.ids import VersionId

# The artifacts of a version, each with its text piece by piece.
Artifacts = AsyncIterable[tuple[str, AsyncIterable[str]]]


class ArtifactFiles(Protocol):
    """A directory for each version, below the files root.

    Every method raises ``StorageError`` where the root cannot be read or written.
    """

    async def replace(self, version_id: VersionId, artifacts: Artifacts) -> None:
        """Write the directory of a version and put it in the place of the one before, which goes to trash."""
        ...

    async def remove(self, key: str) -> None:
        """Move the directory of a version, by its folded id, to trash; one that is not there is no error."""
        ...
