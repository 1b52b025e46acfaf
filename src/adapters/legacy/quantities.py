"""Quantities of artifacts: as they are kept, added up, and as canonical text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

from ...domain.shared.numbers import number_text


def extra(values: Mapping[str, float | None]) -> str:
    """Canonical JSON of numbers, composed: there is one for every row."""
    parts = [f'"{name}":{text_of(value)}' for name, value in sorted(values.items()) if value is not None]
    return "{" + ",".join(parts) + "}"


class _NumberTexts(dict[float | None, str]):
    """``number_text`` remembered: quantities repeat."""

    _LIMIT = 100_000

    def __missing__(self, value: float | None) -> str:
        text = number_text((value or 0.0) + 0.0)
        if len(self) >= self._LIMIT:
            self.clear()
        self[value] = text
        return text


text_of: Callable[[float | None], str] = _NumberTexts().__getitem__


def plain(value: float | None) -> float | None:
    """The number as it is kept: ``0.0`` for ``-0.0``, null for null."""
    return None if value is None else value + 0.0


def summed(values: Iterable[float | None]) -> float | None:
    """The exact sum of those that are not null; null when all are."""
    known = [value for value in values if value is not None]
    return math.fsum(known) + 0.0 if known else None
