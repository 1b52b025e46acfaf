"""Opens text that somebody sent: finds its encoding strictly, keeps its size in bounds, names its failures.

UTF-8 (with or without byte order mark), UTF-16 with byte order mark, then CP932, each without any replacement
character.  The bytes are read twice, once to find the encoding and once to be used, so that memory does not grow
with the file.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from ...application.exchange import NamedStream
from ...domain.errors import InvalidRequestError, TooLargeError, UnsupportedEncodingError

FILE_BYTES = 64 * 1024 * 1024
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8-SIG",
    "utf-16": "UTF-16",
    "cp932": "CP932",
    "shift_jis": "CP932",
}
_CHUNK = 1 << 20
_FIRST_CHARACTERS = 4
_CODECS = {"UTF-8": "utf-8", "UTF-8-SIG": "utf-8-sig", "UTF-16": "utf-16", "CP932": "cp932"}
# Python's cp932 also takes bytes that no Japanese Windows writes into text; what holds them is something else.
_NO_CP932 = re.compile("[\0\x80\xa0\uf8f0-\uf8f3]")


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn what the operating system and the decoder say into refusals that name the file.

    Raises:
        InvalidRequestError: the file cannot be opened or read.
        UnsupportedEncodingError: its bytes are not in the encoding that was found.
    """
    try:
        yield
    except OSError as error:
        raise InvalidRequestError(
            f"{name} cannot be read ({error.strerror or error}).",
            remedy="Check that it is a file and that this process may read it.",
            name=name,
        ) from error
    except UnicodeError as error:
        raise _no_encoding(name) from error


def encoding_of(file: NamedStream, *, limit: int | None = FILE_BYTES, said: str | None = None) -> str:
    """The encoding of a file: ``UTF-8``, ``UTF-8-SIG``, ``UTF-16`` or ``CP932``.

    ``said`` is what somebody says it is, one of ``ENCODINGS``; without that it is found.

    Raises:
        UnsupportedEncodingError: none of them reads every byte, or what was said does not.
        TooLargeError: the file holds more bytes than ``limit``.
        InvalidRequestError: it cannot be read.
    """
    with reading(file.name):
        for encoding in _candidates(file) if said is None else _said(file, said):
            if _reads(file, encoding, limit):
                return encoding
    raise _no_encoding(file.name) if said is None else _not_so(file.name, said)


@contextmanager
def open_text(file: NamedStream, encoding: str) -> Iterator[TextIO]:
    """The text of a file in an encoding found by ``encoding_of``; line ends as they are.

    Raises:
        InvalidRequestError, UnsupportedEncodingError: as ``reading``.
    """
    with reading(file.name), file.open() as stream:
        yield io.TextIOWrapper(stream, encoding=_CODECS[encoding], errors="strict", newline="")


def _candidates(file: NamedStream) -> tuple[str, ...]:
    with file.open() as stream:
        head = stream.read(3)
    if head.startswith(codecs.BOM_UTF8):
        return ("UTF-8-SIG",)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("UTF-16",)
    return ("UTF-8", "CP932")


def _said(file: NamedStream, said: str) -> tuple[str, ...]:
    encoding = ENCODINGS.get(said.lower())
    if encoding is None:
        raise InvalidRequestError(
            f"There is no encoding {said[:80]!r} here.", remedy=f"One of: {', '.join(ENCODINGS)}.", encoding=said[:80]
        )
    marked = _candidates(file)
    if encoding == "UTF-8" and marked == ("UTF-8-SIG",):
        return marked  # the mark is no part of the text
    if encoding in {"UTF-8-SIG", "UTF-16"} and marked != (encoding,):
        return ()
    return (encoding,)


def _reads(file: NamedStream, encoding: str, limit: int | None) -> bool:
    decoder = codecs.getincrementaldecoder(_CODECS[encoding])("strict")
    size = 0
    first = ""
    with file.open() as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if limit is not None and size > limit:
                raise TooLargeError(f"{file.name} is larger than {limit} bytes.", name=file.name, limit=limit)
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError:
                return False
            first = first or text[:_FIRST_CHARACTERS]
            # UTF-16 and UTF-32 without a mark pass as text full of zeros.
            if "\0" in first or (encoding == "CP932" and _NO_CP932.search(text)):
                return False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _no_encoding(name: str) -> UnsupportedEncodingError:
    return UnsupportedEncodingError(
        f"{name} is neither UTF-8, nor UTF-16 with a byte order mark, nor CP932.",
        remedy="Save it as UTF-8 and send it again.",
        name=name,
    )


def _not_so(name: str, said: str) -> UnsupportedEncodingError:
    mark = " with a byte order mark" if said.lower() in {"utf-8-sig", "utf-16"} else ""
    return UnsupportedEncodingError(
        f"{name} is not {said}{mark}.",
        remedy="Leave out the encoding, so that it is found file by file, or name the right one.",
        name=name,
        encoding=said,
    )
