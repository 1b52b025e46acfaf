"""``planvault maint pause``, ``resume`` and ``stats``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import click

from ...application.maintenance.read_stats import StoreStats
from ...application.maintenance_presentation import pause_fields, stats_fields
from ...application.planner import Planner
from ...domain.access.actor import Actor
from ...domain.errors import InvalidRequestError
from ...domain.storage.pause import Pause
from .figures import count, counted, moment, quantity
from .invocation import Invocation, invocation
from .nouns import Command
from .output import write_json, write_table

_SPAN = re.compile(r"(?P<number>[0-9]{1,5})(?P<unit>[mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_MEGABYTE = 1_000_000


@click.command("pause", cls=Command)
@click.option("--reason", required=True, help="Why; everybody who writes meanwhile is told.")
@click.option(
    "--until",
    required=True,
    metavar="T",
    help="When it ends by itself: 30m, 2h, 1d from now, or a moment such as 2026-11-20T18:00 in the zone of times.",
)
def pause(reason: str, until: str) -> None:
    """Let nobody write for a while: writes are answered with the reason, reads go on, and so does maintenance."""
    call = invocation()
    end = _moment(call, until)

    async def work(planner: Planner, actor: Actor) -> Pause:
        return await planner.maint.pause(reason, until=end, actor=actor)

    begun = call.act(work)
    if call.as_json:
        write_json(pause_fields(begun))
        return
    zone = call.surroundings.zone
    click.echo(f"Writes are paused until {moment(begun.until, zone)} ({zone.key}): {begun.reason}")
    call.note(f"\nTo end it earlier: {call.command('maint resume')}")


@click.command("resume", cls=Command)
@click.option("--comment", help="Why; kept with the event.")
def resume(comment: str | None) -> None:
    """Let everybody write again."""
    call = invocation()

    async def work(planner: Planner, actor: Actor) -> Pause:
        return await planner.maint.resume(actor=actor, comment=comment)

    over = call.act(work)
    if call.as_json:
        write_json(pause_fields(None))
    else:
        click.echo(f"Writes go on; they were paused since {moment(over.since, call.surroundings.zone)}: {over.reason}")


@click.command("stats", cls=Command)
def stats() -> None:
    """Show how much is kept, how fast that grows, and when the row limit is reached."""
    call = invocation()
    known = call.read(lambda planner: planner.maint.stats())
    if call.as_json:
        write_json(stats_fields(known))
    else:
        _write_stats(call, known)


def _moment(call: Invocation, text: str) -> datetime:
    """The moment that a span from now or a time names.

    Raises:
        InvalidRequestError: it is neither.
    """
    span = _SPAN.fullmatch(text)
    if span is not None:
        return datetime.now(UTC) + int(span["number"]) * _UNITS[span["unit"]]
    try:
        named = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidRequestError(
            f"--until {text[:40]!r} is no time.", remedy="Write 30m, 2h, 1d, or 2026-11-20T18:00."
        ) from error
    return named.replace(tzinfo=call.surroundings.zone) if named.tzinfo is None else named


def _write_stats(call: Invocation, known: StoreStats) -> None:
    zone = call.surroundings.zone
    click.echo(
        f"{counted(known.rows, 'series row')} of {counted(known.held, 'plan')}, {_megabytes(known.size.total)} "
        f"({_megabytes(known.size.free)} free to be written again); {counted(known.trimmed, 'trimmed plan')}."
    )
    if known.pause is not None:
        click.echo(f"Writes are paused until {moment(known.pause.until, zone)} ({zone.key}): {known.pause.reason}")
    click.echo(_limit(known))
    if not known.months:
        return
    click.echo("")
    write_table(
        ["level", "series rows", "plans", "about"],
        [
            [level.level, count(level.rows), count(level.versions), _megabytes(known.bytes_of(level.rows))]
            for level in known.levels
        ],
        right=("series rows", "plans", "about"),
    )
    click.echo("")
    write_table(
        ["largest", f"made ({zone.key})", "series rows", "about"],
        [
            [
                version.version_id,
                moment(version.created_at, zone),
                count(version.rows),
                _megabytes(known.bytes_of(version.rows)),
            ]
            for version in known.largest
        ],
        right=("series rows", "about"),
    )
    click.echo("")
    write_table(
        ["month", "plans written", "series rows"],
        [[month.month, count(month.versions), count(month.rows)] for month in known.months],
        right=("plans written", "series rows"),
    )


def _limit(known: StoreStats) -> str:
    growth = f"{quantity(known.rows_per_day)} rows a day are written"
    if known.limit is None:
        return f"There is no limit (PLANS_DB_MAX_ROWS); {growth}."
    room = f"{count(known.room or 0)} rows to the limit of {count(known.limit)}"
    if known.days_to_limit is None:
        return f"{room}; {growth}, so it is not in sight."
    return f"{room}; {growth}, so it is reached in {counted(known.days_to_limit, 'day')}, on {known.limit_on}."


def _megabytes(size: int) -> str:
    return f"{size / _MEGABYTE:,.1f} MB".replace(",", " ")
