"""Packs the rows of a section into canonical bytes, a column at a time because contents hold a million rows."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, repeat
from typing import Any

from ..shared.canonical import pack_number, pack_text
from .fields import FieldKind
from .sections import InputRow, Section

_MOST_REMEMBERED = 50_000
_NUMBER_BYTES = 8
_NULL_NUMBER = pack_number(None)
_NUMBERS = {FieldKind.NUMBER, FieldKind.INTEGER}

Pack = Callable[[Sequence[Any]], Iterable[bytes]]


class _PackedTexts(dict[Any, bytes]):
    """Texts packed and remembered: codes and periods repeat by the thousand."""

    def __missing__(self, text: str | None) -> bytes:
        packed = pack_text(text)
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        self[text] = packed
        return packed


def packer(section: Section) -> Callable[[Sequence[InputRow]], bytes]:
    """A function from rows of the section to their bytes: row after row, field by field in the order of ``fields``.

    What a row carries behind its fields does not count.  It raises ValueError for a number that is not finite.
    """
    packs: list[Pack] = [_pack_numbers if rule.kind in _NUMBERS else _text_packer() for rule in section.fields]

    def packed(rows: Sequence[InputRow]) -> bytes:
        columns = [pack(column) for pack, column in zip(packs, zip(*rows, strict=True), strict=False)]
        return b"".join(chain.from_iterable(zip(*columns, strict=False)))

    return lambda rows: packed(rows) if rows else b""


def _text_packer() -> Pack:
    remembered = _PackedTexts().__getitem__
    return lambda texts: map(remembered, texts)


def _pack_numbers(values: Sequence[Any]) -> Iterable[bytes]:
    kinds = set(map(type, values))
    if kinds == {float} and all(map(math.isfinite, values)):
        # Adding zero makes -0.0 the 0.0 that it equals.
        data = struct.pack(f">{len(values)}d", *[value + 0.0 for value in values])
        return [data[start : start + _NUMBER_BYTES] for start in range(0, len(data), _NUMBER_BYTES)]
    if kinds == {type(None)}:
        return repeat(_NULL_NUMBER)
    return map(pack_number, values)
