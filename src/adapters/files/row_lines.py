"""Series rows as JSON lines that lose nothing: one array a row, in the order of the columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

import msgspec

from ...domain.errors import IntegrityError
from ...domain.plans.series import SeriesRow

_BLOCK = 1 << 20
_REMEDY = "Repair it from the other store, or restore a backup."
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(SeriesRow)


def row_lines(rows: Sequence[SeriesRow]) -> bytes:
    """The rows, a line each; numbers have the shortest text that gives them back."""
    return bytes(_encoder.encode_lines(rows))


def rows_of(file: BinaryIO, *, shown: str, size: int | None = None) -> Iterator[tuple[bytes, list[SeriesRow]]]:
    """The bytes of whole lines as they come, with the rows that they hold: of so many bytes, or to the end.

    Raises:
        IntegrityError: a line is no row, or the last one was cut off.
    """
    rest, left = b"", size
    while block := file.read(_BLOCK if left is None else min(_BLOCK, left)):
        left = None if left is None else left - len(block)
        whole, newline, tail = (rest + block).rpartition(b"\n")
        rest = tail
        if newline:
            data = whole + newline
            yield data, _decoded(data, shown)
    if rest:
        raise IntegrityError(f"{shown} ends in the middle of a row.", remedy=_REMEDY, file=shown)


def _decoded(data: bytes, shown: str) -> list[SeriesRow]:
    try:
        return _decoder.decode_lines(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise IntegrityError(
            f"{shown} holds a line that is no series row ({error}).", remedy=_REMEDY, file=shown
        ) from error
