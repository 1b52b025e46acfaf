"""The structure of a zip, read strictly: every byte belongs to exactly one entry, to the directory or to its end.

``zipfile`` searches for what it needs, cuts names at a NUL, shifts offsets, and does not look where entries lie; two
readers then see two archives in the same bytes.  Here whatever could be read in two ways is refused.  Nothing is
inflated yet, and the directory is read only as far as its limits go.
"""

from __future__ import annotations

import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from .archive_refusals import rejected

STORED, DEFLATED = 0, 8
_LOCAL, _CENTRAL, _END = b"PK\3\4", b"PK\1\2", b"PK\5\6"
_LOCATOR64 = b"PK\6\7"
_SIGNATURES = (_LOCAL, _CENTRAL, _END, b"PK\6\6", _LOCATOR64, b"PK\7\x08")
_END_FIELDS = struct.Struct("<4s4H2LH")
_CENTRAL_FIELDS = struct.Struct("<4s6H3L5H2L")
_LOCAL_FIELDS = struct.Struct("<4s5H3L2H")
_EXTRA_FIELDS = struct.Struct("<2H")
_SIZES = struct.Struct("<3L")
_COMMENT = 0xFFFF
_ENCRYPTED, _DESCRIBED, _PATCHED, _STRONG, _MASKED = 0x1, 0x8, 0x20, 0x40, 0x2000
_TELLING = _ENCRYPTED | _DESCRIBED | _PATCHED | _STRONG | _MASKED
_AES = 99
_BIG16, _BIG32 = 0xFFFF, 0xFFFFFFFF
_ZIP64_EXTRA = 1
_DIRECTORY_BYTES = 1024  # for each entry that the limits allow: a name, extra fields, a comment
_FOLDER_ATTRIBUTE = 0x10


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipEntry:
    """One entry: its name, how it is packed, and where its packed bytes lie."""

    name: str
    raw_name: bytes
    method: int
    flags: int
    crc: int
    packed: int
    size: int
    header: int
    mode: int = 0
    folder: bool = False
    start: int = 0


def zip_entries(stream: BinaryIO, archive: str, most: int) -> list[ZipEntry]:
    """The entries in the order in which they lie; ``most`` is how many there may be.

    Raises:
        ArchiveRejectedError: the bytes are not one plain zip.
    """
    size = stream.seek(0, 2)
    end, count, length, offset = _end_record(stream, archive, size)
    if count > most:
        raise rejected(archive, "too-many-entries", f"has {count} entries; at most {most} are read")
    if offset + length != end:
        stream.seek(0)
        if stream.read(4) not in (_LOCAL, _END):
            raise rejected(archive, "leading-data", "has bytes before its first entry")
        if offset + length < end:
            raise rejected(archive, "hidden-data", "has bytes behind its directory that belong to nothing")
        raise rejected(archive, "central-directory", "has a directory that does not lie where its end says")
    if count == 0:
        if end:
            raise rejected(archive, "hidden-data", "has bytes but no entry")
        raise rejected(archive, "empty", "holds no file")
    if length > count * (_DIRECTORY_BYTES + _CENTRAL_FIELDS.size):
        raise rejected(archive, "central-directory", "has a directory that is far too long")
    stream.seek(offset)
    directory = stream.read(length)
    if len(directory) != length:
        raise rejected(archive, "central-directory", "has a directory that is cut off")
    found = sorted(_central(directory, count, archive), key=lambda entry: entry.header)
    return list(_placed(stream, archive, found, offset))


def _end_record(stream: BinaryIO, archive: str, size: int) -> tuple[int, int, int, int]:
    """Where the end record lies; how many entries the directory has, its length and its offset."""
    start = max(0, size - _END_FIELDS.size - _COMMENT)
    stream.seek(start)
    tail = stream.read(size - start)
    places = [place for place in _occurrences(tail, _END) if _ends(tail, place)]
    if not places:
        if _END in tail:
            raise rejected(archive, "trailing-data", "goes on after its end, or is cut off there")
        stream.seek(0)
        if stream.read(4) == _LOCAL:
            raise rejected(archive, "central-directory", "has no directory; it is cut off")
        raise rejected(archive, "not-a-zip", "is no zip")
    fields = _END_FIELDS.unpack_from(tail, places[0])
    comment = tail[places[0] + _END_FIELDS.size :]
    if len(places) > 1 or any(signature in comment for signature in _SIGNATURES):
        raise rejected(archive, "ambiguous-end", "can be read as two archives (a zip inside its comment)")
    _, disk, directory_disk, here, count, length, offset, _ = fields
    at = places[0]
    if tail[max(0, at - 20) : at].startswith(_LOCATOR64) or _BIG16 in (here, count) or _BIG32 in (length, offset):
        raise rejected(archive, "zip64", "is a zip64 archive")
    if disk or directory_disk or here != count:
        raise rejected(archive, "split", "is a part of a split archive")
    return start + at, count, length, offset


def _occurrences(data: bytes, wanted: bytes) -> Iterator[int]:
    place = data.find(wanted)
    while place >= 0:
        yield place
        place = data.find(wanted, place + 1)


def _ends(tail: bytes, place: int) -> bool:
    if len(tail) - place < _END_FIELDS.size:
        return False
    (comment,) = struct.unpack_from("<H", tail, place + 20)
    return bool(place + _END_FIELDS.size + comment == len(tail))


