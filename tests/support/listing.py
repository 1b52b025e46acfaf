"""Tables of tests in docstrings: number, what it is about, and the test that holds it."""

from __future__ import annotations

import re
from pathlib import Path

ROOTS = (Path(__file__).parents[1], Path(__file__).parents[2] / "src" / "testing" / "contracts")
_LINE = re.compile(r"^\s*(?P<number>[A-Z]\d+)\s+(?P<file>\w+\.py)::(?P<test>test_\w+)", re.MULTILINE)


def listed(docstring: str) -> list[tuple[str, str, str]]:
    """Number, file and test of each line of the table."""
    return [(found["number"], found["file"], found["test"]) for found in _LINE.finditer(docstring)]


def missing(docstring: str) -> list[str]:
    """The tests of the table that there are not, in any file of that name."""
    return [f"{number} {file}::{test}" for number, file, test in listed(docstring) if not _is_there(file, test)]


def _is_there(file: str, test: str) -> bool:
    wanted = re.compile(rf"def {test}\(")
    places = (path for root in ROOTS for path in root.rglob(file))
    return any(wanted.search(path.read_text(encoding="utf-8")) for path in places)
