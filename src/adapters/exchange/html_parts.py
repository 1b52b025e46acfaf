"""Pages that are read without the store: every word of them is escaped, and they load nothing from anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b }
h1 { font-size: 1.6rem }
h2 { font-size: 1.15rem; margin-top: 2rem; border-bottom: 1px solid #ccc }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .25rem .6rem .25rem 0; vertical-align: top }
th { font-weight: 600; white-space: nowrap }
tr + tr > * { border-top: 1px solid #eee }
code { font-size: .85em; overflow-wrap: anywhere }
.bad { color: #a40000; font-weight: 600 }
.good { color: #1a5e20 }
@media print { body { margin: 0; max-width: none; font-size: 11px } }
"""


def page(title: str, body: str) -> str:
    """A whole page with its title as the first heading; the body is HTML."""
    said = escape(title)
    head = f'<meta charset="utf-8"><title>{said}</title><style>{_STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body><h1>{said}</h1>{body}</body></html>\n'


def table(head: Sequence[str] | None, rows: Iterable[Sequence[str]]) -> str:
    """A table; without a head the first cell of each row names it."""
    top = "" if head is None else "<tr>" + "".join(f"<th>{name}</th>" for name in head) + "</tr>"
    return "<table>" + top + "".join(_rows(rows, named=head is None)) + "</table>"


def _rows(rows: Iterable[Sequence[str]], *, named: bool) -> Iterator[str]:
    for first, *others in rows:
        opening = f"<th>{first}</th>" if named else f"<td>{first}</td>"
        yield f"<tr>{opening}{''.join(f'<td>{cell}</td>' for cell in others)}</tr>"


def text(value: object) -> str:
    """Words, escaped; a dash where there are none."""
    return "-" if value is None or value == "" else escape(str(value))


def code(value: object) -> str:
    """Words as they stand in files, escaped."""
    return f"<code>{escape(str(value))}</code>"


def judged(said: str, *, good: bool) -> str:
    """Words in the colour of good or bad news."""
    return f'<span class="{"good" if good else "bad"}">{escape(said)}</span>'
