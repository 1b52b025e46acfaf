"""``planvault plans submit``, ``approve``, ``revoke``, ``pin``, ``stage`` and ``delete``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import click

from ...application.planner import Planner
from ...application.presentation import plan_fields
from ...domain.access.actor import Actor
from ...domain.plans.stage import PlanStage
from ...domain.plans.version import PlanVersion
from .invocation import Invocation, invocation
from .nouns import Command
from .output import write_json
from .plan_standing import write_approved, write_staged

F = TypeVar("F", bound=Callable[..., Any])
STAGES = [str(stage) for stage in PlanStage]


def move(comment: str) -> Callable[[F], F]:
    """What every move takes besides its own: the version, why, and what was looked at."""

    def declared(command: F) -> F:
        command = click.option(
            "--row-version", type=click.IntRange(0), metavar="N", help="Refuse if V changed since it had this one."
        )(command)
        command = click.option("--comment", help=comment)(command)
        return click.argument("wanted", metavar="V")(command)

    return declared


@click.command("submit", cls=Command)
@move("What the approvers should know; kept with the event.")
def submit(wanted: str, comment: str | None, row_version: int | None) -> None:
    """Put the draft V before the approvers."""
    call = invocation()
    version = _acted(
        call,
        lambda planner, actor: planner.plans.submit(wanted, actor=actor, comment=comment, row_version=row_version),
    )
    if version is not None:
        click.echo(f"{version.version_id} is {version.status}   plan digest {version.plan_digest}")
        approve_it = call.command(f"plans approve {version.version_id} --digest {version.plan_digest[:12]}")
        call.note(f"\nNext: {approve_it}   (an approver other than {', '.join(version.authors)})")


@click.command("approve", cls=Command)
@move("What was checked; kept with the approval.")
@click.option(
    "--digest", required=True, metavar="HEX", help="The plan digest that was looked at, or its first 12 or more digits."
)
def approve(wanted: str, digest: str, comment: str | None, row_version: int | None) -> None:
    """Say yes to plan version V as it was seen; the last yes that the policy asks for makes it approved."""
    call = invocation()
    version = _acted(
        call,
        lambda planner, actor: planner.plans.approve(
            wanted, digest=digest, actor=actor, comment=comment, row_version=row_version
        ),
    )
    if version is not None:
        write_approved(call, version)


@click.command("revoke", cls=Command)
@move("Why; kept with the event.")
def revoke(wanted: str, comment: str | None, row_version: int | None) -> None:
    """Take plan version V back to draft; its approvals are void. The baseline stays what it is."""
    call = invocation()
    version = _acted(
        call,
        lambda planner, actor: planner.plans.revoke(wanted, actor=actor, comment=comment, row_version=row_version),
    )
    if version is not None:
        click.echo(f"{version.version_id} is {version.status} again; it has no approvals.")
        call.note(f"\nNext: {call.command(f'plans submit {version.version_id}')}")


@click.command("pin", cls=Command)
@move("Why; kept with the event.")
@click.option("--off", is_flag=True, help="Unpin it.")
def pin(*, wanted: str, comment: str | None, row_version: int | None, off: bool) -> None:
    """Keep plan version V from every trim and from deletion."""
    call = invocation()

    async def work(planner: Planner, actor: Actor) -> PlanVersion:
        turn = planner.plans.unpin if off else planner.plans.pin
        return await turn(wanted, actor=actor, comment=comment, row_version=row_version)

    version = _acted(call, work)
    if version is not None:
        click.echo(f"{version.version_id} is {'pinned' if version.pinned else 'no longer pinned'}.")


@click.command("stage", cls=Command)
@move("Why; kept with the event.")
@click.option("--to", type=click.Choice(STAGES[1:]), help="It has come to this stage.")
@click.option("--invalidate-from", type=click.Choice(STAGES[1:]), help="This stage and all after it no longer hold.")
def stage(
    wanted: str, comment: str | None, row_version: int | None, to: str | None, invalidate_from: str | None
) -> None:
    """Show how far plan version V has come, or say that it has come further or less far."""
    call = invocation()
    if to is not None and invalidate_from is not None:
        raise click.UsageError("A stage is reached or invalidated, not both: --to or --invalidate-from.")
    if to is None and invalidate_from is None:
        shown = call.read(lambda planner: planner.plans.get(wanted))
        if call.as_json:
            write_json(plan_fields(shown))
        else:
            write_staged(shown)
        return

    async def work(planner: Planner, actor: Actor) -> PlanVersion:
        about: dict[str, Any] = {"actor": actor, "comment": comment, "row_version": row_version}
        if to is not None:
            return await planner.plans.advance(wanted, to=PlanStage(to), **about)
        return await planner.plans.invalidate(wanted, from_stage=PlanStage(invalidate_from or ""), **about)

    version = _acted(call, work)
    if version is not None:
        write_staged(version)


@click.command("delete", cls=Command)
@move("Why; kept with the event.")
def delete(wanted: str, comment: str | None, row_version: int | None) -> None:
    """Remove plan version V with all its rows; its events stay, and its id is never used again."""
    call = invocation()

    async def work(planner: Planner, actor: Actor) -> PlanVersion:
        return await planner.plans.delete(wanted, actor=actor, comment=comment, row_version=row_version)

    version = call.act(work)
    if call.as_json:
        write_json({"status": "deleted", "version_id": version.version_id})
    else:
        click.echo(f"{version.version_id} is deleted; its events stay.")


def _acted(call: Invocation, work: Callable[[Planner, Actor], Awaitable[PlanVersion]]) -> PlanVersion | None:
    """What became of the version, unless it is told as JSON and that is all."""
    version = call.act(work)
    if call.as_json:
        write_json(plan_fields(version))
        return None
    return version
