"""Fields of input rows: what a cell may hold, checked the same whoever brings it."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from ..shared.canonical import document
from ..shared.ids import is_keepable
from ..shared.numbers import finite

CELL_LENGTH = 4096


class FieldKind(StrEnum):
    """The kinds of cell."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    DATE = "date"
    CHOICE = "choice"
    DOCUMENT = "document"


class CellError(ValueError):
    """A cell breaks its rule; the message completes the sentence "column value …"."""

    def __init__(self, rule: str, message: str) -> None:
        """Name the rule, for programs, and say it, for people."""
        super().__init__(message)
        self.rule = rule
        self.field = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a section: its kind, whether it may be empty, its range, and how long its text may be."""

    name: str
    kind: FieldKind = FieldKind.TEXT
    required: bool = False
    default: str | float | None = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    max_length: int = CELL_LENGTH

    def check(self, value: Any) -> Any:
        """The value as it is kept: NFC text, finite float, ISO date text, canonical JSON text.

        Empty text and None mean the default.

        Raises:
            CellError: the value breaks a rule of the field.
        """
        try:
            return self._missing() if value is None or value == "" else _CHECKS[self.kind](self, value)
        except CellError as error:
            error.field = self.name
            raise

    def _missing(self) -> str | float | None:
        if self.required:
            raise CellError("required", "is empty, but needs a value")
        return self.default

    def _number(self, value: Any) -> float:
        try:
            number = finite(value)
        except ValueError as error:
            raise CellError("number", str(error)) from error
        if self.minimum is not None and number < self.minimum:
            raise CellError("range", f"is below {self.minimum:g}")
        if self.maximum is not None and number > self.maximum:
            raise CellError("range", f"is above {self.maximum:g}")
        return number

    def _integer(self, value: Any) -> int:
        number = self._number(value)
        if not number.is_integer():
            raise CellError("number", "is not a whole number")
        return int(number)

    def _text(self, value: Any) -> str:
        if not isinstance(value, str):
            raise CellError("text", "is not a text")
        text = unicodedata.normalize("NFC", value)
        if len(text) > self.max_length:
            raise CellError("length", f"is longer than {self.max_length} characters")
        if not is_keepable(text):
            raise CellError("text", "holds a character that cannot be kept")
        if text != text.strip():
            raise CellError("text", "begins or ends with a space")
        return text

    def _date(self, value: Any) -> str:
        if isinstance(value, datetime):
            raise CellError("date", "is a point in time, not a date")
        if isinstance(value, date):
            return value.isoformat()
        text = self._text(value)
        try:
            if len(text) == len("2026-11-20"):
                return date.fromisoformat(text).isoformat()
        except ValueError:
            pass
        raise CellError("date", "is not a date (write 2026-11-20)")

    def _choice(self, value: Any) -> str:
        text = self._text(value)
        if text not in self.choices:
            raise CellError("choice", f"is none of {', '.join(self.choices)}")
        return text

    def _document(self, value: Any) -> str:
        try:
            content = json.loads(value) if isinstance(value, str) else value
            text = document(content)
        except (ValueError, RecursionError) as error:
            raise CellError("document", "is not JSON that can be kept") from error
        if not isinstance(content, dict):
            raise CellError("document", "is not a JSON object")
        return text


_CHECKS = {
    FieldKind.TEXT: Field._text,  # noqa: SLF001 (the table of its own methods)
    FieldKind.NUMBER: Field._number,  # noqa: SLF001
    FieldKind.INTEGER: Field._integer,  # noqa: SLF001
    FieldKind.DATE: Field._date,  # noqa: SLF001
    FieldKind.CHOICE: Field._choice,  # noqa: SLF001
    FieldKind.DOCUMENT: Field._document,  # noqa: SLF001
}
