"""What follows from a setting: which store it means, and where files are cached."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from platformdirs import user_cache_dir

from ..adapters.files.artifact_files import FileArtifacts
from ..adapters.files.mirror_files import FileMirror
from ..adapters.files.payload_folders import FilePayloadFolders


async def always() -> None:
    """A store in memory always answers."""


def cache_folder(chosen: Path | None) -> Path:
    """Where differences are cached: the folder that was chosen, else the user's."""
    return (Path(user_cache_dir("planvault")) if chosen is None else chosen) / "input_set_diffs"


def store_kind_of(database: Any) -> str:
    """The kind of store that a URL or a host's engine means."""
    return "memory" if database == "memory://" else "sql"


def folders_at(root: Path | None) -> FilePayloadFolders | None:
    """The payload folders of a files root, where one is set."""
    return None if root is None else FilePayloadFolders(root)


def mirror_at(root: Path | None) -> FileMirror | None:
    """The mirror of a files root, where one is set."""
    return None if root is None else FileMirror(root)


def artifacts_at(root: Path | None) -> FileArtifacts | None:
    """The artifacts of a files root, where one is set."""
    return None if root is None else FileArtifacts(root)


@contextmanager
def mirror_opened_at(root: Path) -> Iterator[FileMirror]:
    """The mirror of a files root, let go of in the end."""
    with closing(FileMirror(root)) as mirror:
        yield mirror
