"""Directories held open: whatever is done below the files root is done through here, one name at a time.

Each directory is a descriptor and each name one component, so no path can lead out of the root, and a symbolic link
in its place is refused rather than followed.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from ...domain.errors import IntegrityError, PlanvaultError, StorageError, StorageFullError, StorageUnavailableError

_NAME = re.compile(r"[A-Za-z0-9_%][A-Za-z0-9._%-]{0,199}")
_DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_EXTEND: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_CHANGE: Final = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_OUT_OF_REACH = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.ESTALE})


class Directory:
    """One directory below the files root, open until it is closed; also a context manager."""

    def __init__(self, descriptor: int, shown: str) -> None:
        """Take over a descriptor; ``shown`` is how errors call the directory."""
        self._descriptor = descriptor
        self.shown = shown

    @classmethod
    def root(cls, path: Path) -> Directory:
        """The files root, made if it is not there.

        Raises:
            StorageUnavailableError: it cannot be made or opened, or is a symbolic link.
        """
        with translating(str(path)):
            path.mkdir(parents=True, exist_ok=True)
            return cls(os.open(path, _DIRECTORY), "the files root")

    @classmethod
    def existing(cls, path: Path) -> Directory:
        """A files root that is there: nothing is made.

        Raises:
            StorageUnavailableError: it cannot be opened, or is a symbolic link.
        """
        with translating(str(path)):
            return cls(os.open(path, _DIRECTORY), str(path))

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the descriptor, once."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    @property
    def identity(self) -> tuple[int, int]:
        """Which directory it is, whatever it is called by now."""
        with translating(self.shown):
            return _identity(os.fstat(self._descriptor))

    def identity_of(self, name: str) -> tuple[int, int] | None:
        """Which directory or file has that name now; null where there is none."""
        try:
            with translating(f"{self.shown}/{name}"):
                return _identity(os.stat(_checked(name), dir_fd=self._descriptor, follow_symlinks=False))
        except StorageUnavailableError:
            return None

    def names(self) -> list[str]:
        """What is in it, in order of name."""
        with translating(self.shown):
            return sorted(os.listdir(self._descriptor))  # noqa: PTH208 (a descriptor, not a path)

    def has(self, name: str) -> bool:
        """Whether there is something of that name; a link counts as what it is."""
        try:
            os.stat(_checked(name), dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise translated(error, f"{self.shown}/{name}") from error
        return True

    def directory(self, name: str, *, create: bool = False) -> Directory:
        """A directory in it; ``create`` makes it, durably, if it is not there."""
        shown = f"{self.shown}/{name}"
        with translating(shown):
            if create:
                try:
                    os.mkdir(_checked(name), dir_fd=self._descriptor)
                    os.fsync(self._descriptor)
                except FileExistsError:
                    pass
            try:
                return Directory(os.open(_checked(name), _DIRECTORY, dir_fd=self._descriptor), shown)
            except NotADirectoryError as error:
                raise IntegrityError(
                    f"{shown} is no directory, or a symbolic link, which planvault never follows."
                ) from error

    def new_directory(self, name: str) -> Directory:
        """A directory that was not there."""
        shown = f"{self.shown}/{name}"
        with translating(shown):
            os.mkdir(_checked(name), dir_fd=self._descriptor)
            return Directory(os.open(name, _DIRECTORY, dir_fd=self._descriptor), shown)

    def reading(self, name: str) -> BinaryIO:
        """A file in it, to read."""
        with translating(f"{self.shown}/{name}"):
            return os.fdopen(os.open(_checked(name), _READ, dir_fd=self._descriptor), "rb")

    def creating(self, name: str) -> BinaryIO:
        """A file that was not there, to write."""
        with translating(f"{self.shown}/{name}"):
            return os.fdopen(os.open(_checked(name), _CREATE, 0o644, dir_fd=self._descriptor), "wb")

    def extending(self, name: str) -> BinaryIO:
        """A file in it, made if it is not there, to write at its end."""
        with translating(f"{self.shown}/{name}"):
            return os.fdopen(os.open(_checked(name), _EXTEND, 0o644, dir_fd=self._descriptor), "ab")

    def changing(self, name: str) -> BinaryIO:
        """A file in it, to read and to cut."""
        with translating(f"{self.shown}/{name}"):
            return os.fdopen(os.open(_checked(name), _CHANGE, dir_fd=self._descriptor), "rb+")

    def move(self, name: str, into: Directory, new_name: str) -> None:
        """Give what is here another place, instead of a file that may be there; neither directory is synced."""
        with translating(f"{self.shown}/{name}"):
            os.rename(_checked(name), _checked(new_name), src_dir_fd=self._descriptor, dst_dir_fd=into._descriptor)

    def link(self, name: str, new_name: str) -> bool:
        """Give a file in it another name as well, unless that is taken; whether it was free."""
        with translating(f"{self.shown}/{new_name}"):
            try:
                os.link(_checked(name), _checked(new_name), src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
            except FileExistsError:
                return False
        return True

    def remove_tree(self, name: str) -> None:
        """Erase a directory of files, one level deep or more; what is gone already is no error."""
        try:
            with self.directory(name) as inner:
                for entry in inner.names():
                    inner.remove(entry)
            with translating(f"{self.shown}/{name}"):
                os.rmdir(name, dir_fd=self._descriptor)
        except (FileNotFoundError, StorageUnavailableError):
            if self.has(name):
                raise

    def remove(self, name: str) -> None:
        """Erase a file, or a directory with what is in it."""
        with translating(f"{self.shown}/{name}"):
            try:
                os.unlink(_checked(name), dir_fd=self._descriptor)
            except (IsADirectoryError, PermissionError):
                self.remove_tree(name)

    def sync(self) -> None:
        """Make the names in it durable."""
        with translating(self.shown):
            os.fsync(self._descriptor)


def synced(file: BinaryIO) -> None:
    """Make what was written durable.

    A failed fsync leaves it unknown what is on the disk: the file is given up, never synced again.
    """
    file.flush()
    os.fsync(file.fileno())


@contextmanager
def translating(shown: str) -> Iterator[None]:
    """Let errors of the operating system out as those of the one tree."""
    try:
        yield
    except OSError as error:
        raise translated(error, shown) from error


def translated(error: OSError, shown: str) -> PlanvaultError:
    """The error as the tree has it; ``shown`` says where."""
    reason = error.strerror or str(error)
    if error.errno in _NO_ROOM:
        return StorageFullError(
            f"There is no room left to write {shown}.", remedy="Make room below the files root and repeat the command."
        )
    if error.errno == errno.ELOOP:
        return IntegrityError(f"{shown} is a symbolic link, which planvault never follows.")
    if error.errno in _OUT_OF_REACH:
        return StorageUnavailableError(
            f"{shown} cannot be used ({reason}).", remedy="Look at PLANVAULT_FILES_ROOT and its permissions."
        )
    return StorageError(f"{shown} misbehaves ({reason}).", remedy="Look at the disk before you repeat the command.")


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name) or ".." in name:
        raise IntegrityError(f"{name[:80]!r} is no name that planvault gives to a file.")
    return name
