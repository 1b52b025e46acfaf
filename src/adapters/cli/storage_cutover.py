"""``planvault storage cutover``."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing

import click

from ...application.cutover_presentation import outcome_fields, plan_fields
from ...application.planner import Planner
from ...application.storage.cut_over import CutoverOrder, CutoverPlan, Moved
from ...application.storage.switch_mode import StepTaken
from ...application.storage_presentation import status_fields
from ...domain.access.actor import Actor
from ...domain.storage.gates import GateVerdict
from ...domain.storage.state import Side, StorageMode
from .figures import counted
from .invocation import Invocation, invocation
from .nouns import Command
from .output import write_json

CLOSED = 8
_SHOWN = 10


@click.command("cutover", cls=Command)
@click.option("--to", "mode", type=click.Choice([str(mode) for mode in StorageMode]), required=True, help="The mode.")
@click.option(
    "--primary",
    type=click.Choice([str(side) for side in Side]),
    help="The side that reads come from in the mode both; what it is now unless told.",
)
@click.option("--plan", "only_plan", is_flag=True, help="Show the steps and their gates, and change nothing.")
@click.option("--no-copy", is_flag=True, help="Do not fill the other side; storage repair does.")
@click.option("--keep-rows", is_flag=True, help="In the mode files, leave the rows in the tables for now.")
@click.option(
    "--without", multiple=True, metavar="VERSION", help="Go on without a version that no backfill could take."
)
@click.option("--comment", help="Why; kept with the events.")
def cutover(
    *,
    mode: str,
    primary: str | None,
    only_plan: bool,
    no_copy: bool,
    keep_rows: bool,
    without: tuple[str, ...],
    comment: str | None,
) -> None:
    """Go step by step to where payloads are to lie: files, both, db. A closed gate stops it, and says what is missing.

    The way is files, both (primary files), both (primary db), db; every step can be taken back.
    """
    call = invocation()
    side = None if primary is None else Side(primary)
    if only_plan:
        planned = call.read(
            lambda planner: planner.storage.plan_cutover(StorageMode(mode), side, without=without), any_mode=True
        )
        write_plan(call, planned)
        if not planned.is_open:
            raise click.exceptions.Exit(CLOSED)
        return

    async def work(planner: Planner, actor: Actor) -> list[StepTaken | Moved]:
        order = CutoverOrder(
            mode=StorageMode(mode),
            primary=side,
            actor=actor,
            comment=comment,
            fill=not no_copy,
            keep_rows=keep_rows,
            without=without,
        )
        return await written_as_told(call, planner.storage.cutover(order))

    write_outcome(call, call.act(work, any_mode=True))


async def written_as_told(call: Invocation, way: AsyncGenerator[StepTaken | Moved]) -> list[StepTaken | Moved]:
    """Go the way, and say each step as soon as it is taken."""
    done: list[StepTaken | Moved] = []
    async with aclosing(way) as news:
        async for one in news:
            done.append(one)
            if not call.as_json:
                click.echo(_line(one))
    return done


def write_outcome(call: Invocation, done: Sequence[StepTaken | Moved]) -> None:
    """Say where the store stands now."""
    found = call.read(lambda planner: planner.storage.status(), any_mode=True)
    if call.as_json:
        told = status_fields(found)
        write_json({"mode": told["mode"], "primary": told["primary"], **outcome_fields(done)})
        return
    taken = [one for one in done if isinstance(one, StepTaken)]
    for version_id in (version_id for one in taken for version_id in one.stale):
        click.echo(f"The folder of {version_id} of before held something else by now.")
    click.echo(
        f"{counted(len(taken), 'step')} taken. Payloads are kept in the mode {found.mode}, "
        f"and read from {'the tables' if found.primary is Side.DB else 'the folders'}."
    )


def write_plan(call: Invocation, plan: CutoverPlan) -> None:
    """Show the steps of a way with the gates before each."""
    if call.as_json:
        write_json(plan_fields(plan))
        return
    click.echo(f"From {plan.before} to {plan.after}: {counted(len(plan.steps), 'step')}.")
    if plan.fills:
        shown = ", ".join(plan.fills[:_SHOWN]) + (" …" if len(plan.fills) > _SHOWN else "")
        click.echo(
            f"To be copied: {counted(len(plan.fills), 'version')} with {counted(plan.rows, 'series row')}: {shown}"
        )
    for number, planned in enumerate(plan.steps, start=1):
        click.echo(f"{number}. {planned.step}")
        for verdict in planned.verdicts:
            for line in _gate(verdict):
                click.echo(line)


def _gate(verdict: GateVerdict) -> Iterator[str]:
    stands = "later" if verdict.pending else "open" if verdict.is_open else "closed"
    yield f"   {verdict.gate:<9} {stands:<7} {verdict.measured}"
    if not verdict.is_open and not verdict.pending:
        if verdict.versions:
            more = " …" if len(verdict.versions) > _SHOWN else ""
            yield f"             {', '.join(verdict.versions[:_SHOWN])}{more}"
        yield f"             needed: {verdict.needed}. {verdict.remedy}"


def _line(one: StepTaken | Moved) -> str:
    if isinstance(one, StepTaken):
        return f"{one.step}: taken; checkpoint {one.checkpoint.number}"
    told = {Side.FILES: "filed", Side.DB: "loaded into the tables", None: "taken out of the tables"}
    return f"{one.version_id} {told[one.side]}"
