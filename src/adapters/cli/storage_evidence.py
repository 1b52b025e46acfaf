"""``planvault storage evidence``."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from ...application.planner import Planner
from ...application.storage.pack_evidence import StorageEvidence
from .figures import counted
from .files import bytes_written_together, new_directory
from .invocation import invocation
from .nouns import Command
from .output import write_json

_STDOUT = Path("-")


@click.command("evidence", cls=Command)
@click.option(
    "-o",
    "--output",
    metavar="FILE.zip|-",
    type=click.Path(path_type=Path, readable=False),
    default=Path(StorageEvidence.name),
    show_default=True,
    help="Where to. - writes it to stdout.",
)
def evidence(output: Path) -> None:
    """Write what tells of switches into one zip: gates, digests, checkpoints, and every version's payload digest.

    The same store gives the same bytes.
    """
    call = invocation()
    made = call.read(lambda planner: _packed(planner, output), any_mode=True)
    if output == _STDOUT:
        return
    if call.as_json:
        write_json({"output": str(output), "bytes": made.size, "switches": made.switches})
        return
    click.echo(f"The evidence of {counted(made.switches, 'change')} was written to {output}.")
    call.note(f"Read evidence.html in it first. Next: {call.command(f'audit verify --file {output}')}")


async def _packed(planner: Planner, output: Path) -> StorageEvidence:
    with closing(await planner.storage.evidence()) as made:
        if output == _STDOUT:
            async for piece in made.pieces():
                click.echo(piece, nl=False)
            return made
        with new_directory(output.parent), bytes_written_together() as begin:
            file = begin(output)
            async for piece in made.pieces():
                file.write(piece)
    return made
