"""Records of a CSV text, strictly: quotes must close, and nothing is guessed."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from .problems import ProblemList

Record = list[str]


def csv_records(text: Iterable[str], source: str, problems: ProblemList) -> Iterator[tuple[int, Record]]:
    """The records that are not blank, each with the line it begins in.

    Where the text stops being CSV a problem is added and the records end.
    """
    reader = csv.reader(text, strict=True)
    line = 1
    try:
        for cells in reader:
            if len(cells) > 1 or (cells and cells[0].strip()):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        problems.add(source, "csv", f"{_reason(str(error))}; nothing after it was read", line=line)


def _reason(said: str) -> str:
    if "end of data" in said:
        return "opens a quote that is never closed"
    if "field limit" in said:
        return f"has a cell of more than {csv.field_size_limit()} characters (a quote that is never closed?)"
    return f"is no CSV ({said})"
