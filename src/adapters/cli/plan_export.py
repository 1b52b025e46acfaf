"""``planvault plans export``: a plan whole in one zip, its rows in one file, or files in the legacy shapes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing, closing
from pathlib import Path

import click

from ...application.planner import Planner
from ...application.plans.export_plan import PlanExportRequest, PlanForm
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
    metavar="DIR|FILE|-",
    required=True,
    type=click.Path(path_type=Path, readable=False),
    help="Where to; FILE ends in .zip, .xlsx, .csv, .jsonl or .parquet; - is stdout.",
)
@click.option("--level", help="Only the rows of this level; csv, jsonl and parquet need one.")
@click.option(
    "--format",
    "form",
    type=click.Choice([str(form) for form in PlanForm]),
    help="The form of one file; else by the name of FILE, a zip on stdout.",
)
@click.option(
    "--spreadsheet-safe", "safe", is_flag=True, help="Keep spreadsheets from taking text in csv for formulas."
)
@click.option("--artifact", "names", multiple=True, metavar="NAME", help="Only this artifact; may be repeated.")
def export(
    *, wanted: str, output: Path, level: str | None, form: str | None, safe: bool, names: tuple[str, ...]
) -> None:
    """Write plan version V as files in the shapes of the legacy system, whole in one zip, or its rows in one file.

    In DIR it is all files or none; files of the same names are replaced. FILE.zip holds every row, KPI, edit, lock
    and weight; FILE.xlsx has a sheet for each level. The zip, csv, jsonl and parquet can be registered again.
    """
    call = invocation()
    chosen = _form_of(output) if form is None else PlanForm(form)
    if chosen is not None:
        if names:
            raise InvalidRequestError(
                "One file holds the whole plan or rows of its levels, no artifacts.",
                remedy="Leave --artifact out, or name DIR.",
            )
        request = PlanExportRequest(version_id=wanted, form=chosen, level=level, spreadsheet_safe=safe)
        _write_file(call, request, output)
        return
    if level is not None or safe:
        raise InvalidRequestError(
            f"{output} does not say how rows are written.", remedy="Name FILE.csv, .jsonl, .parquet or .xlsx."
        )
    written = call.read(lambda planner: _exported(planner, wanted, names, output))
    if call.as_json:
        write_json({"items": [{"name": name, "path": str(output / name)} for name in written], "next_cursor": None})
        return
    click.echo(f"{wanted} was written to {output}: {', '.join(written)}.")


def _form_of(output: Path) -> PlanForm | None:
    if output == _STDOUT:
        return PlanForm.ZIP
    ending = output.suffix.lower().removeprefix(".")
    return PlanForm(ending) if ending in set(PlanForm) else None


def _write_file(call: Invocation, request: PlanExportRequest, output: Path) -> None:
    size = call.read(lambda planner: _packed(planner, request, output))
    if output == _STDOUT:
        return
    if call.as_json:
        write_json({"version_id": request.version_id, "output": str(output), "bytes": size})
        return
    what = request.version_id if request.level is None else f"{request.level} of {request.version_id}"
    click.echo(f"{what} was written to {output}{', whole' if request.form is PlanForm.ZIP else ''}.")
    if request.form is not PlanForm.XLSX:
        call.note(f"To keep it elsewhere: {call.command(f'plans register {output} --version-id NEW')}")


async def _packed(planner: Planner, request: PlanExportRequest, output: Path) -> int:
    with closing(await planner.plans.export_plan(request)) as packed:
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
