"""``planvault plans edit``, ``undo``, ``copy``, ``locks``, ``weights``, ``overrides``, ``psi`` and ``events``."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence

import click

from ...application.audit_presentation import event_fields
from ...application.edit_presentation import (
    effective_fields,
    lock_fields,
    outcome_fields,
    overrides_fields,
    weights_fields,
)
from ...application.planner import Planner
from ...application.plans.edit_plan import EditOutcome
from ...application.presentation import list_fields, page_fields, plan_fields
from ...domain.access.actor import Actor
from ...domain.errors import InvalidRequestError
from ...domain.plans.editing.distribution import Distribution, Rounding, RoundMode
from ...domain.plans.version import PlanVersion
from .invocation import Invocation, invocation
from .nouns import Command, listing
from .output import write_json
from .plan_editing_views import (
    write_effective,
    write_events,
    write_locks,
    write_outcome,
    write_overrides,
    write_weights,
)
from .plan_review import move

_NULLS = frozenset({"-", "null", ""})


@click.command("edit", cls=Command)
@move("Why; kept with the event.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    required=True,
    metavar="CELL=VALUE",
    help="agg:period=2025-03,family=F1:field=demand=150, say; - for VALUE takes an edit back. May be repeated.",
)
@click.option("--as", "copy_id", metavar="NEW", help="Copy V first, and edit the copy NEW.")
@click.option(
    "--weights",
    default="current",
    show_default=True,
    metavar="BY",
    help="By what an aggregate value is spread over det: current, equal, stored, or a measure.",
)
@click.option("--round", "step", type=float, metavar="STEP", help="Spread multiples of STEP.")
@click.option(
    "--round-mode",
    type=click.Choice([str(mode) for mode in RoundMode]),
    default=str(RoundMode.NEAREST),
    show_default=True,
    help="How parts are rounded before the rest is placed.",
)
@click.option("--no-auto", is_flag=True, help="Neither spread aggregate values nor sum det values up.")
@click.option("--skip-locked", is_flag=True, help="Leave locked cells out instead of refusing everything.")
def edit(  # noqa: PLR0913 (one for each option)
    *,
    wanted: str,
    comment: str | None,
    row_version: int | None,
    settings: tuple[str, ...],
    copy_id: str | None,
    weights: str,
    step: float | None,
    round_mode: str,
    no_auto: bool,
    skip_locked: bool,
) -> None:
    """Put values into cells of plan version V, and carry them down to det or up to the aggregate."""
    call = invocation()
    values = dict(_setting(text) for text in settings)
    rounding = None if step is None else Rounding(step=step, mode=RoundMode(round_mode))

    outcome = call.act(
        lambda planner, actor: planner.plans.edit(
            wanted,
            values,
            actor=actor,
            comment=comment,
            row_version=row_version,
            distribution=Distribution(weights=weights, rounding=rounding),
            automatic=not no_auto,
            skip_locked=skip_locked,
            copy_as=copy_id,
        )
    )
    _write_outcome(call, outcome)


@click.command("undo", cls=Command)
@move("Why; kept with the event.")
@click.option(
    "--event", "position", type=click.IntRange(1), metavar="POSITION", help="This edit; the newest unless told."
)
def undo(wanted: str, comment: str | None, row_version: int | None, position: int | None) -> None:
    """Take the newest edit of plan version V back, with everything that it spread to."""
    call = invocation()
    outcome = call.act(
        lambda planner, actor: planner.plans.undo(
            wanted, actor=actor, comment=comment, row_version=row_version, position=position
        )
    )
    _write_outcome(call, outcome)


@click.command("copy", cls=Command)
@click.argument("wanted", metavar="V")
@click.argument("new_id", metavar="NEW")
@click.option("--title", help="A title of its own; that of V unless told.")
@click.option("--comment", help="Why; kept with the event.")
def copy(wanted: str, new_id: str, title: str | None, comment: str | None) -> None:
    """Make the draft NEW that holds what plan version V holds, edits and locks with it."""
    call = invocation()
    version = call.act(
        lambda planner, actor: planner.plans.copy(wanted, new_id, actor=actor, comment=comment, title=title)
    )
    if call.as_json:
        write_json(plan_fields(version))
        return
    click.echo(f"{version.version_id} is a draft with the content of {version.provenance.base_version_id}.")
    call.note(f"\nNext: {call.command(f'plans edit {version.version_id} --set CELL=VALUE')}")


@click.command("locks", cls=Command)
@move("Why; kept with the event.")
@click.option(
    "--lock", "locked", multiple=True, metavar="KEY", help="Keep this row or cell from edits. May be repeated."
)
@click.option("--unlock", "unlocked", multiple=True, metavar="KEY", help="Let edits have it again. May be repeated.")
def locks(
    wanted: str, comment: str | None, row_version: int | None, locked: tuple[str, ...], unlocked: tuple[str, ...]
) -> None:
    """Show what is locked in plan version V, or lock and unlock rows and cells."""
    call = invocation()
    if locked and unlocked:
        raise InvalidRequestError("Rows are locked or unlocked.", remedy="Give --lock and --unlock in two calls.")
    if locked or unlocked:
        _marked(
            call,
            lambda planner, actor: (planner.plans.lock if locked else planner.plans.unlock)(
                wanted, locked or unlocked, actor=actor, comment=comment, row_version=row_version
            ),
        )
    found = call.read(lambda planner: planner.plans.overlay(wanted)).overlay.locks.values()
    if call.as_json:
        write_json(list_fields(list(found), lock_fields))
    else:
        write_locks(call, wanted, list(found))


@click.command("weights", cls=Command)
@move("Why; kept with the event.")
@click.option("--set", "settings", multiple=True, metavar="ROW=WEIGHT", help="- removes a weight. May be repeated.")
def weights(wanted: str, comment: str | None, row_version: int | None, settings: tuple[str, ...]) -> None:
    """Show the stored weights of plan version V, or set some; edits and locks stay as they are."""
    call = invocation()
    if settings:
        values = dict(_setting(text) for text in settings)
        _marked(
            call,
            lambda planner, actor: planner.plans.set_weights(
                wanted, values, actor=actor, comment=comment, row_version=row_version
            ),
        )
    overlay = call.read(lambda planner: planner.plans.overlay(wanted)).overlay
    if call.as_json:
        write_json({"items": weights_fields(overlay), "next_cursor": None})
    else:
        write_weights(wanted, overlay)


@click.command("overrides", cls=Command)
@click.argument("wanted", metavar="V")
def overrides(wanted: str) -> None:
    """Show every value that stands in the place of another in plan version V."""
    call = invocation()
    found = call.read(lambda planner: planner.plans.overlay(wanted))
    if call.as_json:
        write_json({"items": overrides_fields(found), "next_cursor": None})
    else:
        write_overrides(call, found)


@click.command("psi", cls=Command)
@click.argument("wanted", metavar="V")
@click.option("--level", default="aggregate", show_default=True, help="The level.")
@listing
def psi(*, wanted: str, level: str, limit: int, cursor: str | None) -> None:
    """Show rows of plan version V as they are with their edits."""
    call = invocation()
    page = call.read(lambda planner: planner.plans.effective_page(wanted, level=level, limit=limit, cursor=cursor))
    if call.as_json:
        write_json(page_fields(page, effective_fields))
    else:
        write_effective(call, page)


@click.command("events", cls=Command)
@click.argument("wanted", metavar="V")
@listing
def events(*, wanted: str, limit: int, cursor: str | None) -> None:
    """Show what happened to plan version V, newest first; a deleted one's events are still there."""
    call = invocation()
    page = call.read(lambda planner: planner.plans.events(wanted, limit=limit, cursor=cursor))
    if call.as_json:
        write_json(page_fields(page, event_fields))
    else:
        write_events(call, wanted, page)


COMMANDS: Sequence[click.Command] = (edit, undo, copy, locks, weights, overrides, psi, events)


def _setting(text: str) -> tuple[str, float | None]:
    """``KEY=VALUE``; the key may hold equal signs itself."""
    key, equals, value = text.rpartition("=")
    if not equals:
        raise InvalidRequestError(f"{text[:120]!r} has no value.", remedy="Write KEY=VALUE.")
    if value.strip() in _NULLS:
        return key, None
    try:
        number = json.loads(value)
    except ValueError:
        number = None
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise InvalidRequestError(f"{value[:40]!r} is no number.", remedy="Write KEY=12.5, or KEY=- to take it back.")
    return key, float(number)


def _marked(call: Invocation, work: Callable[[Planner, Actor], Awaitable[PlanVersion]]) -> None:
    version = call.act(work)
    call.note(f"{version.version_id} has the plan digest {version.plan_digest[:12]} now.")


def _write_outcome(call: Invocation, outcome: EditOutcome) -> None:
    if call.as_json:
        write_json(outcome_fields(outcome))
    else:
        write_outcome(call, outcome)
