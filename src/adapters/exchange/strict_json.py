"""Reads a JSON object strictly: no doubled keys, no number that would change, no bottomless nesting."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from ...domain.shared.numbers import EXACT_INTEGERS, SIGNIFICANT_DIGITS
from .problems import ProblemList

DEPTH = 64
_MANTISSA = re.compile(r"-?([0-9]+)(?:\.([0-9]+))?")


class _Pairs(list[tuple[str, Any]]):
    """The members of a JSON object as they stand, before doubled keys are looked for."""

    __slots__ = ()


class Refused:
    """A number that is not kept; it stands in its place until its path is known."""

    def __init__(self, text: str, reason: str) -> None:
        self.text = text
        self.reason = reason


def read_object(text: str, source: str, problems: ProblemList) -> dict[str, Any] | None:
    """The object that a JSON text holds; None, and problems with their paths, when it is not kept as it is."""
    before = problems.total
    try:
        value = json.loads(
            text,
            object_pairs_hook=_Pairs,
            parse_float=exact_decimal,
            parse_int=exact_integer,
            parse_constant=no_constant,
        )
    except json.JSONDecodeError as error:
        problems.add(source, "json-syntax", f"is no JSON ({error.msg})", line=error.lineno)
        return None
    except RecursionError:
        problems.add(source, "json-depth", f"is nested deeper than {DEPTH} levels")
        return None
    opened = _Walk(source, problems).opened(value, "", 1)
    if problems.total != before:
        return None
    if not isinstance(opened, dict):
        problems.add(source, "json-type", "is not a JSON object")
        return None
    return opened


def joined(path: str, name: str) -> str:
    """The path of a member of an object: ``periods[0].weeks``."""
    return f"{path}.{name}" if path else name


class _Walk:
    """Opens objects and refuses what is not kept, naming the path."""

    def __init__(self, source: str, problems: ProblemList) -> None:
        self._source = source
        self._problems = problems

    def opened(self, value: Any, path: str, depth: int) -> Any:
        if depth > DEPTH and isinstance(value, list):
            self._refuse("json-depth", f"is nested deeper than {DEPTH} levels", path)
            return None
        if isinstance(value, _Pairs):
            return self._object(value, path, depth)
        if isinstance(value, list):
            return [self.opened(item, f"{path}[{index}]", depth + 1) for index, item in enumerate(value)]
        if isinstance(value, Refused):
            self._refuse("number", value.reason, path, value.text)
            return None
        if isinstance(value, str):
            self._check_text(value, path)
        return value

    def _object(self, pairs: _Pairs, path: str, depth: int) -> dict[str, Any]:
        opened: dict[str, Any] = {}
        for name, value in pairs:
            here = joined(path, name)
            self._check_text(name, path)
            if name in opened:
                self._refuse("json-duplicate-key", "stands twice in its object", here)
            opened[name] = self.opened(value, here, depth + 1)
        return opened

    def _check_text(self, text: str, path: str) -> None:
        try:
            text.encode()
        except UnicodeEncodeError:
            self._refuse("text", "holds half a character (a lone surrogate)", path)

    def _refuse(self, rule: str, message: str, path: str, value: str | None = None) -> None:
        shown = path.encode(errors="replace").decode() or None
        self._problems.add(self._source, rule, message, column=shown, value=value)


def exact_decimal(text: str) -> float | Refused:
    """A JSON number with point or exponent (``parse_float``)."""
    value = float(text)
    if not math.isfinite(value):
        return no_constant(text)
    match = _MANTISSA.match(text)
    digits = "".join(part or "" for part in match.groups()) if match else ""
    significant = len(digits.strip("0"))
    if significant > SIGNIFICANT_DIGITS:
        return Refused(text, f"has {significant} significant digits; at most {SIGNIFICANT_DIGITS} are kept")
    return value + 0.0


def exact_integer(text: str) -> int | Refused:
    """A JSON number without point or exponent (``parse_int``)."""
    if len(text) > len(str(EXACT_INTEGERS)) + 1 or abs(int(text)) > EXACT_INTEGERS:
        return Refused(text, "is an integer beyond 2^53, which a float64 cannot keep exactly")
    return int(text)


def no_constant(text: str) -> Refused:
    """``NaN`` and ``Infinity``, which are no JSON but which Python reads (``parse_constant``)."""
    return Refused(text, "is not a finite number")
