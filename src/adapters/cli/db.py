"""``planvault db``: the schema of the database."""

from __future__ import annotations

from typing import Any

import click

from ...domain.errors import InvalidRequestError
from .invocation import invocation
from .launcher import SchemaState
from .nouns import noun
from .output import write_json
from .problems import FINDINGS
from .running import run

db = noun("db", "The schema of the database.")


@db.command("upgrade")
@click.argument("target", required=False)
def upgrade(target: str | None) -> None:
    """Bring the schema forward to TARGET, or to the newest. Running it again changes nothing."""
    call = invocation()
    before, after = run(call.launcher.db_upgrade(target, database=call.database))
    _write_move(before, after, as_json=call.as_json)


@db.command("downgrade")
@click.argument("target")
@click.option("--yes", is_flag=True, help="Do it without asking.")
def downgrade(target: str, *, yes: bool) -> None:
    """Take the schema back to TARGET ('base' for nothing at all). What the newer schema held is lost."""
    call = invocation()
    if not yes:
        question = f"Taking the schema back to {target} drops tables with all they hold"
        if not call.asks():
            raise InvalidRequestError(f"{question}.", remedy="Take a backup, then add --yes.")
        click.confirm(f"{question}. Go on?", abort=True, err=True)
    before, after = run(call.launcher.db_downgrade(target, database=call.database))
    _write_move(before, after, as_json=call.as_json)


@db.command("current")
def current() -> None:
    """Show which schema the database is at, and which one this planvault needs."""
    call = invocation()
    state = run(call.launcher.db_current(database=call.database))
    if call.as_json:
        write_json(_fields(state))
        return
    verdict = "up to date" if state.current == state.needed else f"this planvault needs {state.needed}"
    click.echo(f"{state.place} is {_at(state)}; {verdict}.")
    if state.current != state.needed:
        call.note(f"Next: {call.command('db upgrade')}")


@db.command("check")
def check() -> None:
    """Compare the tables with what this planvault expects; exit code 8 if they differ."""
    call = invocation()
    differences = run(call.launcher.db_check(database=call.database))
    if call.as_json:
        write_json({"items": list(differences), "next_cursor": None})
    elif differences:
        click.echo(f"{len(differences)} difference{'' if len(differences) == 1 else 's'} from the expected schema.")
        for difference in differences:
            click.echo(f"  {difference}")
    else:
        click.echo("The tables are as expected.")
    if differences:
        raise click.exceptions.Exit(FINDINGS)


def _write_move(before: SchemaState, after: SchemaState, *, as_json: bool) -> None:
    if as_json:
        write_json({**_fields(after), "before": before.current})
    elif before.current == after.current:
        click.echo(f"{after.place} is {_at(after)} already; nothing was changed.")
    else:
        click.echo(f"{after.place} is {_at(after)} now; it was {_at(before)}.")


def _at(state: SchemaState) -> str:
    return "without planvault tables" if state.current is None else f"at schema {state.current}"


def _fields(state: SchemaState) -> dict[str, Any]:
    return {"place": state.place, "current": state.current, "needed": state.needed}
