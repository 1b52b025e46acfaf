"""``planvault inputs diff`` and ``preview``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

import click

from ...application.difference_presentation import difference_fields
from ...application.inputs.diff_inputs import DEFAULT_ROWS
from ...application.inputs.preview_inputs import PREVIEW_ROWS
from ...application.planner import Planner
from ...application.preview_presentation import preview_fields
from ...domain.errors import InvalidRequestError
from .difference_views import write_difference, write_preview
from .files import written_together
from .invocation import invocation
from .nouns import Command
from .output import write_json

FORMS = ("text", "json", "csv")
SHOWN_ROWS = 20
_STDOUT = Path("-")


@click.command("diff", cls=Command)
@click.argument("current", metavar="A")
@click.argument("previous", metavar="[B]", required=False)
@click.option(
    "--format", "form", type=click.Choice(FORMS), help="How it is written; else by the name of FILE, or text."
)
@click.option(
    "--limit",
    type=int,
    help="How many rows per section as added, as removed and as changed (0 to 10 000): "
    "20 in text, 1 000 in JSON, all in CSV.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, readable=False),
    help="Write JSON or CSV to FILE, whole or not at all.",
)
def diff(current: str, previous: str | None, form: str | None, limit: int | None, output: Path | None) -> None:
    """Say what changed from revision B to revision A: LABEL@N, or LABEL for what is live (else the candidate).

    Without B it is the revision that A replaced, or what is live.
    """
    call = invocation()
    output = None if output == _STDOUT else output
    form = "json" if call.as_json else form or _form_of(output)
    if form == "csv":
        with _opened(output) as write:
            call.read(lambda planner: _csv(planner, current, previous, limit, write))
        return
    rows = (DEFAULT_ROWS if form == "json" else SHOWN_ROWS) if limit is None else limit
    difference = call.read(lambda planner: planner.inputs.diff(current, previous, rows=rows))
    if form == "text":
        if output is not None:
            raise InvalidRequestError("FILE takes a difference as JSON or CSV.", remedy="Add --format json or csv.")
        write_difference(call, difference)
    elif output is None:
        write_json(difference_fields(difference))
    else:
        with _opened(output) as write:
            write(json.dumps(difference_fields(difference), ensure_ascii=False, indent=2, allow_nan=False) + "\n")


@click.command("preview", cls=Command)
@click.argument("label", metavar="LABEL")
@click.option(
    "--limit",
    type=int,
    default=PREVIEW_ROWS,
    show_default=True,
    help="How many rows per section as added, as removed and as changed (0 to 10 000).",
)
def preview(label: str, limit: int) -> None:
    """Show the candidate of LABEL before it is submitted: what it changes, and who may approve it."""
    call = invocation()
    shown = call.read(lambda planner: planner.inputs.preview(label, rows=limit))
    if call.as_json:
        write_json(preview_fields(shown))
    else:
        write_preview(call, shown)


def _form_of(output: Path | None) -> str:
    if output is None:
        return "text"
    form = output.suffix.lower().removeprefix(".")
    if form not in {"json", "csv"}:
        raise InvalidRequestError(
            f"{output} does not say how a difference is written.", remedy="Add --format json or csv."
        )
    return form


async def _csv(
    planner: Planner, current: str, previous: str | None, limit: int | None, write: Callable[[str], object]
) -> None:
    async with aclosing(planner.inputs.diff_csv(current, previous, rows=limit)) as pieces:
        async for piece in pieces:
            write(piece)


@contextmanager
def _opened(output: Path | None) -> Iterator[Callable[[str], object]]:
    if output is None:
        yield lambda text: click.echo(text, nl=False)
        return
    with written_together() as begin:
        yield begin(output).write
