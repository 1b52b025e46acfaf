from __future__ import annotations

import errno
import io
import struct
import tempfile
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from planvault.adapters.exchange import archives
from planvault.adapters.exchange.archives import ArchiveLimits, archive_files
from planvault.adapters.exchange.input_reader import FileInputReader
from planvault.application.exchange import NamedStream
from planvault.domain.errors import ArchiveRejectedError, InvalidRequestError, StorageFullError

from .builders import finished, read, stream
from .zip_builder import (
    BLOCKS,
    CHARACTERS,
    DESCRIBED,
    FOLDER,
    GOOD,
    LINK,
    PIPE,
    SOCKET,
    Entry,
    Zip,
    deflated,
    described,
    named,
    quoted_overlap,
    zipped,
)

MIB = 1 << 20
ZEROS = b"0" * (11 * MIB)
ZIP64_EXTRA = struct.pack("<2H2Q", 1, 16, 1, 1)
UNPACKED = Entry(method=0)

HOSTILE: dict[str, tuple[str, bytes]] = {
    # Names
    "climbs out": ("unsafe-path", named(b"../demand_family.csv")),
    "climbs out in the middle": ("unsafe-path", named(b"a/../../demand_family.csv")),
    "climbs out with backslashes": ("unsafe-path", named(b"..\\demand_family.csv")),
    "a backslash for a folder": ("unsafe-path", named(b"a\\demand_family.csv")),
    "an absolute name": ("unsafe-path", named(b"/etc/demand_family.csv")),
    "a drive": ("unsafe-path", named(b"C:/demand_family.csv")),
    "a drive without a slash": ("unsafe-path", named(b"c:demand_family.csv")),
    "a share": ("unsafe-path", named(b"\\\\server\\share\\x.csv")),
    "a share with slashes": ("unsafe-path", named(b"//server/share/x.csv")),
    "a NUL that cuts the name": ("unsafe-path", named(b"demand_family.csv\0.exe")),
    "a line end in the name": ("unsafe-path", named(b"demand\r\n.csv")),
    "a name of one dot": ("unsafe-path", named(b".")),
    "an empty name": ("unsafe-path", named(b"")),
    "an empty folder": ("unsafe-path", named(b"a//x.csv")),
    "a trailing dot": ("unsafe-path", named(b"x.csv.")),
    "a trailing space": ("unsafe-path", named(b"x.csv ")),
    "dots and a space": ("unsafe-path", named(b".. /x.csv")),
    "a text that runs the other way": ("unsafe-path", named("x\u202evsc.csv".encode())),
    "encoded dots": ("name", named(b"%2e%2e%2fx.csv")),
    "full-width dots": ("name", named("．．x.csv".encode())),
    "full-width letters": ("name", named("ｘ.csv".encode())),
    "a Japanese name": ("name", named("需要.csv".encode())),
    "an alternate stream": ("name", named(b"xy.csv:evil.csv")),
    "a dash and a space": ("name", named(b"-rf x.csv")),
    "a name of 65 characters": ("name", named(b"a" * 61 + b".csv")),
    "a program": ("name", named(b"run.exe")),
    "an upper-case suffix": ("name", named(b"x.CSV")),
    "two of one name": ("duplicate-name", named(b"x.csv", b"x.csv")),
    "two of one name in two cases": ("duplicate-name", named(b"x.csv", b"X.csv")),
    "folders in folders": ("folder", named(b"a/b/x.csv")),
    "two folders": ("folder", named(b"a/x.csv", b"b/y.csv")),
    "one file beside a folder": ("folder", named(b"a/x.csv", b"y.csv")),
    "a folder beside files": ("folder", zipped(Entry(), Entry(name=b"a/", content=b"", method=0, attributes=FOLDER))),
    # Kinds
    "a symbolic link": ("special-file", zipped(Entry(content=b"/etc/passwd", attributes=LINK))),
    "a pipe": ("special-file", zipped(Entry(attributes=PIPE))),
    "a character device": ("special-file", zipped(Entry(attributes=CHARACTERS))),
    "a block device": ("special-file", zipped(Entry(attributes=BLOCKS))),
    "a socket": ("special-file", zipped(Entry(attributes=SOCKET))),
    "a folder by its mode only": ("special-file", zipped(Entry(attributes=FOLDER))),
    "a folder by its attribute only": ("special-file", zipped(Entry(attributes=0x10))),
    "a folder with content": ("special-file", zipped(Entry(name=b"a/", attributes=FOLDER))),
    "a hidden link": ("special-file", zipped(Entry(), Entry(name=b".x", attributes=LINK))),
    "encrypted": ("encrypted", zipped(Entry(flags=0x1))),
    "strongly encrypted": ("encrypted", zipped(Entry(flags=0x41))),
    "masked headers": ("encrypted", zipped(Entry(flags=0x2000))),
    "encrypted with AES": ("encrypted", zipped(Entry(method=99))),
    "packed with bzip2": ("method", zipped(Entry(method=12))),
    "packed with LZMA": ("method", zipped(Entry(method=14))),
    "an unknown method": ("method", zipped(Entry(method=77))),
    "patch data": ("method", zipped(Entry(flags=0x20))),
    "a zip by its name": ("nested-archive", zipped(Entry(), Entry(name=b"more.zip"))),
    "a zip by another name": ("nested-archive", zipped(Entry(content=zipped()))),
    "a workbook inside": ("nested-archive", named(b"book.xlsx")),
    # Bombs
    "a ratio bomb": ("ratio", zipped(Entry(content=ZEROS))),
    "a file beyond 100 MiB": ("too-large", zipped(Entry(size=100 * MIB + 1))),
    "200 MiB in pieces": (
        "too-large",
        zipped(*(Entry(name=b"f%d.csv" % n, packed=b"x" * MIB, size=90 * MIB) for n in range(3))),
    ),
    "4 GiB less one": ("too-large", zipped(Entry(size=0xFFFFFFFE))),
    "more than it says": ("size-mismatch", zipped(Entry(content=ZEROS, size=len(GOOD)))),
    "an overlap bomb": ("overlap", quoted_overlap(20, ZEROS)),
    "a small overlap": ("overlap", quoted_overlap(2, GOOD)),
    "two entries of one header": ("overlap", zipped(Entry(), Entry(name=b"x.csv", offset=0))),
    "one name listed twice for one header": ("overlap", zipped(Entry(), Entry(offset=0))),
    "an entry that reaches into the directory": ("overlap", zipped(Entry(packed_size=len(deflated(GOOD)) + 1))),
    "an entry that is longer than the archive": ("overlap", zipped(Entry(packed_size=0x7FFFFFFF))),
    "21 files": ("too-many-entries", named(*(b"f%d.csv" % n for n in range(21)))),
    "101 hidden files": ("too-many-entries", named(*(b".f%d" % n for n in range(101)))),
    "10 000 files": ("too-many-entries", named(*(b"f%d.csv" % n for n in range(10_000)))),
    # Lies
    "a wrong checksum": ("crc", zipped(Entry(crc=1))),
    "less than it says": ("size-mismatch", zipped(Entry(size=len(GOOD) + 1))),
    "two sizes of a stored file": ("size-mismatch", zipped(Entry(method=0, size=5))),
    "another name in its header": ("header-mismatch", zipped(Entry(local_name=b"demand_famili.csv"))),
    "a longer name in its header": ("header-mismatch", zipped(Entry(local_name=b"x" * 40))),
    "another method in its header": ("header-mismatch", zipped(Entry(local_method=0))),
    "encrypted by its header only": ("header-mismatch", zipped(Entry(local_flags=1))),
    "other sizes in its header": ("header-mismatch", zipped(Entry(local_sizes=(1, 2, 3)))),
    "no sizes in its header": ("header-mismatch", zipped(Entry(local_sizes=(0, 0, 0)))),
    "sizes behind it that differ": (
        "hidden-data",
        zipped(Entry(flags=DESCRIBED, local_sizes=(0, 0, 0), descriptor=struct.pack("<3L", 1, 2, 3))),
    ),
    "no pack at all": ("damaged", zipped(Entry(packed=b"\xff" * 40))),
    "a pack cut off": ("damaged", zipped(Entry(packed=deflated(GOOD)[:-4]))),
    "a pack of nothing": ("damaged", zipped(Entry(packed=b""))),
    "bytes behind its pack": ("hidden-data", zipped(Entry(packed=deflated(GOOD) + b"<?php"))),
    # Bytes that belong to nothing
    "a program before it": ("leading-data", Zip(before=b"MZ" + b"\0" * 100).data()),
    "a program before it, offsets left": ("leading-data", Zip(before=b"MZ" + b"\0" * 100, shifted=True).data()),
    "an unlisted file before it": (
        "leading-data",
        zipped(Entry(name=b"evil.csv", listed=False), Entry()),
    ),
    "an unlisted file between": (
        "hidden-data",
        zipped(Entry(), Entry(name=b"evil.csv", listed=False), Entry(name=b"y.csv")),
    ),
    "bytes between files": ("hidden-data", zipped(Entry(), Entry(name=b"y.csv", before=b"evil"))),
    "bytes before the directory": ("hidden-data", Zip(before_directory=b"evil").data()),
    "bytes behind the directory": ("hidden-data", Zip(before_end=b"evil").data()),
    "bytes inside the directory": ("central-directory", Zip(inside_directory=b"evil").data()),
    "bytes behind the end": ("trailing-data", Zip(after=b"evil").data()),
    "a zip behind a zip": ("hidden-data", zipped() + zipped()),
    "a zip in the comment": ("ambiguous-end", Zip(comment=zipped()).data()),
    "a header in the comment": ("ambiguous-end", Zip(comment=b"PK\3\4").data()),
    "a second end in the comment": ("ambiguous-end", Zip(comment=Zip(entries=[]).data()).data()),
    "a directory without files": ("hidden-data", Zip(entries=[Entry(listed=False)]).data()),
    # Directories
    "a directory cut off": ("hidden-data", Zip(length=20).data()),
    "one entry more than there is": ("central-directory", Zip(count=2).data()),
    "one entry less than there is": ("central-directory", Zip(entries=[Entry(), Entry(name=b"y.csv")], count=1).data()),
    "a directory of megabytes": ("central-directory", Zip(entries=[Entry(comment=b"x" * 60_000)]).data()),
    "an offset beyond the end": ("central-directory", Zip(offset=0x7FFFFFFF).data()),
    "an offset near 4 GiB": ("central-directory", Zip(offset=0xFFFFFFFE).data()),
    "a length near 4 GiB": ("central-directory", Zip(length=0xFFFFFFFE).data()),
    "a header where there is none": ("leading-data", zipped(Entry(offset=4))),
    "a header beyond the end": ("central-directory", zipped(Entry(offset=0x7FFFFFFF))),
    "a second header beyond the end": ("central-directory", zipped(Entry(), Entry(name=b"y.csv", offset=0x7FFFFFFF))),
    "two counts": ("split", Zip(count_here=2).data()),
    "a split archive": ("split", Zip(disk=1).data()),
    "an entry on another disk": ("split", zipped(Entry(disk=1))),
    "zip64 sizes": ("zip64", zipped(Entry(size=0xFFFFFFFF, packed_size=0xFFFFFFFF, extra=ZIP64_EXTRA))),
    "a zip64 field for nothing": ("zip64", zipped(Entry(extra=ZIP64_EXTRA))),
    "a zip64 field in its header": ("zip64", zipped(Entry(local_extra=ZIP64_EXTRA))),
    "a zip64 offset": ("zip64", zipped(Entry(offset=0xFFFFFFFF))),
    "a zip64 count": ("zip64", Zip(count=0xFFFF, count_here=0xFFFF).data()),
    "a zip64 end": ("zip64", Zip(before_end=b"PK\6\7" + b"\0" * 16).data()),
    # No archives
    "nothing": ("not-a-zip", b""),
    "a CSV": ("not-a-zip", GOOD),
    "a page": ("not-a-zip", b"<!DOCTYPE html>" * 9000),
    "the beginning of a zip": ("central-directory", zipped()[:60]),
    "a zip cut off in its end": ("trailing-data", zipped()[:-3]),
    "an empty archive": ("empty", Zip(entries=[]).data()),
    "only hidden files": ("empty", named(b".DS_Store", b"__MACOSX/._x.csv")),
    "only a folder": ("empty", zipped(Entry(name=b"a/", content=b"", method=0, attributes=FOLDER))),
}


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory for temporary files, in which nothing may be left; every spool goes to disk at once."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(archives, "_IN_MEMORY", 1)
    yield tmp_path
    assert list(tmp_path.iterdir()) == []


def opened(data: bytes, **limits: Any) -> dict[str, bytes]:
    with archive_files(stream("week.zip", data), ArchiveLimits(**limits)) as files:
        return {file.name: file.open().read() for file in files}


def refused(data: bytes, **limits: Any) -> ArchiveRejectedError:
    with pytest.raises(ArchiveRejectedError) as caught:
        opened(data, **limits)
    return caught.value


# Hostile --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_zip_is_refused_with_its_reason(name: str, workplace: Path) -> None:
    reason, data = HOSTILE[name]
    error = refused(data)
    assert error.params["reason"] == reason
    assert error.message.startswith("week.zip")
    assert error.message.isprintable()
    assert error.remedy


def test_a_bomb_is_refused_before_it_takes_memory() -> None:
    bombs = [HOSTILE[name][1] for name in ("a ratio bomb", "an overlap bomb", "more than it says", "10 000 files")]
    tracemalloc.start()
    try:
        for bomb in bombs:
            refused(bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * MIB


def test_zipfile_would_have_inflated_the_overlap_bomb() -> None:
    with zipfile.ZipFile(io.BytesIO(quoted_overlap(3, GOOD))) as archive:
        assert [len(archive.read(info)) for info in archive.infolist()] != []


@pytest.mark.parametrize("end", range(len(zipped())))
def test_a_zip_cut_off_anywhere_is_refused(end: int) -> None:
    refused(zipped()[:end])


@pytest.mark.parametrize("place", range(len(zipped(UNPACKED))))
def test_one_byte_changed_is_refused_or_changes_nothing(place: int) -> None:
    data = bytearray(zipped(UNPACKED))
    data[place] ^= 0x55
    try:
        found = opened(bytes(data))
    except ArchiveRejectedError:
        return
    assert list(found.values()) == [GOOD]


def test_the_entry_is_named_so_that_it_can_be_shown() -> None:
    error = refused(named(b"x\x1b[2J" + b"y" * 200))
    assert error.params["entry"] == f"x�[2J{'y' * 75}..."


def test_the_archive_is_named_so_that_it_can_be_shown() -> None:
    with (
        pytest.raises(ArchiveRejectedError) as caught,
        archive_files(stream("week\n\x1b[2J.zip", b"")),
    ):
        pass
    assert caught.value.message == "week��[2J.zip is no zip."


def test_more_time_than_allowed_is_refused(workplace: Path) -> None:
    ticks = iter(range(0, 1000, 30))
    with (
        pytest.raises(ArchiveRejectedError, match="longer than 60 seconds") as caught,
        archive_files(stream("week.zip", zipped(*many(5))), clock=lambda: float(next(ticks))),
    ):
        pass
    assert caught.value.params["reason"] == "too-slow"


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"files": 4}, "too-many-entries"),
        ({"listed": 4}, "too-many-entries"),
        ({"file_bytes": len(GOOD) - 1}, "too-large"),
        ({"total_bytes": 5 * len(GOOD) - 1}, "too-large"),
        ({"ratio": 0, "ratio_from_bytes": len(GOOD) - 1}, "ratio"),
        ({"ratio": 0, "ratio_from_bytes": 5 * len(GOOD) - 1}, "ratio"),
    ],
)
def test_every_limit_holds_to_the_byte(limits: dict[str, int], reason: str) -> None:
    data = zipped(*many(5))
    assert refused(data, **limits).params["reason"] == reason
    if reason != "ratio":
        assert len(opened(data, **{name: value + 1 for name, value in limits.items()})) == 5


def many(count: int) -> list[Entry]:
    return [Entry(name=b"f%d.csv" % number) for number in range(count)]


def test_no_room_for_what_it_holds_is_said(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(tempfile.SpooledTemporaryFile[bytes]):
        def write(self, _: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", Full)
    with pytest.raises(StorageFullError, match="No space left"):
        opened(zipped())


def test_an_archive_that_cannot_be_read_is_refused() -> None:
    def broken() -> io.BytesIO:
        raise OSError(errno.EIO, "Input/output error")

    with (
        pytest.raises(InvalidRequestError, match=r"week\.zip cannot be read"),
        archive_files(NamedStream(name="week.zip", open=broken)),
    ):
        pass


# Honest ---------------------------------------------------------------------------------------------------------------


def folder(name: bytes) -> Entry:
    return Entry(name=name, content=b"", method=0, attributes=FOLDER | 0x10)


@pytest.mark.parametrize(
    "data",
    [
        zipped(),
        zipped(UNPACKED),
        zipped(Entry(attributes=0)),
        zipped(Entry(attributes=0x20)),
        zipped(Entry(local_extra=b"UT\5\0\1abcd", extra=b"UT\5\0\1abcd", comment=b"said")),
        zipped(described()),
        zipped(described(signature=False)),
        zipped(Entry(flags=0x802)),
        Zip(comment=b"week 47").data(),
        named(b"week47/demand_family.csv"),
        zipped(folder(b"week47/"), Entry(name=b"week47/demand_family.csv")),
        zipped(folder("第47週/".encode("cp932")), Entry(name="第47週/demand_family.csv".encode("cp932"))),
        zipped(folder("表/".encode()), Entry(name="表/demand_family.csv".encode(), flags=0x800)),
        zipped(
            Entry(name=b".DS_Store", content=b"x"),
            folder(b"__MACOSX/"),
            Entry(name=b"__MACOSX/week47/._demand_family.csv", content=b"x"),
            Entry(name=b"week47/.git/config", content=b"x"),
            Entry(name=b"week47/demand_family.csv"),
        ),
    ],
)
def test_an_honest_zip_is_opened(data: bytes, workplace: Path) -> None:
    assert opened(data) == {"demand_family.csv": GOOD}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_what_zipfile_writes_is_opened(method: int) -> None:
    files = {"demand_family.csv": GOOD * 9000, "meta.json": b"{}", "bom.csv": b""}
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    assert opened(data.getvalue()) == files


def test_what_is_written_into_a_pipe_is_opened() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: Any) -> int:
            raise io.UnsupportedOperation

        def tell(self) -> int:
            raise io.UnsupportedOperation

    data = Pipe()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("demand_family.csv", GOOD)
    assert opened(data.getvalue()) == {"demand_family.csv": GOOD}


def test_a_file_that_inflates_without_end_of_input_comes_out_whole() -> None:
    content = bytes(range(256)) * 4 + b"0" * (9 * MIB)
    assert opened(zipped(Entry(content=content))) == {"demand_family.csv": content}


def test_files_are_read_side_by_side_and_as_often_as_wanted(workplace: Path) -> None:
    contents = {f"f{number}.csv": b"%d" % number * 100_000 for number in range(3)}
    data = zipped(*(Entry(name=name.encode(), content=content) for name, content in contents.items()))
    with archive_files(stream("week.zip", data)) as files:
        readers = [file.open() for file in files]
        halves = [reader.read(50_000) for reader in readers]
        for file, reader, half in zip(files, readers, halves, strict=True):
            assert half + reader.read() == contents[file.name]
            assert reader.seek(-5, 2) == len(contents[file.name]) - 5
            assert reader.read() == contents[file.name][-5:]
            assert file.open().read() == contents[file.name]


def test_a_zip_reads_as_its_files_do() -> None:
    files = {"demand_family.csv": GOOD, "meta.json": b'{"a": 1}'}
    data = zipped(*(Entry(name=name.encode(), content=content) for name, content in files.items()))
    with archive_files(stream("week.zip", data)) as streams:
        by_zip = finished(FileInputReader().streams(streams))
    assert by_zip.content == read(dict(files)).content
