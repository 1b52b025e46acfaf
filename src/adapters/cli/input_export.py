"""``planvault inputs export``: a directory, a zip, a workbook or a JSON document, whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import click

from ...application.exchange import (
    ExportEncoding,
    ExportForm,
    ExportLayout,
    ExportOptions,
    OutgoingFile,
    WrittenFile,
)
from ...application.input_presentation import exported_fields
from ...application.inputs.export_inputs import InputArchive
from ...application.planner import Planner
from ...domain.errors import ConflictError, InvalidRequestError
from ...domain.inputs.revision import InputRevision
from ...domain.shared.ids import label_reference
from .figures import counted, short
from .files import bytes_written_together, new_directory, removed
from .invocation import invocation
from .nouns import CONFIG_ID, Command
from .output import write_json

_STDOUT = Path("-")
_FORMS = ("csv", "xlsx", "json")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What is to be exported, and where to."""

    reference: str | None
    config_version_id: int | None
    options: ExportOptions
    form: ExportForm | None
    output: Path | None
    overwrite: bool
    against: str | None

    def place(self, revision: InputRevision) -> Path:
        """Where the export goes: as named, else below ``out``; a file has the ending of its form."""
        place = self.output or Path("out") / f"planning_inputs_{revision.label}"
        if self.form is None or place.suffix.lower() == f".{self.form}":
            return place
        return place.with_name(f"{place.name}.{self.form}")


_Result = tuple[InputRevision, Path, Sequence[WrittenFile]]


@click.command("export", cls=Command)
@click.argument("reference", metavar="[LABEL[@N]]", required=False)
@click.option("--label", metavar="LABEL[@N]", help="The legacy way to name the input set.")
@click.option(
    "--version-id",
    "--config",
    "config_version_id",
    metavar="ID",
    type=CONFIG_ID,
    help="The newest live input set of this config version instead.",
)
@click.option(
    "-o",
    "--output-dir",
    "output",
    metavar="DIR",
    type=click.Path(path_type=Path, readable=False),
    help="Where to; out/planning_inputs_LABEL unless told. - writes a file to stdout.",
)
@click.option("--zip", "as_zip", is_flag=True, help="One zip DIR.zip instead of a directory.")
@click.option(
    "--format", "form", type=click.Choice(_FORMS), default="csv", show_default=True, help="Files of which kind."
)
@click.option(
    "--layout",
    type=click.Choice(tuple(map(str, ExportLayout))),
    default="lossless",
    show_default=True,
    help="Everything, or the files and columns of the legacy system.",
)
@click.option("--include-meta", is_flag=True, help="Also say which revision this is: input_set_meta.json.")
@click.option(
    "--encoding",
    type=click.Choice(tuple(map(str, ExportEncoding))),
    default="utf-8",
    show_default=True,
    help="Of CSV files.",
)
@click.option("--spreadsheet-safe", is_flag=True, help="An apostrophe before text that looks like a formula.")
@click.option(
    "--diff-against", "against", metavar="LABEL[@N]", help="Also write what differs from it: diff_report.json."
)
@click.option("--overwrite", is_flag=True, help="Remove input files in DIR that the export does not have.")
def export(  # noqa: PLR0913 (one for each option)
    *,
    reference: str | None,
    label: str | None,
    config_version_id: int | None,
    output: Path | None,
    as_zip: bool,
    form: str,
    layout: str,
    include_meta: bool,
    encoding: str,
    spreadsheet_safe: bool,
    overwrite: bool,
    against: str | None,
) -> None:
    """Write the inputs of LABEL@N, or of what is live under LABEL, as files that import again to the same hash.

    All files are written, or none; their rows are checked against the content hash first.
    """
    call = invocation()
    wanted = _Wanted(
        reference=_one_of(reference, label),
        config_version_id=config_version_id,
        options=ExportOptions(
            layout=ExportLayout(layout),
            encoding=ExportEncoding(encoding),
            spreadsheet_safe=spreadsheet_safe,
            include_meta=include_meta,
        ),
        form=_form(form, as_zip=as_zip),
        output=output,
        overwrite=overwrite,
        against=against,
    )
    if output == _STDOUT:
        if wanted.form is None or call.as_json:
            raise InvalidRequestError(
                "Only a file goes to stdout, and nothing beside it.", remedy="Add --zip or --format json; no --json."
            )
        call.read(lambda planner: _to_stdout(planner, wanted))
        return
    revision, place, files = call.read(lambda planner: _exported(planner, wanted))
    if call.as_json:
        write_json(exported_fields(revision, str(place), files))
        return
    rows = sum(file.row_count for file in files)
    click.echo(
        f"{revision.reference} was written to {place}   sha256 {short(revision.content_hash)}   "
        f"{counted(len(files), 'file')}, {counted(rows, 'row')}"
    )


def _one_of(reference: str | None, label: str | None) -> str | None:
    if reference is not None and label is not None and reference != label:
        raise InvalidRequestError("Two input sets are named.", remedy="Leave out --label.")
    named = reference if label is None else label
    if named is not None:
        label_reference(named)
    return named


def _form(form: str, *, as_zip: bool) -> ExportForm | None:
    if as_zip and form != "csv":
        raise InvalidRequestError(f"--zip is about CSV files, not {form}.", remedy="Leave out --zip.")
    if as_zip:
        return ExportForm.ZIP
    return None if form == "csv" else ExportForm(form)


async def _exported(planner: Planner, wanted: _Wanted) -> _Result:
    if wanted.form is None:
        return await _to_directory(planner, wanted)
    return await _to_file(planner, wanted)


async def _archive(planner: Planner, wanted: _Wanted) -> InputArchive:
    return await planner.inputs.export_archive(
        wanted.reference,
        form=wanted.form or ExportForm.ZIP,
        config_version_id=wanted.config_version_id,
        options=wanted.options,
        against=wanted.against,
    )


async def _to_stdout(planner: Planner, wanted: _Wanted) -> None:
    with closing(await _archive(planner, wanted)) as archive:
        async for piece in archive.pieces():
            click.echo(piece, nl=False)


async def _to_file(planner: Planner, wanted: _Wanted) -> _Result:
    with closing(await _archive(planner, wanted)) as archive:
        place = wanted.place(archive.revision)
        with new_directory(place.parent), bytes_written_together() as begin:
            file = begin(place)
            async for piece in archive.pieces():
                file.write(piece)
    return archive.revision, place, archive.files


async def _to_directory(planner: Planner, wanted: _Wanted) -> _Result:
    opened = planner.inputs.export(
        wanted.reference,
        config_version_id=wanted.config_version_id,
        options=wanted.options,
        against=wanted.against,
    )
    async with opened as export:
        place = wanted.place(export.revision)
        stale = _stale(place, [file.name for file in export.files])
        if stale and not wanted.overwrite:
            raise ConflictError(
                f"{place} holds {', '.join(stale)}, which this export does not have; an import would read that too.",
                remedy="Add --overwrite to remove it, or name another directory with -o.",
                files=stale,
            )
        with new_directory(place):
            with bytes_written_together() as begin:
                written = [await _copied(file, begin(place / file.name)) for file in export.files]
            for name in stale:
                removed(place / name)
    return export.revision, place, written


def _stale(place: Path, names: Sequence[str]) -> list[str]:
    """Input files in a directory that would be read along with those of the export."""
    known = invocation().launcher.input_file_names()
    return [name for name in known if name not in names and (place / name).exists()]


async def _copied(file: OutgoingFile, sink: BinaryIO) -> WrittenFile:
    digest, size = hashlib.sha256(), 0
    async with aclosing(file.pieces()) as pieces:
        async for piece in pieces:
            sink.write(piece)
            digest.update(piece)
            size += len(piece)
    return WrittenFile(name=file.name, row_count=file.row_count, size=size, sha256=digest.hexdigest())
