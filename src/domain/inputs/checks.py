"""What must hold between rows: shares that add up to 1, a bill of materials without circles.

Each check reads the streams of the sections that it is about.  Its memory grows with distinct codes (a circle's also
with links, a reference each), never with rows.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ..shared.numbers import number_text
from .sections import BOM_LINKS, MIX_SHARES, InputRow

SHARE_TOLERANCE = 1e-6

Batches = Callable[[str], Iterator[Sequence[InputRow]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong or odd between rows, told at the row of that key. ``rule`` is its stable name."""

    section: str
    key: tuple[Any, ...]
    rule: str
    message: str
    field: str | None = None
    value: str | None = None
    severity: str = "error"


def share_findings(batches: Batches, *, tolerance: float) -> Iterator[Finding]:
    """Families whose shares do not add up to 1, for each date from which they hold."""
    rows = (row for batch in batches(MIX_SHARES.name) for row in batch)
    for family, group in groupby(rows, lambda row: row[0]):
        parts: dict[str, list[float]] = {}
        last: dict[str, tuple[Any, ...]] = {}
        for row in group:
            parts.setdefault(row[2], []).append(row[3])
            last[row[2]] = (row[0], row[1], row[2])
        for since, shares in parts.items():
            total = math.fsum(shares)
            if abs(total - 1) > tolerance:
                whose = f"shares of family {family}{f' from {since}' if since else ''}"
                yield Finding(
                    section=MIX_SHARES.name,
                    key=last[since],
                    rule="share-sum",
                    message=f"{whose} add up to {number_text(round(total, 9))}, not 1",
                    field="share",
                    value=family,
                )


def circle_findings(batches: Batches) -> Iterator[Finding]:
    """Links that close a circle in the bill of materials."""
    children: dict[str, list[str]] = {}
    for batch in batches(BOM_LINKS.name):
        for row in batch:
            children.setdefault(sys.intern(row[0]), []).append(sys.intern(row[1]))
    done: set[str] = set()
    for start in children:
        if start not in done:
            for circle, link in _circles(start, children, done):
                yield Finding(
                    section=BOM_LINKS.name,
                    key=link,
                    rule="bom-circle",
                    message=f"goes round in a circle: {' > '.join(circle)}",
                    value=circle[0],
                )


def _circles(start: str, children: dict[str, list[str]], done: set[str]) -> Iterator[tuple[list[str], tuple[str, str]]]:
    """Walk down from an item without recursion; every link back to an item above closes a circle."""
    path = {start: iter(children.get(start, ()))}
    while path:
        item, links = next(reversed(path.items()))
        for child in links:
            if child in path:
                above = list(path)
                yield [*above[above.index(child) :], child], (item, child)
            elif child not in done:
                path[child] = iter(children.get(child, ()))
                break
        else:
            done.add(item)
            del path[item]
