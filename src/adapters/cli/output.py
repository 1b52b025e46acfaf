"""Answers on stdout: one JSON document, or text and tables for people."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from .invocation import coloured

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_UNBOUNDED = 100_000


def on_terminal() -> bool:
    """Whether stdout is read by a person right now."""
    return sys.stdout.isatty()


def draws() -> bool:
    """Whether bars and sparklines can be shown: a terminal that knows the characters."""
    return on_terminal() and "utf" in (sys.stdout.encoding or "").lower()


def write_json(document: object) -> None:
    """Write the one JSON document of a call, its fields in their fixed order."""
    click.echo(json.dumps(document, ensure_ascii=not _unicode(), indent=2, allow_nan=False))


def write_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Iterable[str] = ()) -> None:
    """Write rows under their column names; columns named in ``right`` hold numbers."""
    from rich.table import Table  # noqa: PLC0415 (rich costs more than most answers)
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    numeric = set(right)
    for column in columns:
        table.add_column(column, justify="right" if column in numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(_cell(cell)) for cell in row))
    write(table)


def write_fields(fields: Iterable[tuple[str, object]]) -> None:
    """Write names and values below one another; what is null is left out."""
    shown = [(name, _cell(value)) for name, value in fields if value is not None]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        first, *more = value.split("\n")
        click.echo(f"{name:<{width}}  {first}".rstrip())
        for line in more:
            click.echo(f"{'':<{width}}  {line}")


def under(heading: str, values: Mapping[str, Any], *, indent: int = 2) -> Iterator[tuple[str, object]]:
    """Fields below a heading of their own, for ``write_fields``; what is null or empty is left out."""
    known = {name: value for name, value in values.items() if value is not None and value not in ({}, [])}
    if not known:
        return
    yield f"{'':<{indent}}{heading}", ""
    for name, value in known.items():
        if isinstance(value, Mapping):
            yield from under(name, value, indent=indent + 2)
        elif isinstance(value, list | tuple):
            yield f"{'':<{indent + 2}}{name}", json.dumps(value, ensure_ascii=False)
        else:
            yield f"{'':<{indent + 2}}{name}", value


def write(renderable: RenderableType) -> None:
    """Write what rich renders: as wide as the terminal, and without limit where there is none."""
    buffer = io.StringIO()
    console(buffer).print(renderable)
    lines = (line.rstrip() for line in buffer.getvalue().splitlines())
    click.echo("\n".join(lines), color=True if on_terminal() and coloured() else None)


def console(buffer: io.StringIO) -> Console:
    """A rich console that renders into ``buffer`` for stdout."""
    from rich.console import Console  # noqa: PLC0415

    fancy = on_terminal() and coloured()
    return Console(
        file=buffer,
        width=shutil.get_terminal_size().columns if on_terminal() else _UNBOUNDED,
        force_terminal=fancy,
        color_system="auto" if fancy else None,
        markup=False,
        highlight=False,
        emoji=False,
    )


def _unicode() -> bool:
    return "utf" in (sys.stdout.encoding or "").lower()


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
