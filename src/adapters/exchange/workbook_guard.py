"""Opens the parts of a workbook: the guard of zips, with folders, and without macros."""

from __future__ import annotations

import posixpath
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO

from ...application.exchange import NamedStream
from .archive_names import check_paths
from .archive_refusals import rejected
from .archives import ArchiveLimits, Deadline, Inflation, check_sizes
from .text_files import reading
from .zip_directory import zip_entries

_WORKBOOK_PARTS = 1000
WORKBOOK_LIMITS = ArchiveLimits(files=_WORKBOOK_PARTS, listed=_WORKBOOK_PARTS)
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK"
_CONTENT_TYPES = "[Content_Types].xml"
_MACROS = "vbaproject.bin"
_READ = (".xml", ".rels")

WorkbookParts = Mapping[str, Callable[[], BinaryIO]]


def check_workbook(
    file: NamedStream, limits: ArchiveLimits = WORKBOOK_LIMITS, *, clock: Callable[[], float] = time.monotonic
) -> None:
    """Let a workbook pass whose parts can all be opened.

    Raises:
        ArchiveRejectedError, InvalidRequestError, StorageFullError: as ``workbook_parts``.
    """
    with workbook_parts(file, limits, clock=clock):
        pass


@contextmanager
def workbook_parts(
    file: NamedStream, limits: ArchiveLimits = WORKBOOK_LIMITS, *, clock: Callable[[], float] = time.monotonic
) -> Iterator[WorkbookParts]:
    """The XML parts of a workbook by their path, inflated and checked; leaving the context erases them.

    Pictures and the like are left alone, and links to other workbooks are never followed.

    Raises:
        ArchiveRejectedError: ``params["reason"]`` says why it is not opened.
        InvalidRequestError: the workbook cannot be read.
        StorageFullError: there is no room for what it holds.
    """
    with reading(file.name):
        stream = file.open()
    with stream:
        with reading(file.name):
            begins = stream.read(len(_OLD_WORKBOOK))
            if begins == _OLD_WORKBOOK:
                message = "is a workbook of the old kind (.xls), or protected by a password"
                raise rejected(file.name, "not-a-workbook", message)
            if not begins.startswith(_ZIP):
                raise rejected(file.name, "not-a-workbook", "is no workbook")
            entries = zip_entries(stream, file.name, limits.listed)
        check_paths(entries, file.name)
        for entry in entries:
            if posixpath.basename(entry.name).lower() == _MACROS:
                raise rejected(file.name, "macros", "holds macros", entry.name)
        if all(entry.name != _CONTENT_TYPES for entry in entries):
            raise rejected(file.name, "not-a-workbook", "is a zip, but no workbook")
        check_sizes(entries, file.name, limits)
        with Inflation(stream, file.name, Deadline(limits.seconds, clock)) as inflation:
            yield {
                entry.name: inflation.inflated(entry, refuse_nested=True)
                for entry in entries
                if entry.name.lower().endswith(_READ)
            }
