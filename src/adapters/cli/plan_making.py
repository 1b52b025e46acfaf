"""``planvault plans create`` and ``register``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from ...application.exchange import NamedStream
from ...application.planner import Planner
from ...application.plans.plan_request import REFERENCE_ENGINE, PlanRequest
from ...application.plans.read_plans import PlanSummary
from ...application.plans.register_request import RegisterRequest
from ...application.presentation import plan_fields
from ...application.run_presentation import job_fields
from ...domain.access.actor import Actor
from ...domain.errors import InvalidRequestError
from ...domain.runs.job import Job
from .invocation import Invocation, invocation
from .nouns import CONFIG_ID, Command
from .output import write_json
from .plan_views import write_made, write_queued
from .progress import progress_bars

TRIGGER = "cli"
F = TypeVar("F", bound=Callable[..., Any])
# The reference engine's parameters that have an option of their own; the engine checks the values.
_NAMED: dict[str, tuple[type, str]] = {
    "round_mode": (str, "How quantities are rounded: none, int, dec1 or dec2."),
    "lt_unit": (str, "What lead times count: day or week."),
    "cutover_date": (str, "The day on which the detailed plan takes over."),
    "recon_window_days": (int, "The days around the cutover in which levels are reconciled."),
    "anchor_policy": (str, "How the month of the cutover is levelled: DET_near, AGG_far or blend."),
    "blend_split_next": (float, "The share of the excess that blend sends on to the months after, 0 to 1."),
    "blend_weight_mode": (str, "How blend weighs weeks by their distance: tri, lin or quad."),
    "carryover": (str, "Who takes what the adjustment leaves: none, prev, next, auto or both."),
    "carryover_split": (float, "The share of it that goes to the next month, 0 to 1."),
    "max_adjust_ratio": (float, "How far the adjustment may change a cell, as a share of it."),
    "tol_abs": (float, "Differences of levels up to this are none."),
    "tol_rel": (float, "Differences up to this share of the larger side are none."),
}


def about(command: F) -> F:
    """Add the options that say what a plan is and why it is made."""
    for name, help_text in reversed(
        [
            ("title", "A title."),
            ("objective", "What the plan is for."),
            ("note", "What else should be known of it."),
            ("comment", "Why it is made; kept with the event."),
        ]
    ):
        command = click.option(f"--{name}", help=help_text)(command)
    return command


def engine_parameters(command: F) -> F:
    """Add the options of the reference engine's parameters."""
    command = click.option("--apply-adjusted", is_flag=True, default=None, help="Plan from the adjusted det as well.")(
        command
    )
    for name, (kind, help_text) in reversed(_NAMED.items()):
        command = click.option(f"--{name.replace('_', '-')}", name, type=kind, help=help_text)(command)
    return command


@click.command("create", cls=Command)
@click.option("--input-set", required=True, metavar="LABEL[@N]", help="What to plan from: what is live under LABEL.")
@click.option("--trial", is_flag=True, help="Plan from the draft or submitted LABEL@N; such a plan is never approved.")
@click.option("--version-id", metavar="V", help="The id of the new plan; else the next vYYYYMMDD-N.")
@click.option("--config", "config_version_id", metavar="ID", type=CONFIG_ID, help="Refuse inputs of another config.")
@click.option("--engine", default=REFERENCE_ENGINE, show_default=True, help="The planning engine.")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter of the engine.")
@engine_parameters
@about
@click.option("--background", is_flag=True, help="Queue a job and return; planvault jobs worker, or serve, does it.")
@click.option(
    "--key", "request_key", metavar="TEXT", help="A word of your own: the same call again makes no second plan."
)
def create(*, params: tuple[str, ...], background: bool, request_key: str | None, **options: Any) -> None:
    """Make a plan version from an approved input set."""
    call = invocation()
    parameters = parameters_given(params, options)

    def request(actor: Actor) -> PlanRequest:
        return PlanRequest(actor=actor, parameters=parameters, trigger=TRIGGER, **options)

    if background:
        _queue(call, request, request_key)
        return

    async def work(planner: Planner, actor: Actor) -> PlanSummary:
        with progress_bars(call) as progress:
            version = await planner.plans.create_once(request(actor), request_key=request_key, progress=progress)
        return await planner.plans.summary(version.version_id)

    summary = call.act(work)
    if call.as_json:
        write_json(plan_fields(summary.version))
    else:
        write_made(call, summary)


def _queue(call: Invocation, request: Callable[[Actor], PlanRequest], request_key: str | None) -> None:
    async def work(planner: Planner, actor: Actor) -> Job:
        return await planner.plans.queue(request(actor), request_key=request_key)

    job = call.act(work)
    if call.as_json:
        write_json(job_fields(job))
    else:
        write_queued(call, job)


@click.command("register", cls=Command)
@click.argument("file", type=click.Path(path_type=Path, readable=False))
@click.option("--version-id", required=True, metavar="V", help="The id of the plan.")
@click.option("--input-set", metavar="LABEL[@N]", help="The approved inputs it was made from, if they are known.")
@click.option("--trial", is_flag=True, help="The inputs were never approved; such a plan is never approved either.")
@click.option("--engine-name", metavar="NAME", help="What made the plan.")
@click.option("--engine-version", metavar="TEXT", help="Its version.")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter that it was made with.")
@about
def register(*, file: Path, params: tuple[str, ...], **options: Any) -> None:
    """Keep the rows of FILE, a plan that was made elsewhere, as plan version V.

    FILE is .jsonl, .csv or .parquet, or a .zip that plans export wrote; that one brings its edits, locks and weights
    along.
    """
    call = invocation()
    parameters = _parameters(params, {})
    stream = NamedStream(name=str(file), open=lambda: file.open("rb"))

    async def work(planner: Planner, actor: Actor) -> PlanSummary:
        request = RegisterRequest(actor=actor, engine_parameters=parameters, trigger=TRIGGER, **options)
        version = await planner.plans.register_file(request, stream)
        return await planner.plans.summary(version.version_id)

    summary = call.act(work)
    if call.as_json:
        write_json(plan_fields(summary.version))
    else:
        write_made(call, summary)


def parameters_given(written: Iterable[str], options: dict[str, Any]) -> dict[str, Any]:
    """The engine's parameters, taken out of a command's options and read from ``--param``."""
    return _parameters(written, {name: options.pop(name) for name in (*_NAMED, "apply_adjusted")})


def _parameters(written: Iterable[str], named: dict[str, Any]) -> dict[str, Any]:
    """Parameters by name; values are JSON where they can be read so (7, 0.5, true, null), else text."""
    parameters = {name: value for name, value in named.items() if value is not None}
    for text in written:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InvalidRequestError(f"{text[:80]!r} is no parameter.", remedy="Write --param NAME=VALUE.")
        if name in parameters:
            raise InvalidRequestError(f"The parameter {name} is given twice.", remedy="Give it once.")
        parameters[name] = _value(value)
    return parameters


def _value(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        return text
