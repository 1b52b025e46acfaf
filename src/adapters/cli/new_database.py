"""A SQLite file that is filled beside its name, and takes it whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...domain.errors import AlreadyExistsError, StorageError
from .files import translating_files

_LEFT_BESIDE = ("-wal", "-journal")


@contextmanager
def new_database(path: Path, *, keep: bool = True) -> Iterator[Path]:
    """Where to fill the file; at the end, once everybody let go of it, it takes its name, unless it is not kept.

    What has that name already is never replaced.  A process that dies leaves a hidden folder beside it, and nothing
    under the name.

    Raises:
        AlreadyExistsError: something has that name by the end.
        StorageUnavailableError, StorageFullError: it cannot be written.
    """
    with translating_files(path, option="--into"):
        folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent))
    try:
        scratch = folder / path.name
        yield scratch
        if keep:
            with translating_files(path, option="--into"):
                _placed(scratch, path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _placed(scratch: Path, path: Path) -> None:
    """Give the file its name, durably."""
    for suffix in _LEFT_BESIDE:
        beside = scratch.with_name(scratch.name + suffix)
        if beside.exists() and beside.stat().st_size:
            raise StorageError(f"{path} could not be completed: SQLite still holds {beside.name}.")
    _synced(scratch)
    try:
        os.link(scratch, path)  # unlike a rename, it never takes the place of what came meanwhile
    except FileExistsError as error:
        raise AlreadyExistsError("file", path, remedy="Name another one with --into.") from error
    _synced(path.parent)


def _synced(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
