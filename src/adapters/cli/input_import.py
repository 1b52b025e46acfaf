"""``planvault inputs import``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click

from ...application.input_presentation import imported_fields
from ...application.inputs.import_inputs import ImportedInputs
from ...domain.errors import InvalidRequestError, PlanvaultError
from .files import written_together
from .input_views import write_imported
from .invocation import Invocation, invocation
from .nouns import CONFIG_ID, Command
from .output import write_json
from .problems import refusal_fields

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp932", "shift_jis")
_LABEL_LENGTH = 64


@click.command("import", cls=Command)
@click.option(
    "-i",
    "--input-dir",
    metavar="DIR|FILE",
    required=True,
    type=click.Path(path_type=Path, readable=False),
    help="The directory to read, or one .zip, .xlsx, .json or .csv file.",
)
@click.option(
    "--label",
    metavar="LABEL",
    help="The input set that the files belong to. [default: import_ and the name of DIR or FILE]",
)
@click.option(
    "--config",
    "--version-id",
    "config_version_id",
    metavar="ID",
    type=CONFIG_ID,
    help="The config version of a new label. (--version-id is its legacy name.)",
)
@click.option("--new-config", metavar="NAME", help="Make a config version of that name for a new label.")
@click.option(
    "--new-version-id",
    "new_config_version_id",
    metavar="ID",
    type=CONFIG_ID,
    help="The config version of a new label, made now if there is none of that id.",
)
@click.option("--title", help="A title for a new label.")
@click.option("--comment", help="What changed, and why; kept with the event.")
@click.option(
    "--apply-mode",
    type=click.Choice(["replace", "merge"]),
    default="replace",
    show_default=True,
    help="The files are the whole content, or are merged into the current one by key.",
)
@click.option(
    "--base",
    "base_revision",
    metavar="N",
    type=click.IntRange(1, 999_999_999),
    help="The revision that you saw; refuse if it is no longer the current one.",
)
@click.option("--validate-only", is_flag=True, help="Check everything and store nothing.")
@click.option("--allow-empty", is_flag=True, help="Let files without rows empty what was there.")
@click.option("--encoding", type=click.Choice(ENCODINGS), help="The encoding of every file, instead of finding it.")
@click.option(
    "--report-path",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Also write the outcome as JSON into FILE, refusals too.",
)
def import_(*, input_dir: Path, label: str | None, report_path: Path | None, **asked: Any) -> None:
    """Read input files as the new candidate of LABEL: a directory, a zip, a workbook or a JSON document.

    Every problem of every file is listed before anything is refused, and a refused import stores nothing but a report
    of it.
    """
    call = invocation()
    asked |= {"label": label or _label_of(input_dir), "directory": input_dir}
    try:
        result = _imported(call, asked)
    except PlanvaultError as error:
        if report_path is not None:
            _write_report(report_path, refusal_fields(error))
        raise
    if report_path is not None:
        _write_report(report_path, imported_fields(result))
    if call.as_json:
        write_json(imported_fields(result))
    else:
        write_imported(call, result)


def _imported(call: Invocation, asked: dict[str, Any]) -> ImportedInputs:
    def imported(**chosen: Any) -> ImportedInputs:
        return call.act(lambda planner, actor: planner.inputs.import_files(actor=actor, **asked | chosen))

    try:
        return imported()
    except InvalidRequestError as error:
        if error.params.get("name") == str(asked["directory"]):
            error.remedy = "Check that it is there and that this process may read it."
        if not error.params.get("choices") or not call.asks():
            raise
        return imported(config_version_id=_asked(error))


def _label_of(directory: Path) -> str:
    """A label from a directory's name, as the legacy import made one."""
    place = directory.resolve()
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", place.stem if place.is_file() else place.name)
    return re.sub(r"\.{2,}", ".", f"import_{name}")[:_LABEL_LENGTH].rstrip(".")


def _write_report(path: Path, document: dict[str, Any]) -> None:
    with written_together() as written:
        written(path).write(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def _asked(error: InvalidRequestError) -> int:
    choices = error.params["choices"]
    known = [str(choice[0]) for choice in choices] if isinstance(choices, list) else []
    click.echo(error.message, err=True)
    return int(click.prompt("Which one", type=click.Choice(known), err=True))
