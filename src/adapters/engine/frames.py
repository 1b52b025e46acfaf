"""The frames that the runner and its worker exchange over pipes.

A frame is the length of its body (4 bytes big-endian), its kind (1 byte) and the body in MessagePack.  The runner
sends ``SECTION`` frames, then one ``RUN``; it keeps the pipe open until it is done.  The worker answers with
``PROGRESS`` frames, ``HEADERS`` once it has computed, then for every level ``LEVEL``, ``ROWS`` and ``LEVEL_END``,
``HEADERS`` again and ``END``; or with ``FAILED`` at any time.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import Any

import msgspec

from ...domain.plans.series import SeriesRow

HEAD = struct.Struct(">IB")
ROWS_BY_FRAME = 2000


class Kind(IntEnum):
    """What a frame holds; bodies in parentheses."""

    SECTION = 1
    """Input rows ([section name, rows])."""
    RUN = 2
    """Start ([engine name, parameters])."""
    PROGRESS = 3
    """How far it is ([stage, share])."""
    HEADERS = 4
    """What artifacts say besides rows (a map)."""
    LEVEL = 5
    """A level begins (its name)."""
    ROWS = 6
    """Series rows in key order (a list)."""
    LEVEL_END = 7
    """The level is complete (null)."""
    END = 8
    """The plan is complete (null)."""
    FAILED = 9
    """There is no plan (a ``Failure``)."""


class Failure(msgspec.Struct, frozen=True):
    """An error raised on purpose, as it crosses the pipe."""

    code: str
    message: str
    remedy: str | None = None
    params: dict[str, str] = {}


_ENCODER = msgspec.msgpack.Encoder()
ANY_BODY = msgspec.msgpack.Decoder()
ROWS_BODY = msgspec.msgpack.Decoder(list[SeriesRow])
FAILURE_BODY = msgspec.msgpack.Decoder(Failure)


def frame(kind: Kind, body: Any = None) -> bytes:
    """The bytes of one frame."""
    packed = _ENCODER.encode(body)
    return HEAD.pack(len(packed), kind) + packed
