"""Files that commands write: complete under their name, or not there."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from ...domain.errors import InvalidRequestError, StorageFullError, StorageUnavailableError

Written = Callable[[Path], TextIO]


@contextmanager
def written_together() -> Iterator[Written]:
    """Open files for writing; all of them take their names at the end, and none does when anything fails.

    Raises:
        InvalidRequestError: a name is a directory's.
        StorageUnavailableError, StorageFullError: a file cannot be written.
    """
    opened: list[tuple[Path, Path, TextIO]] = []

    def begin(path: Path) -> TextIO:
        if path.is_dir():
            raise InvalidRequestError(f"{path} is a directory.", remedy="Name another place with -o.")
        with _translating(path):
            number, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
            file = os.fdopen(number, "w", encoding="utf-8", newline="")
        opened.append((path, Path(name), file))
        return file

    try:
        yield begin
        for path, part, file in opened:
            with _translating(path):
                file.flush()
                os.fsync(file.fileno())
                file.close()
                part.chmod(0o666 & ~_umask())
        for path, part, _ in opened:
            with _translating(path):
                part.replace(path)
    except OSError as error:
        raise _translated(error, opened[-1][0] if opened else Path()) from error
    finally:
        _forget(opened)


def made_directory(path: Path) -> Path:
    """The directory, made with its parents if it is not there.

    Raises:
        StorageUnavailableError: it cannot be made.
    """
    with _translating(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


def _forget(opened: Sequence[tuple[Path, Path, TextIO]]) -> None:
    for _, part, file in opened:
        with suppress(OSError):
            file.close()
        part.unlink(missing_ok=True)


@contextmanager
def _translating(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _translated(error, path) from error


def _translated(error: OSError, path: Path) -> StorageUnavailableError | StorageFullError:
    reason = error.strerror or str(error)
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StorageFullError(f"{path} could not be written: {reason}.", remedy="Make room and run it again.")
    return StorageUnavailableError(
        f"{path} cannot be written: {reason}.", remedy="Name another place with -o, or mend its permissions."
    )


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask
