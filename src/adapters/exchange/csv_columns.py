"""Turns the cells of one CSV column into checked values, a column at a time because files hold a million cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ...domain.inputs.fields import CELL_LENGTH, CellError, Field, FieldKind
from ...domain.shared.numbers import NumberTextError
from .formula_guard import unguarded
from .series_numbers import read_number

_MEMO_LIMIT = 100_000
_NUMBERS = {FieldKind.NUMBER, FieldKind.INTEGER}
# One match over a whole column costs less than a call per cell.  What it does not match is looked at cell by cell.
# Up to 15 characters there is nothing to check but the form: every such number is kept exactly as it is written.
_PLAIN_LENGTH = 15
_PLAIN_NUMBERS = re.compile(r"(?:[+-]?[0-9]++(?:\.[0-9]*+)?+\n)*+")


class CellMemo(dict[str, Any]):
    """The checked value of each text seen: codes, periods and sources repeat by the thousand."""

    def __init__(self, field: Field, *, guarded: bool = True) -> None:
        super().__init__()
        self.field = field
        self.guarded = guarded

    def __missing__(self, text: str) -> Any:
        """Check a text seen for the first time.

        Raises:
            CellError: it breaks a rule of the field.
        """
        value = self._checked(text)
        if len(self) >= _MEMO_LIMIT:
            self.clear()
        self[text] = value
        return value

    def _checked(self, text: str) -> Any:
        if len(text) > CELL_LENGTH:
            raise CellError("length", f"is longer than {CELL_LENGTH} characters")
        if text and self.field.kind in _NUMBERS:
            try:
                return self.field.check(read_number(text))
            except NumberTextError as error:
                raise CellError("number", str(error)) from error
        value = self.field.check(unguarded(text) if self.guarded else text)
        if self.field.kind is FieldKind.DOCUMENT and "\\u" in text:
            _check_encodable(value)
        return value


class CellColumn:
    """One column of a file: its header, its place in the line, and the rule of its cells."""

    def __init__(self, header: str, position: int, field: Field, *, guarded: bool = True) -> None:
        self.header = header
        self.position = position
        self.field = field
        self.cells = CellMemo(field, guarded=guarded)

    def cell(self, text: str) -> Any:
        """The value of one cell.

        Raises:
            CellError: the cell breaks its rule.
        """
        return self.cells[text]

    def values(self, texts: Sequence[str]) -> Sequence[Any]:
        """The values of many cells, in their order.

        Raises:
            CellError: one of the cells breaks its rule; which one is for ``cell`` to say.
        """
        if self.field.kind is FieldKind.NUMBER:
            numbers = self._numbers(texts)
            if numbers is not None:
                return numbers
        return list(map(self.cells.__getitem__, texts))

    def _numbers(self, texts: Sequence[str]) -> list[float] | None:
        joined = "\n".join(texts) + "\n"
        if not _PLAIN_NUMBERS.fullmatch(joined) or max(map(len, texts)) > _PLAIN_LENGTH:
            return None
        numbers = list(map(float, texts))
        if "-" in joined:
            numbers = [number + 0.0 for number in numbers]
        low, high = self.field.minimum, self.field.maximum
        if (low is not None and min(numbers) < low) or (high is not None and max(numbers) > high):
            return None
        return numbers


def _check_encodable(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise CellError("document", "holds half a character (a lone surrogate)") from error
