"""Examining a store: what may be wrong with it, and what to do about each."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ...domain.shared.clock import Clock
from ...domain.shared.events import EventFilter
from ..plans.row_guard import in_tables
from ..storage.read_storage import ReadStorage
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .make_room import RowLimit

MOST_SKEW = timedelta(seconds=30)
_NEARLY = 0.9
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at: what was found, and where something is wrong, what to do about it."""

    check: str
    message: str
    fix: str | None = None

    @property
    def fine(self) -> bool:
        """Whether nothing is wrong."""
        return self.fix is None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamineStore:
    """Look for what is wrong with a store, quickly: ``audit verify`` and ``storage verify`` look at everything."""

    unit_of_work: UnitOfWorkFactory
    read_storage: ReadStorage
    limit: RowLimit
    clock: Clock

    async def __call__(self) -> Sequence[Check]:
        """What was looked at, in a fixed order."""
        async with self.unit_of_work(read_only=True) as uow:
            checks = [await _integrity(uow), await self._clock(uow)]
            checks += [check async for check in _left_over(uow)]
            checks.append(await self._room(uow))
        return [*checks, await self._files()]

    async def _clock(self, uow: UnitOfWork) -> Check:
        here, there = self.clock.now(), await uow.maintenance.clock()
        skew = abs(here - there)
        if skew > MOST_SKEW:
            return Check(
                check="clock",
                message=f"This machine's clock and the database's are {skew.total_seconds():.0f} seconds apart.",
                fix="Let both machines take their time from one server (NTP): leases and tokens are timed by them.",
            )
        newest = await uow.events.newest(EventFilter(), before=None, limit=1)
        if newest and newest[0].recorded_at > here + MOST_SKEW:
            return Check(
                check="clock",
                message=f"The newest event is of {newest[0].recorded_at:%Y-%m-%d %H:%M:%S} UTC, which is yet to come.",
                fix="Set this machine's clock; events keep the times that they have.",
            )
        return Check(check="clock", message="The clocks agree, and no event is from the future.")

    async def _room(self, uow: UnitOfWork) -> Check:
        stored, limit = await uow.maintenance.stored_rows() if await in_tables(uow) else 0, self.limit.rows
        if limit and stored > _NEARLY * limit:
            return Check(
                check="row limit",
                message=f"{stored} series rows are kept, of {limit} that may be (PLANS_DB_MAX_ROWS).",
                fix="Make room: planvault maint trim --max-rows N --dry-run shows what would go; or raise the limit.",
            )
        return Check(check="row limit", message=f"{stored} series rows; {f'{limit} may be' if limit else 'no limit'}.")

    async def _files(self) -> Check:
        status = await self.read_storage()
        if not status.mode.has_files:
            return Check(check="files", message="Payloads are kept in the tables alone.")
        if status.trouble is not None:
            return Check(
                check="files", message=status.trouble, fix="Mend PLANVAULT_FILES_ROOT, then: planvault storage status."
            )
        if status.unfiled:
            return Check(
                check="files",
                message=f"No folder holds the payload of {_some(status.unfiled)}.",
                fix="File it from the tables: planvault storage repair --from db."
                if status.mode.has_tables
                else "Put a copy of the files root back, or restore a backup: planvault maint restore.",
            )
        if status.outbox.count:
            return Check(
                check="files",
                message=f"{status.outbox.count} commits are not mirrored into the files root.",
                fix="Bring it up to date: planvault storage mirror.",
            )
        if status.orphans:
            return Check(
                check="files",
                message=f"{len(status.orphans)} folders belong to no plan any more.",
                fix="Move them to trash: planvault storage sweep.",
            )
        return Check(check="files", message=f"{status.filed} payloads are filed, and nothing is left over.")


async def _integrity(uow: UnitOfWork) -> Check:
    damages = await uow.maintenance.damages()
    if damages:
        return Check(
            check="integrity",
            message=f"The database is damaged: {'; '.join(damages)}.",
            fix="Restore the newest backup into a new file: planvault maint restore FILE --into NEW.db.",
        )
    return Check(check="integrity", message="The stored bytes are whole, as far as a quick look tells.")


async def _left_over(uow: UnitOfWork) -> AsyncGenerator[Check]:
    unfinished = await uow.maintenance.unfinished()
    if unfinished:
        yield Check(
            check="trims",
            message=f"A trim was stopped half-way through {_some(unfinished)}.",
            fix="Let the next trim finish it: planvault maint trim --older-than 36500.",
        )
    else:
        yield Check(check="trims", message="No trim was stopped half-way.")
    standing = await uow.jobs.standing()
    if standing.lapsed:
        yield Check(
            check="jobs",
            message=f"{standing.lapsed} jobs are held by workers that give no sign of life.",
            fix="Any worker takes them up: planvault jobs worker.",
        )
    else:
        yield Check(check="jobs", message=f"{standing.queued} jobs wait, {standing.running} are worked on.")
    pause = await uow.maintenance.pause()
    if pause is not None and pause.holds(await uow.maintenance.clock()):
        yield Check(
            check="pause",
            message=f"Writes are paused until {pause.until:%Y-%m-%d %H:%M} UTC: {pause.reason}.",
            fix="If that is over: planvault maint resume.",
        )
    else:
        yield Check(check="pause", message="Writes are not paused.")


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"