def _central(directory: bytes, count: int, archive: str) -> Iterator[ZipEntry]:
    place = 0
    for _ in range(count):
        if directory[place : place + 4] != _CENTRAL or len(directory) - place < _CENTRAL_FIELDS.size:
            raise rejected(archive, "central-directory", "has a directory that cannot be read")
        fields = _CENTRAL_FIELDS.unpack_from(directory, place)
        _, _, _, flags, method, _, _, crc, packed, size, names, extras, comments, disk, _, attributes, header = fields
        place += _CENTRAL_FIELDS.size
        raw, extra = directory[place : place + names], directory[place + names : place + names + extras]
        place += names + extras + comments
        if place > len(directory):
            raise rejected(archive, "central-directory", "has a directory that is cut off")
        name = _text(raw)
        if disk == _BIG16 or _BIG32 in (packed, size, header) or _ZIP64_EXTRA in _extra_ids(extra):
            raise rejected(archive, "zip64", "is a zip64 entry", name)
        if disk:
            raise rejected(archive, "split", "lies in another part of a split archive", name)
        entry = ZipEntry(
            name=name,
            raw_name=raw,
            method=method,
            flags=flags,
            crc=crc,
            packed=packed,
            size=size,
            header=header,
            mode=attributes >> 16,
            folder=raw.endswith(b"/") or bool(attributes & _FOLDER_ATTRIBUTE),
        )
        _check_kind(entry, archive)
        yield entry
    if place != len(directory):
        raise rejected(archive, "central-directory", "has more in its directory than its end says")


def _text(raw: bytes) -> str:
    # Windows in Japanese writes CP932 and no flag; the text is only ever shown and checked, never a path.
    for encoding in ("utf-8", "cp932"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _extra_ids(extra: bytes) -> set[int]:
    found: set[int] = set()
    place = 0
    while len(extra) - place >= _EXTRA_FIELDS.size:
        kind, length = _EXTRA_FIELDS.unpack_from(extra, place)
        found.add(kind)
        place += _EXTRA_FIELDS.size + length
    return found


def _check_kind(entry: ZipEntry, archive: str) -> None:
    if entry.flags & (_ENCRYPTED | _STRONG | _MASKED) or entry.method == _AES:
        raise rejected(archive, "encrypted", "is encrypted", entry.name)
    if entry.method not in (STORED, DEFLATED) or entry.flags & _PATCHED:
        raise rejected(archive, "method", f"is packed in a way that is not read (method {entry.method})", entry.name)
    kind = stat.S_IFMT(entry.mode)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or (kind == stat.S_IFDIR and not entry.folder):
        raise rejected(archive, "special-file", "is no plain file (a link, a device or a pipe)", entry.name)
    if entry.folder and (entry.size or kind == stat.S_IFREG or not entry.raw_name.endswith(b"/")):
        raise rejected(archive, "special-file", "is a folder with content", entry.name)
    if entry.method == STORED and entry.packed != entry.size:
        raise rejected(archive, "size-mismatch", "says two different sizes", entry.name)


def _placed(stream: BinaryIO, archive: str, entries: list[ZipEntry], directory: int) -> Iterator[ZipEntry]:
    """The entries with the place of their bytes; they follow one another without overlap and without a gap."""
    if entries[-1].header >= directory:
        raise rejected(archive, "central-directory", "is said to lie behind the directory", entries[-1].name)
    if entries[0].header != 0:
        raise rejected(archive, "leading-data", "has bytes before its first entry")
    nexts = [*(entry.header for entry in entries[1:]), directory]
    for entry, limit in zip(entries, nexts, strict=True):
        if entry.header + _LOCAL_FIELDS.size + entry.packed > limit:
            raise rejected(archive, "overlap", "overlaps what lies behind it", entry.name)
        start = _local(stream, archive, entry)
        gap = limit - start - entry.packed
        if gap < 0:
            raise rejected(archive, "overlap", "overlaps what lies behind it", entry.name)
        if gap and not _describes(stream, entry, start + entry.packed, gap):
            raise rejected(archive, "hidden-data", "has bytes behind it that belong to no entry", entry.name)
        yield replace(entry, start=start)


def _local(stream: BinaryIO, archive: str, entry: ZipEntry) -> int:
    """Where the packed bytes begin, once the entry's own header says the same as the directory."""
    stream.seek(entry.header)
    head = stream.read(_LOCAL_FIELDS.size)
    if len(head) < _LOCAL_FIELDS.size or not head.startswith(_LOCAL):
        raise rejected(archive, "central-directory", "is not where the directory says", entry.name)
    _, _, flags, method, _, _, crc, packed, size, names, extras = _LOCAL_FIELDS.unpack(head)
    rest = stream.read(names + extras)
    if rest[:names] != entry.raw_name:
        raise rejected(archive, "header-mismatch", "goes by another name in its own header", entry.name)
    if _ZIP64_EXTRA in _extra_ids(rest[names:]) or _BIG32 in (packed, size):
        raise rejected(archive, "zip64", "is a zip64 entry", entry.name)
    said, known = (crc, packed, size), (entry.crc, entry.packed, entry.size)
    later = bool(flags & _DESCRIBED) and said == (0, 0, 0)
    if (flags ^ entry.flags) & _TELLING or method != entry.method or (said != known and not later):
        raise rejected(archive, "header-mismatch", "says something else in its own header", entry.name)
    return entry.header + _LOCAL_FIELDS.size + len(rest)


def _describes(stream: BinaryIO, entry: ZipEntry, place: int, length: int) -> bool:
    """Whether the bytes behind an entry are its data descriptor."""
    if not entry.flags & _DESCRIBED or length not in (_SIZES.size, _SIZES.size + 4):
        return False
    stream.seek(place)
    found = stream.read(length)
    if length > _SIZES.size:
        if not found.startswith(b"PK\7\x08"):
            return False
        found = found[4:]
    return found == _SIZES.pack(entry.crc, entry.packed, entry.size)
