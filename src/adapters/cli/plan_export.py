"""``planvault plans export``: a plan as files in the shapes of the legacy system, or whole in one zip."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing, closing
from pathlib import Path

import click

from ...application.planner import Planner
from ...domain.errors import InvalidRequestError, NotFoundError
from .files import bytes_written_together, made_directory, new_directory, written_together
from .invocation import Invocation, invocation
from .nouns import Command
from .output import write_json

_STDOUT = Path("-")


@click.command("export", cls=Command)
@click.argument("wanted", metavar="V")
@click.option(
    "-o",
    "--output",
    metavar="DIR|FILE.zip|-",
    required=True,
    type=click.Path(path_type=Path, readable=False),
    help="Where to; - writes the zip to stdout.",
)
@click.option("--artifact", "names", multiple=True, metavar="NAME", help="Only this artifact; may be repeated.")
def export(*, wanted: str, output: Path, names: tuple[str, ...]) -> None:
    """Write plan version V as files in the shapes of the legacy system, or whole in one zip.

    In DIR it is all files or none; files of the same names are replaced. FILE.zip holds every row, KPI, edit, lock
    and weight, and can be registered again.
    """
    call = invocation()
    if output == _STDOUT or output.suffix.lower() == ".zip":
        if names:
            raise InvalidRequestError("A zip holds the whole plan.", remedy="Leave --artifact out, or name DIR.")
        _pack(call, wanted, output)
        return
    written = call.read(lambda planner: _exported(planner, wanted, names, output))
    if call.as_json:
        write_json({"items": [{"name": name, "path": str(output / name)} for name in written], "next_cursor": None})
        return
    click.echo(f"{wanted} was written to {output}: {', '.join(written)}.")


def _pack(call: Invocation, wanted: str, output: Path) -> None:
    size = call.read(lambda planner: _packed(planner, wanted, output))
    if output == _STDOUT:
        return
    if call.as_json:
        write_json({"version_id": wanted, "output": str(output), "bytes": size})
        return
    click.echo(f"{wanted} was written to {output}, whole.")
    call.note(f"To keep it elsewhere: {call.command(f'plans register {output} --version-id NEW')}")


async def _packed(planner: Planner, wanted: str, output: Path) -> int:
    with closing(await planner.plans.export_archive(wanted)) as packed:
        async with aclosing(packed.pieces()) as pieces:
            if output == _STDOUT:
                async for piece in pieces:
                    click.echo(piece, nl=False)
                return packed.size
            with new_directory(output.parent), bytes_written_together() as begin:
                file = begin(output)
                async for piece in pieces:
                    file.write(piece)
    return packed.size


async def _exported(planner: Planner, wanted: str, names: Sequence[str], directory: Path) -> list[str]:
    known = await planner.plans.artifact_names(wanted)
    for name in names:
        if name not in known:
            raise NotFoundError("artifact", f"{name} of {wanted}", remedy=f"It has: {', '.join(known) or 'none'}.")
    chosen = [name for name in known if not names or name in names]
    if not chosen:
        raise NotFoundError("artifact", f"of {wanted}", remedy="Write its rows instead: planvault plans series.")
    made_directory(directory)
    with written_together() as begin:
        for name in chosen:
            file = begin(directory / name)
            async with aclosing(planner.plans.artifact(wanted, name)) as pieces:
                async for piece in pieces:
                    file.write(piece)
    return chosen
