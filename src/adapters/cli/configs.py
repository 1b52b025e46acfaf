"""``planvault configs``."""

from __future__ import annotations

import click

from ...application.presentation import config_fields, list_fields
from ...domain.inputs.config import ConfigVersion
from .figures import moment
from .invocation import Invocation, invocation
from .nouns import CONFIG_ID, noun
from .output import write_fields, write_json, write_table

LONGEST_HORIZON = 100_000
configs = noun("configs", "Config versions: the scopes that input sets belong to.")


@configs.command("list")
def list_() -> None:
    """List all config versions in order of id."""
    call = invocation()
    found = call.read(lambda planner: planner.configs.list())
    if call.as_json:
        write_json(list_fields(found, config_fields))
        return
    if not found:
        click.echo("There are no config versions yet.")
        call.note(f"Next: {call.command('configs create NAME')}, or the first inputs import makes one.")
        return
    zone = call.surroundings.zone
    write_table(
        ["id", "name", "status", "horizon days", f"created ({zone.key})", "by"],
        [
            [
                config.config_version_id,
                config.name,
                config.status,
                config.horizon_days,
                moment(config.created_at, zone),
                config.created_by,
            ]
            for config in found
        ],
        right=("id", "horizon days"),
    )


@configs.command("create")
@click.argument("name")
@click.option(
    "--horizon-days",
    metavar="N",
    type=click.IntRange(1, LONGEST_HORIZON),
    help="How far plans reach, where the calendar alone does not say.",
)
def create(name: str, horizon_days: int | None) -> None:
    """Make a config version called NAME."""
    call = invocation()
    made = call.act(lambda planner, actor: planner.configs.create(name, actor=actor, horizon_days=horizon_days))
    if call.as_json:
        write_json(config_fields(made))
        return
    click.echo(f"Config version {made.config_version_id} {made.name} was created.")
    call.note(f"Next: {call.command(f'inputs import -i DIR --label LABEL --config {made.config_version_id}')}")


@configs.command("show")
@click.argument("config_version_id", metavar="ID", type=CONFIG_ID)
def show(config_version_id: int) -> None:
    """Show the config version of that ID."""
    call = invocation()
    config = call.read(lambda planner: planner.configs.get(config_version_id))
    if call.as_json:
        write_json(config_fields(config))
    else:
        _write(call, config)


def _write(call: Invocation, config: ConfigVersion) -> None:
    zone = call.surroundings.zone
    click.echo(f"Config version {config.config_version_id} {config.name} ({config.status})")
    write_fields(
        [
            ("  horizon", None if config.horizon_days is None else f"{config.horizon_days} days"),
            *((f"  {name}", value) for name, value in config.attributes.items()),
            ("  created", f"{moment(config.created_at, zone)} ({zone.key}) by {config.created_by}"),
        ]
    )
