"""``diff_report.json`` as text in pieces: the whole difference, in flat memory however many rows changed."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from ...domain.inputs.difference import RowPair
from ...domain.inputs.sections import SECTIONS, Section
from ..difference_presentation import REPORT_KEYS, compared_fields, pair_fields, summary_fields
from ..unit_of_work import UnitOfWork
from .diff_inputs import Compared, differing_rows, section_differences

REPORT_FILE = "diff_report.json"
_KINDS: dict[str, Callable[[RowPair], bool]] = {
    "added": lambda pair: pair.previous is None,
    "removed": lambda pair: pair.current is None,
    "changed": lambda pair: pair.current is not None and pair.previous is not None,
}


async def difference_report(uow: UnitOfWork, compared: Compared) -> AsyncGenerator[bytes, None]:
    """The report of ``difference_fields`` with every row in it, as UTF-8.

    A section's three lists stand one after the other, so its rows are read once for each.
    """
    yield _text(compared_fields(compared.current, compared.previous)).removesuffix("}").encode()
    for section in SECTIONS:
        yield f', "{REPORT_KEYS[section.name]}": '.encode()
        async with aclosing(_section(uow, compared, section)) as pieces:
            async for piece in pieces:
                yield piece.encode()
    summary = summary_fields(await section_differences(uow, compared, rows=0))
    yield f', "summary": {_text(summary)}, "truncated": false}}\n'.encode()


async def _section(uow: UnitOfWork, compared: Compared, section: Section) -> AsyncGenerator[str, None]:
    opening = "{"
    for kind, belongs in _KINDS.items():
        yield f'{opening}"{kind}": ['
        opening, comma = "], ", ""
        async with aclosing(differing_rows(uow, compared, section)) as batches:
            async for batch in batches:
                rows = [_text(pair_fields(section, pair)) for pair in batch if belongs(pair)]
                if rows:
                    yield comma + ", ".join(rows)
                    comma = ", "
    yield "]}"


def _text(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, allow_nan=False)
