"""What must hold between rows: keys once, shares that add up to 1, a bill of materials without circles."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from ...domain.inputs.sections import BOM_LINKS, MIX_SHARES, SECTIONS_BY_NAME
from ...domain.shared.numbers import number_text
from .csv_tables import Table
from .problems import ProblemList

SHARE_TOLERANCE = 1e-6


def check_tables(section: str, tables: Sequence[Table], problems: ProblemList) -> None:
    """Add what is wrong between the rows of a section, whichever of its files they come from."""
    _check_keys(section, tables, problems)
    if all(table.sound for table in tables):
        if section == MIX_SHARES.name:
            _check_shares(tables, problems)
        elif section == BOM_LINKS.name:
            _check_circles(tables, problems)


def _check_keys(section: str, tables: Sequence[Table], problems: ProblemList) -> None:
    key_of = SECTIONS_BY_NAME[section].key_of()
    keys = {key for table in tables for key in map(key_of, table.rows)}
    if len(keys) == sum(len(table.rows) for table in tables):
        return
    first: dict[tuple[Any, ...], tuple[Table, int]] = {}
    for table in tables:
        for index, row in enumerate(table.rows):
            key = key_of(row)
            earlier, place = first.setdefault(key, (table, index))
            if (earlier, place) != (table, index):
                where = f"line {earlier.line(place)}"
                if earlier is not table:
                    where += f" of {earlier.source}"
                name = " ".join(str(part) for part in key if part != "")
                message = f"{name} stands twice (first in {where})"
                problems.add(table.source, "duplicate-key", message, line=table.line(index))


def _check_shares(tables: Sequence[Table], problems: ProblemList) -> None:
    shares: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    last: dict[tuple[str, str], tuple[Table, int]] = {}
    for table in tables:
        for index, row in enumerate(table.rows):
            group = (row[0], row[2])
            shares[group].append(row[3])
            last[group] = (table, index)
    for (family, since), parts in shares.items():
        total = math.fsum(parts)
        if abs(total - 1) > SHARE_TOLERANCE:
            whose = f"shares of family {family}{f' from {since}' if since else ''}"
            message = f"{whose} add up to {number_text(round(total, 9))}, not 1"
            table, index = last[family, since]
            problems.add(table.source, "share-sum", message, line=table.line(index), column="share", value=family)


def _check_circles(tables: Sequence[Table], problems: ProblemList) -> None:
    children: defaultdict[str, list[tuple[str, Table, int]]] = defaultdict(list)
    for table in tables:
        for index, row in enumerate(table.rows):
            children[row[0]].append((row[1], table, index))
    done: set[str] = set()
    for start in children:
        if start not in done:
            for circle, table, index in _circles(start, children, done):
                message = f"goes round in a circle: {' > '.join(circle)}"
                problems.add(table.source, "bom-circle", message, line=table.line(index), value=circle[0])


def _circles(
    start: str, children: dict[str, list[tuple[str, Table, int]]], done: set[str]
) -> Iterator[tuple[list[str], Table, int]]:
    """Walk down from an item without recursion; every link back to an item above closes a circle."""
    path = {start: iter(children.get(start, ()))}
    while path:
        item, links = next(reversed(path.items()))
        for child, table, index in links:
            if child in path:
                above = list(path)
                yield [*above[above.index(child) :], child], table, index
            elif child not in done:
                path[child] = iter(children.get(child, ()))
                break
        else:
            done.add(item)
            del path[item]
