"""Opens zips that somebody sent, without trusting a byte of them.

The structure is checked first (``zip_directory``), then names and declared sizes, and only then is anything inflated,
entry by entry, counting.  What comes out lies in one temporary file without a name, so nothing is ever written where
an entry says.
"""

from __future__ import annotations

import errno
import io
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import IO, Any, BinaryIO, Self, cast

from ...application.exchange import NamedStream
from ...domain.errors import StorageError, StorageFullError
from .archive_names import check_paths, input_names
from .archive_refusals import rejected
from .text_files import reading
from .zip_directory import STORED, ZipEntry, zip_entries

_MIB = 1 << 20
_CHUNK = 1 << 16
_IN_MEMORY = 4 * _MIB
_ZIP_START = b"PK\3\4"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLimits:
    """How much an archive may hold. ``listed`` counts what is left alone as well; a ratio is inflated to packed."""

    files: int = 20
    listed: int = 100
    file_bytes: int = 100 * _MIB
    total_bytes: int = 200 * _MIB
    ratio: int = 200
    ratio_from_bytes: int = 10 * _MIB
    seconds: float = 60


@contextmanager
def archive_files(
    file: NamedStream, limits: ArchiveLimits | None = None, *, clock: Callable[[], float] = time.monotonic
) -> Iterator[list[NamedStream]]:
    """The input files of a zip, to be read within the context; leaving it erases what was inflated.

    Raises:
        ArchiveRejectedError: ``params["reason"]`` says why it is not opened.
        InvalidRequestError: the archive itself cannot be read.
        StorageFullError: there is no room for what it holds.
    """
    within = limits or ArchiveLimits()
    with reading(file.name):
        stream = file.open()
    with stream:
        with reading(file.name):
            entries = zip_entries(stream, file.name, within.listed)
        check_paths(entries, file.name)
        named = input_names(entries, file.name)
        if len(named) > within.files:
            message = f"holds {len(named)} files; at most {within.files} are read"
            raise rejected(file.name, "too-many-entries", message)
        check_sizes([entry for _, entry in named], file.name, within)
        with Inflation(stream, file.name, Deadline(within.seconds, clock)) as inflation:
            yield [NamedStream(name=name, open=inflation.inflated(entry, refuse_nested=True)) for name, entry in named]


def check_sizes(entries: Sequence[ZipEntry], archive: str, limits: ArchiveLimits) -> None:
    """Hold what the entries declare against the limits; inflating then holds it against what is there.

    Raises:
        ArchiveRejectedError: too large, or packed too well to be honest.
    """
    for entry in entries:
        if entry.size > limits.file_bytes:
            message = f"inflates to more than {limits.file_bytes} bytes"
            raise rejected(archive, "too-large", message, entry.name)
        if _bomb(entry.size, entry.packed, limits):
            raise rejected(archive, "ratio", f"inflates to more than {limits.ratio} times its size", entry.name)
    total = sum(entry.size for entry in entries)
    if total > limits.total_bytes:
        raise rejected(archive, "too-large", f"inflates to more than {limits.total_bytes} bytes in total")
    if _bomb(total, sum(entry.packed for entry in entries), limits):
        raise rejected(archive, "ratio", f"inflates to more than {limits.ratio} times its size")


def _bomb(size: int, packed: int, limits: ArchiveLimits) -> bool:
    return size > limits.ratio_from_bytes and size > packed * limits.ratio


class Deadline:
    """The moment by which an archive has to be open."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seconds = seconds
        self._end = clock() + seconds

    def check(self, archive: str) -> None:
        """Go on while there is time.

        Raises:
            ArchiveRejectedError: there is none left.
        """
        if self._clock() > self._end:
            raise rejected(archive, "too-slow", f"takes longer than {self._seconds:g} seconds to open")


class Inflation:
    """Inflates entries one after the other into one temporary file, and hands out what lies there."""

    def __init__(self, stream: BinaryIO, archive: str, deadline: Deadline) -> None:
        self._stream = stream
        self._archive = archive
        self._deadline = deadline
        self._kept = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, prefix="planvault-")  # noqa: SIM115
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Erase what was inflated."""
        self._kept.close()

    def inflated(self, entry: ZipEntry, *, refuse_nested: bool = False) -> Callable[[], BinaryIO]:
        """Inflate an entry now; the answer opens what came out, as often as wanted.

        Raises:
            ArchiveRejectedError: it is not what the directory says, or an archive where none may be.
            StorageFullError: there is no room for it.
        """
        start = self._kept.seek(0, 2)
        size = crc = 0
        for piece in self._pieces(entry):
            if refuse_nested and size == 0 and piece.startswith(_ZIP_START):
                raise rejected(self._archive, "nested-archive", "is an archive inside the archive", entry.name)
            size += len(piece)
            if size > entry.size:
                break
            crc = zlib.crc32(piece, crc)
            self._keep(piece)
        if size != entry.size:
            raise rejected(self._archive, "size-mismatch", f"does not hold the {entry.size} bytes it says", entry.name)
        if crc != entry.crc:
            raise rejected(self._archive, "crc", "is damaged (its checksum is another)", entry.name)
        return partial(_opened, self._kept, self._lock, start, size)

    def _keep(self, piece: bytes) -> None:
        try:
            self._kept.write(piece)
        except OSError as error:
            full = error.errno in {errno.ENOSPC, errno.EDQUOT}
            raise (StorageFullError if full else StorageError)(
                f"{self._archive} cannot be kept in a temporary file ({error.strerror or error}).",
                remedy="Make room in the directory for temporary files, or set TMPDIR to another one.",
            ) from error

    def _pieces(self, entry: ZipEntry) -> Iterator[bytes]:
        if entry.method == STORED:
            yield from self._packed(entry)
            return
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        for chunk in self._packed(entry):
            ahead = chunk
            while ahead and not inflater.eof:
                yield self._piece(inflater, ahead, entry)
                ahead = inflater.unconsumed_tail
            if inflater.unused_data:
                raise rejected(self._archive, "hidden-data", "has bytes behind what it packs", entry.name)
        while not inflater.eof and (piece := self._piece(inflater, b"", entry)):
            yield piece
        if not inflater.eof:
            raise rejected(self._archive, "damaged", "is cut off", entry.name)

    def _piece(self, inflater: Any, packed: bytes, entry: ZipEntry) -> bytes:
        self._deadline.check(self._archive)
        try:
            return bytes(inflater.decompress(packed, _CHUNK))
        except zlib.error as error:
            raise rejected(self._archive, "damaged", "cannot be inflated", entry.name) from error

    def _packed(self, entry: ZipEntry) -> Iterator[bytes]:
        with reading(self._archive):
            self._stream.seek(entry.start)
        ahead = entry.packed
        while ahead:
            self._deadline.check(self._archive)
            with reading(self._archive):
                chunk = self._stream.read(min(ahead, _CHUNK))
            if not chunk:
                raise rejected(self._archive, "damaged", "is cut off", entry.name)
            ahead -= len(chunk)
            yield chunk


def _opened(kept: IO[bytes], lock: threading.Lock, start: int, size: int) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(_Part(kept, lock, start, size)))


class _Part(io.RawIOBase):
    """A part of the temporary file as a file of its own, with a place of its own."""

    def __init__(self, kept: IO[bytes], lock: threading.Lock, start: int, size: int) -> None:
        super().__init__()
        self._kept = kept
        self._lock = lock
        self._start = start
        self._size = size
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(0, base + offset)
        return self._place

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), max(0, self._size - self._place))
        with self._lock:
            self._kept.seek(self._start + self._place)
            data = self._kept.read(wanted)
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)
