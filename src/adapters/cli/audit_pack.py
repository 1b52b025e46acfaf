"""``planvault audit pack``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import click

from ...application.audit.pack_label import AuditPack
from ...application.planner import Planner
from ...domain.shared.ids import label_reference
from .files import bytes_written_together, new_directory
from .invocation import invocation
from .nouns import Command
from .output import write_json

_STDOUT = Path("-")


@click.command("pack", cls=Command)
@click.argument("reference", metavar="LABEL[@N]")
@click.option(
    "-o",
    "--output",
    metavar="FILE.zip|-",
    type=click.Path(path_type=Path, readable=False),
    help="Where to; audit_pack_LABEL.zip unless told. - writes it to stdout.",
)
def pack(reference: str, output: Path | None) -> None:
    """Write all that tells of LABEL into one zip for an auditor, who needs no access to the store.

    It is about LABEL@N, else what is live, else the candidate. The same ledger gives the same bytes.
    """
    call = invocation()
    label_reference(reference)
    made, place = call.read(lambda planner: _packed(planner, reference, output))
    if place == _STDOUT:
        return
    about = None if made.revision is None else made.revision.reference
    if call.as_json:
        write_json({"label": made.label, "reference": about, "output": str(place), "bytes": made.size})
        return
    click.echo(f"The evidence about {about or f'{made.label}, which was deleted,'} was written to {place}.")
    call.note(f"Read summary.html in it first. Next: {call.command(f'audit verify --file {place}')}")


async def _packed(planner: Planner, reference: str, output: Path | None) -> tuple[AuditPack, Path]:
    with closing(await planner.audit.pack(reference)) as made:
        place = output or Path(made.name)
        if place == _STDOUT:
            async for piece in made.pieces():
                click.echo(piece, nl=False)
        else:
            await _written(made.pieces(), place)
    return made, place


async def _written(pieces: AsyncIterator[bytes], place: Path) -> None:
    with new_directory(place.parent), bytes_written_together() as begin:
        file = begin(place)
        async for piece in pieces:
            file.write(piece)
