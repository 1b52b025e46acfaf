"""Zips made byte by byte, so that every field can lie."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

GOOD = b"family,period,demand\nF1,2026-01,1\n"
UNIX = 3 << 8
REGULAR, FOLDER, LINK, PIPE, CHARACTERS, BLOCKS, SOCKET = (
    mode << 16 for mode in (0o100644, 0o040755, 0o120777, 0o010644, 0o020644, 0o060644, 0o140644)
)
DESCRIBED = 0x8


def deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


@dataclass(kw_only=True)
class Entry:
    """One entry; what is left None is what an honest zip would say."""

    name: bytes = b"demand_family.csv"
    content: bytes = GOOD
    packed: bytes | None = None
    method: int = 8
    flags: int = 0
    attributes: int = REGULAR
    crc: int | None = None
    size: int | None = None
    packed_size: int | None = None
    extra: bytes = b""
    comment: bytes = b""
    disk: int = 0
    offset: int | None = None
    local_name: bytes | None = None
    local_flags: int | None = None
    local_method: int | None = None
    local_sizes: tuple[int, int, int] | None = None
    local_extra: bytes = b""
    descriptor: bytes = b""
    before: bytes = b""
    listed: bool = True

    def __post_init__(self) -> None:
        if self.packed is None:
            self.packed = deflated(self.content) if self.method == 8 else self.content
        self.crc = zlib.crc32(self.content) if self.crc is None else self.crc
        self.size = len(self.content) if self.size is None else self.size
        self.packed_size = len(self.packed) if self.packed_size is None else self.packed_size

    def local(self) -> bytes:
        assert self.packed is not None
        crc, packed, size = self.local_sizes or (self.crc, self.packed_size, self.size)
        name = self.name if self.local_name is None else self.local_name
        flags = self.flags if self.local_flags is None else self.local_flags
        method = self.method if self.local_method is None else self.local_method
        head = struct.pack(
            "<4s5H3L2H", b"PK\3\4", 20, flags, method, 0, 0x21, crc, packed, size, len(name), len(self.local_extra)
        )
        return head + name + self.local_extra + self.packed + self.descriptor

    def central(self, offset: int) -> bytes:
        head = struct.pack(
            "<4s6H3L5H2L",
            b"PK\1\2",
            UNIX | 20,
            20,
            self.flags,
            self.method,
            0,
            0x21,
            self.crc,
            self.packed_size,
            self.size,
            len(self.name),
            len(self.extra),
            len(self.comment),
            self.disk,
            0,
            self.attributes,
            offset if self.offset is None else self.offset,
        )
        return head + self.name + self.extra + self.comment


@dataclass(kw_only=True)
class Zip:
    """A whole zip; what is left None is what an honest one would say."""

    entries: Sequence[Entry] = field(default_factory=lambda: [Entry()])
    before: bytes = b""
    before_directory: bytes = b""
    inside_directory: bytes = b""
    before_end: bytes = b""
    comment: bytes = b""
    after: bytes = b""
    count: int | None = None
    count_here: int | None = None
    disk: int = 0
    length: int | None = None
    offset: int | None = None
    shifted: bool = False

    def data(self) -> bytes:
        body, central = self.before, b""
        for entry in self.entries:
            body += entry.before
            offset = len(body) - (len(self.before) if self.shifted else 0)
            body += entry.local()
            central += entry.central(offset) if entry.listed else b""
        body += self.before_directory
        central += self.inside_directory
        start = len(body) - (len(self.before) if self.shifted else 0) if self.offset is None else self.offset
        count = sum(entry.listed for entry in self.entries) if self.count is None else self.count
        end = struct.pack(
            "<4s4H2LH",
            b"PK\5\6",
            self.disk,
            self.disk,
            count if self.count_here is None else self.count_here,
            count,
            len(central) if self.length is None else self.length,
            start,
            len(self.comment),
        )
        return body + central + self.before_end + end + self.comment + self.after


def zipped(*entries: Entry) -> bytes:
    return Zip(entries=entries or [Entry()]).data()


def named(*names: bytes) -> bytes:
    return zipped(*(Entry(name=name) for name in names))


def described(content: bytes = GOOD, *, signature: bool = True) -> Entry:
    """An entry whose sizes stand behind it, as tools write that cannot go back."""
    packed = deflated(content)
    sizes = struct.pack("<3L", zlib.crc32(content), len(packed), len(content))
    return Entry(
        content=content,
        flags=DESCRIBED,
        local_sizes=(0, 0, 0),
        descriptor=(b"PK\7\x08" if signature else b"") + sizes,
    )


def quoted_overlap(copies: int, kernel: bytes) -> bytes:
    """Many entries that share one packed kernel: each quotes the header of the next in a stored block."""
    content, packed = kernel, deflated(kernel)
    heads: list[Entry] = []
    for index in reversed(range(copies)):
        entry = Entry(name=b"f%04d.csv" % index, content=content, packed=packed)
        heads.insert(0, entry)
        local = entry.local()
        header = local[: len(local) - len(packed)]
        content = header + content
        packed = struct.pack("<BHH", 0, len(header), len(header) ^ 0xFFFF) + local
    body = heads[0].local()
    central, place = b"", 0
    for entry in heads:
        central += entry.central(place)
        place += 30 + len(entry.name) + 5
    return body + central + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, copies, copies, len(central), len(body), 0)
