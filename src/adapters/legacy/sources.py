"""The legacy systems that can be read: by a name of the settings, or by path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from ...application.storage.legacy_source import LegacySource, LegacySources
from ...domain.errors import InvalidRequestError, NotFoundError
from .artifact_tree import ArtifactTree
from .database import LegacyDatabase


class OtherSources(Protocol):
    """Sources of another kind, that lie in a folder."""

    def recognised(self, path: Path) -> bool:
        """Whether that folder is one."""
        ...

    def open(self, name: str, path: Path) -> AbstractContextManager[LegacySource]:
        """The source in that folder."""
        ...


class KnownLegacySources(LegacySources):
    """Opens databases, folders of artifacts, and ``others``; ``named`` are paths by name."""

    def __init__(self, named: Mapping[str, Path], others: OtherSources | None = None) -> None:
        """Know these by name."""
        self._named = dict(named)
        self._others = others

    @property
    def names(self) -> Sequence[str]:
        """The names that were given to sources, in order."""
        return sorted(self._named)

    def open(self, source: str | Path) -> AbstractContextManager[LegacySource]:
        """The source of that name, or at that path."""
        if isinstance(source, Path):
            return self._opened(str(source), source)
        path = self._named.get(source)
        if path is None:
            known = ", ".join(self.names)
            raise NotFoundError(
                "source",
                source,
                remedy=f"There are {known}." if known else "Give it a name in PLANVAULT_SOURCES: NAME=PATH.",
            )
        return self._opened(source, path)

    def _opened(self, name: str, path: Path) -> AbstractContextManager[LegacySource]:
        if self._others is not None and path.is_dir() and self._others.recognised(path):
            return self._others.open(name, path)
        return _opened(name, path)


@contextmanager
def _opened(name: str, path: Path) -> Iterator[LegacySource]:
    if path.is_dir():
        yield ArtifactTree(name, path)
        return
    if not path.exists():
        raise NotFoundError("source", name, remedy="Name a legacy database, a folder of artifacts, or a files root.")
    if not path.is_file():
        raise InvalidRequestError(f"{name} is neither a file nor a folder.")
    database = LegacyDatabase(name, path)
    try:
        yield database
    finally:
        database.close()
