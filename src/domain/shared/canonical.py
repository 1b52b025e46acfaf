"""Canonical bytes: what digests are made of, the same in memory, SQLite, PostgreSQL and files.

A *record* is packed field by field, in the order that its encoding names:

========  ======================================================================================
text      4 bytes big-endian length, then UTF-8 (NFC); null is the length ``ff ff ff ff``
number    8 bytes big-endian IEEE 754; null is the quiet NaN ``7f f8 00 00 00 00 00 00``, which no value can be
document  a text: JSON with keys in code point order, no white space, numbers as ``number_text`` writes them
========  ======================================================================================

A digest is SHA-256 over a one-line tag, a zero byte, and the packed fields; the tag keeps a row, a bucket, a level
and a signature from ever being mistaken for one another.  Specified in ``docs/reference/digests.md``.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from typing import Any

from ..errors import InvalidRequestError
from .numbers import finite, number_text

_NULL_TEXT = b"\xff\xff\xff\xff"
NULL_NUMBER: float = struct.unpack(">d", bytes.fromhex("7ff8000000000000"))[0]
_DOUBLE = struct.Struct(">d")
DOCUMENT_LEVELS = 100
VALUE_LEVELS = 64  # fewer, since a kept value stands inside other documents: an event's details, a plan's digest


def pack_text(value: str | None) -> bytes:
    """A text field: length and UTF-8, or the null mark."""
    if value is None:
        return _NULL_TEXT
    data = value.encode()
    return len(data).to_bytes(4, "big") + data


def pack_number(value: float | None) -> bytes:
    """A number field: IEEE 754, or the null mark.

    Raises:
        ValueError: the number is not finite.
    """
    return _DOUBLE.pack(NULL_NUMBER if value is None else finite(value))


def digest(tag: str, *parts: bytes) -> bytes:
    """SHA-256 over the tag, a zero byte and the parts, one after the other: 32 bytes."""
    hasher = hashlib.sha256(tag.encode() + b"\0")
    for part in parts:
        hasher.update(part)
    return hasher.digest()


def document(value: object, *, levels: int = DOCUMENT_LEVELS) -> str:
    """The value as canonical JSON text: equal values give equal text.

    Raises:
        ValueError: it holds a number that is not finite, a lone surrogate, or something JSON does not know, or its
            lists and objects are nested deeper than so many levels.
    """
    text = _written(value, levels)
    text.encode()  # a lone surrogate has no UTF-8
    return text


def json_value(value: object, *, what: str) -> Any:
    """A copy of the value as every store gives it back: lists for tuples, plain texts, ``2`` for ``2.0``.

    Raises:
        InvalidRequestError: JSON cannot hold the value; the sentence names ``what`` it is.
    """
    try:
        return json.loads(document(value, levels=VALUE_LEVELS))
    except ValueError as error:
        raise InvalidRequestError(f"The {what} cannot be kept: {error}.") from error


def _written(value: Any, levels: int) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, int | float):
        return number_text(finite(value))
    if levels == 0 and isinstance(value, Mapping | list | tuple):
        raise ValueError("is nested too deeply")
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("a key that is not a text has no canonical form")
        return "{" + ",".join([f"{_quoted(key)}:{_written(value[key], levels - 1)}" for key in sorted(value)]) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join([_written(item, levels - 1) for item in value]) + "]"
    raise ValueError(f"{type(value).__name__} has no canonical form")


_quoted = json.JSONEncoder(ensure_ascii=False).encode
