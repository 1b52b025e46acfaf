"""Zips that are the same byte by byte for the same files: fixed times, order and modes, and nothing compressed.

What a compressor makes of a text depends on its library and version, so that files are stored as they are.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable
from contextlib import aclosing
from typing import BinaryIO

from ...application.exchange import OutgoingFile, WrittenFile

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can name
_PLAIN_FILE = 0o100644 << 16
_UNIX = 3


def entry(name: str) -> zipfile.ZipInfo:
    """A zip's entry of that name that says nothing of when and where it was made."""
    info = zipfile.ZipInfo(name, date_time=_EARLIEST)
    info.create_system = _UNIX
    info.external_attr = _PLAIN_FILE
    info.compress_type = zipfile.ZIP_STORED
    return info


async def write_zip(files: Iterable[OutgoingFile], sink: BinaryIO, *, sums: str | None = None) -> list[WrittenFile]:
    """Write the files into a zip, in their order, a piece at a time.

    ``sums`` is the name of one more file at the end: the SHA-256 of each, as ``sha256sum`` checks them.
    """
    written: list[WrittenFile] = []
    with zipfile.ZipFile(sink, "w") as archive:
        for file in files:
            digest, size = hashlib.sha256(), 0
            with archive.open(entry(file.name), "w") as stream:
                async with aclosing(file.pieces()) as pieces:
                    async for piece in pieces:
                        stream.write(piece)
                        digest.update(piece)
                        size += len(piece)
            written.append(WrittenFile(name=file.name, row_count=file.row_count, size=size, sha256=digest.hexdigest()))
        if sums is not None:
            archive.writestr(entry(sums), "".join(f"{file.sha256}  {file.name}\n" for file in written))
    return written
