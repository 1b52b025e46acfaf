"""Apostrophes before text that a spreadsheet would take for a formula: put on by exports, taken off by imports.

An import takes one apostrophe off every cell that begins with apostrophes and then ``=``, ``+``, ``-`` or ``@``, in
ASCII or full width.  So an export puts one more on every such cell, and where it has to be safe for spreadsheets also
on cells that begin with the sign itself.
"""

from __future__ import annotations

import re

_SIGNS = r"[=+\-@＝＋－＠]"  # noqa: RUF001 (spreadsheets in Japan take the full-width forms too)
_FORMULA = re.compile(f"'*{_SIGNS}")
_GUARDED = re.compile(f"'+{_SIGNS}")


def guarded(text: str, *, safe: bool) -> str:
    """The text as it is written into a CSV cell, ``safe`` for spreadsheets or not; ``unguarded`` undoes it."""
    return f"'{text}" if (_FORMULA if safe else _GUARDED).match(text) else text


def unguarded(text: str) -> str:
    """The text that a CSV cell means."""
    return text[1:] if _GUARDED.match(text) else text
