"""Files that commands write: complete under their name, or not there."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Generic, TextIO, TypeVar

from ...domain.errors import AlreadyExistsError, InvalidRequestError, StorageFullError, StorageUnavailableError

Written = Callable[[Path], TextIO]
WrittenBytes = Callable[[Path], BinaryIO]
F = TypeVar("F", TextIO, BinaryIO)
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun(Generic[F]):
    """A file being written: as it was named, what is behind the name, and what is to take its place.

    Without a ``part`` it is written where it is: a pipe or a device.
    """

    path: Path
    target: Path
    part: Path | None
    file: F


@contextmanager
def written_together() -> Iterator[Written]:
    """Open files for writing text; all of them take their names at the end, and none does when anything fails.

    A symbolic link stays one: what it points to is replaced.  A pipe or a device is written to as it is, and what it
    took stays taken.

    Raises:
        InvalidRequestError: a name is a directory's.
        StorageUnavailableError, StorageFullError: a file cannot be written.
    """
    with _together(_as_text) as begin:
        yield begin


@contextmanager
def bytes_written_together() -> Iterator[WrittenBytes]:
    """Open files for writing bytes, by the rules of ``written_together``."""
    with _together(_as_bytes) as begin:
        yield begin


@contextmanager
def _together(opens: Callable[[int], F]) -> Iterator[Callable[[Path], F]]:
    opened: list[_Begun[F]] = []

    def begin(path: Path) -> F:
        if path.is_dir():
            raise InvalidRequestError(f"{path} is a directory.", remedy="Name another place with -o.")
        with translating_files(path):
            begun = _begun(path, opens)
        opened.append(begun)
        return begun.file

    try:
        yield begin
        for begun in opened:
            with translating_files(begun.path):
                _complete(begun)
        for begun in opened:
            with translating_files(begun.path):
                if begun.part is not None:
                    begun.part.replace(begun.target)
    except OSError as error:
        raise _translated(error, opened[-1].path if opened else Path()) from error
    finally:
        _forget(opened)


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write bytes into, which takes its name at the end; what has that name already is never replaced.

    Raises:
        AlreadyExistsError: something has that name, before or by the end.
        StorageUnavailableError, StorageFullError: it cannot be written.
    """
    with translating_files(path):
        if path.exists() or path.is_symlink():
            raise AlreadyExistsError("file", path, remedy="Name another one with -o; nothing was written.")
        begun = _begun(path, _as_bytes)
        part = begun.part or path
        try:
            yield begun.file
            _complete(begun)
            try:
                os.link(part, path)  # unlike a rename, it never takes the place of what came meanwhile
            except FileExistsError as error:
                raise AlreadyExistsError("file", path, remedy="Name another one with -o.") from error
        finally:
            _forget([begun])
        _synced(path.parent)


def copied_file(source: Path, directory: Path) -> Path:
    """A second copy of a file in a directory, under the same name, which nothing has yet.

    Raises:
        AlreadyExistsError: something has that name there.
        StorageUnavailableError, StorageFullError: it cannot be written.
    """
    with source.open("rb") as file, new_file(made_directory(directory) / source.name) as copy:
        shutil.copyfileobj(file, copy, _BLOCK)
    return directory / source.name


def made_directory(path: Path) -> Path:
    """The directory, made with its parents if it is not there.

    Raises:
        StorageUnavailableError: it cannot be made.
    """
    with translating_files(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def new_directory(path: Path) -> Iterator[Path]:
    """The directory, made with its parents if it is not there; what was made goes again when the work in it fails.

    Raises:
        StorageUnavailableError: it cannot be made.
    """
    missing = [place for place in (path, *path.parents) if not place.exists()]
    try:
        yield made_directory(path)
    except BaseException:
        with suppress(OSError):  # what was there before, or has something in it, stays
            for place in missing:
                place.rmdir()
        raise


def removed(path: Path) -> None:
    """Remove a file.

    Raises:
        StorageUnavailableError: it cannot be removed.
    """
    with translating_files(path):
        path.unlink(missing_ok=True)


def _begun(path: Path, opens: Callable[[int], F]) -> _Begun[F]:
    if _is_no_file(path):
        number = os.open(path, os.O_WRONLY)
        return _Begun(path=path, target=path, part=None, file=opens(number))
    target = Path(os.path.realpath(path))
    if target.is_symlink():  # in a circle
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    number, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    return _Begun(path=path, target=target, part=Path(name), file=opens(number))


def _is_no_file(path: Path) -> bool:
    """Whether there is something of that name that cannot be replaced by a file."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _as_text(number: int) -> TextIO:
    return os.fdopen(number, "w", encoding="utf-8", newline="")


def _as_bytes(number: int) -> BinaryIO:
    return os.fdopen(number, "wb")


def _complete(begun: _Begun[F]) -> None:
    begun.file.flush()
    if begun.part is not None:
        os.fsync(begun.file.fileno())
        begun.part.chmod(0o666 & ~_umask())
    begun.file.close()


def _synced(directory: Path) -> None:
    """Let the names in a directory outlast a power failure."""
    number = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _forget(opened: Sequence[_Begun[F]]) -> None:
    for begun in opened:
        with suppress(OSError):
            begun.file.close()
        if begun.part is not None:
            begun.part.unlink(missing_ok=True)


@contextmanager
def translating_files(path: Path, *, option: str = "-o") -> Iterator[None]:
    """Let errors of the operating system out as those of the one tree; ``option`` is what names another place."""
    try:
        yield
    except OSError as error:
        raise _translated(error, path, option) from error


def _translated(error: OSError, path: Path, option: str = "-o") -> StorageUnavailableError | StorageFullError:
    reason = error.strerror or str(error)
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StorageFullError(f"{path} could not be written: {reason}.", remedy="Make room and run it again.")
    return StorageUnavailableError(
        f"{path} cannot be written: {reason}.", remedy=f"Name another place with {option}, or mend its permissions."
    )


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask
