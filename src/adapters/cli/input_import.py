"""``planvault inputs import``."""

from __future__ import annotations

from pathlib import Path

import click

from ...application.inputs.import_inputs import ImportedInputs
from ...application.presentation import imported_fields
from ...domain.errors import InvalidRequestError
from .input_views import write_imported
from .invocation import invocation
from .nouns import CONFIG_ID, Command
from .output import write_json


@click.command("import", cls=Command)
@click.option(
    "-i",
    "--input-dir",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path, readable=False),
    help="The directory to read.",
)
@click.option("--label", required=True, metavar="LABEL", help="The input set that the files belong to.")
@click.option(
    "--config",
    "--version-id",
    "config_version_id",
    metavar="ID",
    type=CONFIG_ID,
    help="The config version of a new label. (--version-id is its legacy name.)",
)
@click.option("--new-config", metavar="NAME", help="Make a config version of that name for a new label.")
@click.option("--title", help="A title for a new label.")
@click.option("--comment", help="What changed, and why; kept with the event.")
def import_(
    *,
    input_dir: Path,
    label: str,
    config_version_id: int | None,
    new_config: str | None,
    title: str | None,
    comment: str | None,
) -> None:
    """Read a directory of input files as the new candidate of LABEL.

    Every problem of every file is listed before anything is refused, and a refused import stores nothing.
    """
    call = invocation()

    def imported(chosen: int | None) -> ImportedInputs:
        return call.act(
            lambda planner, actor: planner.inputs.import_files(
                label=label,
                actor=actor,
                directory=input_dir,
                config_version_id=chosen,
                new_config=new_config,
                title=title,
                comment=comment,
            )
        )

    try:
        result = imported(config_version_id)
    except InvalidRequestError as error:
        if error.params.get("name") == str(input_dir):
            error.remedy = "Check that it is a directory and that this process may read it."
        if not error.params.get("choices") or not call.asks():
            raise
        result = imported(_asked(error))
    if call.as_json:
        write_json(imported_fields(result))
    else:
        write_imported(call, result)


def _asked(error: InvalidRequestError) -> int:
    choices = error.params["choices"]
    known = [str(choice[0]) for choice in choices] if isinstance(choices, list) else []
    click.echo(error.message, err=True)
    return int(click.prompt("Which one", type=click.Choice(known), err=True))
