"""``planvault demo``: a database with sample data and a first plan, to look around in."""

from __future__ import annotations

import shlex
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ...application.engine import Progress
from ...application.planner import Planner
from ...application.plans.read_plans import PlanSummary
from ...application.presentation import plan_fields, summary_fields
from ...domain.access.actor import Actor
from ...domain.errors import ConflictError, IntegrityError, NotFoundError, PlanvaultError, SchemaMismatchError
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.revision import RevisionStatus
from ...domain.plans.ports import PlanFilter
from ...domain.shared.ids import Label
from .charts import write_demand_and_supply
from .figures import counted
from .invocation import Invocation, invocation
from .nouns import Command
from .output import write_json
from .plan_views import write_headlines
from .progress import progress_bars
from .running import run

LABEL = "demo"
AUTHOR, APPROVER = "aya", "ben"
# What SQLite and planvault keep beside the file.
_BESIDE = ("", "-wal", "-shm", "-journal", ".writer")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    summary: PlanSummary
    input_set: InputSet
    rows: int
    made: bool


@click.command("demo", cls=Command)
@click.option(
    "--path",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("planvault-demo.db"),
    show_default=True,
    help="The SQLite file of the demo.",
)
@click.option("--fresh", is_flag=True, help="Erase an earlier demo in FILE and begin again.")
def demo(path: Path, *, fresh: bool) -> None:
    """Make a database with sample data, approve the data, plan from it, and show the plan.

    A second run shows what is there and changes nothing.
    """
    call = invocation()
    if call.database is not None:
        raise click.UsageError("The demo keeps to a file of its own: name it with --path, without --database.")
    database = str(path.absolute())
    if fresh and path.exists():
        run(_require_demo(call, database, path))
        for ending in _BESIDE:
            Path(f"{path}{ending}").unlink(missing_ok=True)
    with progress_bars(call) as progress:
        shown = run(_shown(call, database, path, progress))
    if call.as_json:
        write_json(_fields(path, shown))
    else:
        _write(call, path, shown)


async def _require_demo(call: Invocation, database: str, path: Path) -> None:
    """Let a file pass that holds a demo and nothing else."""
    try:
        async with call.launcher.open_planner(database=database) as planner:
            await _require_nothing_else(planner, path)
    except ConflictError:
        raise
    except PlanvaultError as error:
        raise ConflictError(
            f"{path} cannot be read as a demo of this planvault and is not erased: {error.message}",
            remedy="Name another file with --path, or erase it yourself.",
        ) from error


async def _require_nothing_else(planner: Planner, path: Path) -> None:
    others = [item.label for item in (await planner.inputs.list()).items if item.label != LABEL]
    plans = (await planner.plans.list()).items
    foreign = [plan.version_id for plan in plans if plan.provenance.input_label != LABEL]
    if others or foreign:
        raise ConflictError(
            f"{path} holds more than a demo: {', '.join([*others, *foreign][:5])}.",
            remedy="Name another file with --path.",
        )


@asynccontextmanager
async def _opened(call: Invocation, database: str, path: Path) -> AsyncIterator[Planner]:
    async with AsyncExitStack() as stack:
        try:
            planner = await stack.enter_async_context(call.launcher.open_planner(database=database))
        except (SchemaMismatchError, IntegrityError) as error:
            raise ConflictError(
                f"{path} is no demo of this planvault: {error.message}", remedy="Name another file with --path."
            ) from error
        yield planner


async def _shown(call: Invocation, database: str, path: Path, progress: Progress) -> _Shown:
    async with _opened(call, database, path) as planner:
        await _require_nothing_else(planner, path)
        input_set, brought = await _inputs(planner, call.launcher.sample_directory)
        existing = (await planner.plans.list(PlanFilter(input_label=Label(LABEL)))).items
        if existing:
            version = existing[-1]
        else:
            version = await planner.plans.create(
                input_set=LABEL,
                actor=Actor.asserted(AUTHOR),
                title="Demo plan",
                comment="made by planvault demo",
                trigger="demo",
                progress=progress,
            )
        return _Shown(
            summary=await planner.plans.summary(version.version_id),
            input_set=input_set,
            rows=sum(input_set.live_revision.row_counts.values()),
            made=brought or not existing,
        )


async def _inputs(planner: Planner, sample: Callable[[], Path]) -> tuple[InputSet, bool]:
    """The approved demo inputs, and whether anything had to be done; an interrupted demo goes on where it was."""
    author, approver = Actor.asserted(AUTHOR), Actor.asserted(APPROVER)
    try:
        input_set = await planner.inputs.get(LABEL)
    except NotFoundError:
        imported = await planner.inputs.import_files(
            label=LABEL, directory=sample(), actor=author, title="Sample data", comment="shipped with planvault"
        )
        input_set = imported.input_set
    if input_set.live is not None:
        return input_set, False
    candidate = input_set.candidate_revision
    if candidate.status is RevisionStatus.DRAFT:
        await planner.inputs.submit(candidate.reference, actor=author)
    comment = "approved by planvault demo"
    return await planner.inputs.approve_reference(candidate.reference, actor=approver, comment=comment), True


def _fields(path: Path, shown: _Shown) -> dict[str, Any]:
    fields = summary_fields(shown.summary)
    return {
        "path": str(path),
        "made": shown.made,
        "label": shown.input_set.label,
        "number": shown.input_set.live,
        "version_id": plan_fields(shown.summary.version)["version_id"],
        **fields,
    }


def _write(call: Invocation, path: Path, shown: _Shown) -> None:
    version, live = shown.summary.version, shown.input_set.live_revision
    if shown.made:
        click.echo(f"{path} is ready: plan {version.version_id} from {live.reference}, {_rows(shown)}.")
        approvers = ", ".join(approval.actor for approval in live.approvals)
        call.note(f"The sample was imported and submitted by {AUTHOR}, approved by {approvers}, planned by {AUTHOR}.")
    else:
        click.echo(f"{path} is there already: plan {version.version_id} from {live.reference}, {_rows(shown)}.")
        call.note("Nothing was changed; --fresh begins again.")
    click.echo()
    write_headlines(shown.summary)
    click.echo()
    write_demand_and_supply(shown.summary.periods)
    click.echo()
    click.echo("Look further:")
    begin = f"{call.launcher.program()} --database {shlex.quote(str(path))}"
    for command in _commands(begin, version.version_id, live.reference):
        click.echo(f"  {command}")


def _rows(shown: _Shown) -> str:
    return f"{counted(shown.rows, 'input row')}, {counted(shown.summary.version.series_rows, 'series row')}"


def _commands(begin: str, version_id: str, reference: str) -> Sequence[str]:
    return [
        f"{begin} plans show {version_id}",
        f"{begin} plans summary {version_id}",
        f"{begin} plans series {version_id} --level det --format csv -o det.csv",
        f"{begin} plans export {version_id} -o demo-artifacts",
        f"{begin} inputs show {reference}",
        f"{begin} plans create --input-set {LABEL} --round-mode dec1 --actor {AUTHOR}",
        f"{begin} serve",
    ]
