"""The drill: the whole way to files and back on a copy, timed, and what would have been lost."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from ..domain.access.actor import Actor
from ..domain.errors import PlanvaultError
from ..domain.shared.events import Head
from ..domain.shared.ids import VersionId
from ..domain.storage.gates import Gate
from ..domain.storage.rebuild import NEVER_MIRRORED
from ..domain.storage.retention import Retention
from ..domain.storage.state import StorageMode
from .maintenance.backup_archive import Backup
from .planner import Planner
from .storage.cut_over import CutoverOrder, Moved

_PAGE = 200
_SHOWN = 10
_WHY = "drill"
ROLLBACK, RESTORE, REBUILD = "roll back", "restore a backup", "rebuild from the files"


class Scratch(Protocol):
    """A place for scratch stores, which is erased afterwards."""

    def open(self, name: str, *, files_of: str | None = None) -> AbstractAsyncContextManager[Planner]:
        """A planner on a SQLite store of that name, made if it is not there, with its own files root or another's."""
        ...

    def files(self, name: str) -> Path:
        """Where the files root of the store of that name lies."""
        ...

    def lose(self, name: str) -> None:
        """Erase the database of that name, which nobody has open."""
        ...

    def file(self, name: str) -> Path:
        """Where a file of that name lies."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillStep:
    """One step of a drill: what was done, in how many seconds, and what came of it."""

    name: str
    seconds: float
    found: str
    is_good: bool = True


@dataclass(slots=True, kw_only=True)
class DrillReport:
    """What a drill came to.

    ``recovery`` is the seconds that each way of going on after a disaster took; ``lost`` names what would have been
    lost: versions with another digest or none, and events that are missing.  ``never_mirrored`` is what a rebuild does
    without, whatever happens.  ``broken`` is what ended it early.
    """

    begun_at: datetime
    versions: int = 0
    series_rows: int = 0
    events: int = 0
    steps: list[DrillStep] = field(default_factory=list)
    recovery: dict[str, float] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    never_mirrored: Sequence[str] = ()
    broken: str | None = None

    @property
    def is_good(self) -> bool:
        """Whether everything came through, to the last digest and event."""
        return self.broken is None and not self.lost and all(step.is_good for step in self.steps)

    @property
    def seconds(self) -> float:
        """How long all of it took."""
        return sum(step.seconds for step in self.steps)


Watcher = Callable[[DrillStep], None]
Digests = Mapping[VersionId, tuple[str, str]]


def _nobody(step: DrillStep) -> None:
    del step


@dataclass(slots=True, kw_only=True)
class Drill:
    """Copies a store, which is only read, into a scratch place, and goes all the way there and back."""

    planner: Planner
    scratch: Scratch
    actor: Actor
    versions: int | None = None
    watcher: Watcher = _nobody
    _without: Sequence[str] = ()

    async def __call__(self, *, at: datetime) -> DrillReport:
        """What it came to; what goes wrong in the copy is part of it.

        Raises:
            ForbiddenError: the actor is no operator.
            InvalidRequestError: the store ends with its process.
            StorageError: the store itself cannot be read.
        """
        report = DrillReport(begun_at=at)
        began = time.perf_counter()
        with self.scratch.file("store.backup.zip").open("wb") as sink:
            backup = await self.planner.maint.copy(sink, actor=self.actor)
        self._noted(report, "copy the store", began, f"versions: {backup.manifest.rows_of('plan_versions')}")
        try:
            async with self.scratch.open("copy") as copy:
                known = await self._gone_to_files(copy, backup, report)
            self.scratch.lose("copy")
            async with self.scratch.open("rebuilt", files_of="copy") as rebuilt:
                await self._gone_on(rebuilt, report, known)
        except PlanvaultError as error:
            report.broken = error.message
        return report

    async def _gone_to_files(self, copy: Planner, backup: Backup, report: DrillReport) -> _Known:
        """Everything up to the mode ``files``; what the copy held before."""
        async with self._step(report, RESTORE, recovers=True) as found:
            await copy.maint.restore(self.scratch.file("store.backup.zip"), actor=self.actor, comment=_WHY)
            found.append("every table was read back and compared")
        await copy.maint.backup_verified(backup, actor=self.actor)
        if self.versions is not None:
            await self._trimmed(copy, report, self.versions)
        wanted, heads = await digests_of(copy), (await copy.audit.heads()).heads
        report.versions, report.events = len(wanted), (await copy.audit.heads()).position
        report.series_rows = (await copy.maint.stats()).rows
        known = _Known(digests=wanted, heads=heads)
        self._without = await _not_taken(copy)
        await self._gone(copy, report, "fill the folders", StorageMode.BOTH)
        back = copy.storage.rollback(self._order(StorageMode.BOTH))
        async with self._step(report, ROLLBACK, recovers=True) as found, aclosing(back) as news:
            found.append(f"steps: {len([one async for one in news])}; reads come from folders")
        await self._compared(copy, report, known)
        await self._gone(copy, report, "leave the tables", StorageMode.FILES)
        await self._compared(copy, report, known)
        return known

    async def _gone_on(self, rebuilt: Planner, report: DrillReport, known: _Known) -> None:
        """The database is gone: build it anew from the files, and go forward to a database alone."""
        root = self.scratch.files("copy")
        # Tokens are never mirrored, so whoever rebuilds is taken at their word.
        self.actor = Actor.asserted(self.actor.name)
        async with self._step(report, REBUILD, recovers=True) as found:
            built = await rebuilt.storage.rebuild(root, actor=self.actor, comment=_WHY)
            await rebuilt.storage.hand_over(root, actor=self.actor)
            await rebuilt.storage.mirror(actor=self.actor)  # the event of the rebuild itself
            report.lost += [one.line for one in built.left_out]
            found.append(f"versions: {built.versions}, events: {built.events}, left out: {len(built.left_out)}")
        report.never_mirrored = NEVER_MIRRORED
        await self._compared(rebuilt, report, known)
        await self._gone(rebuilt, report, "go forward to the database", StorageMode.DB)
        await self._compared(rebuilt, report, known)

    async def _gone(self, copy: Planner, report: DrillReport, name: str, mode: StorageMode) -> None:
        async with self._step(report, name) as found:
            async with aclosing(copy.storage.cutover(self._order(mode))) as news:
                told = [one async for one in news]
            moved = sum(isinstance(one, Moved) for one in told)
            found.append(f"steps: {len(told) - moved}, versions moved: {moved}")

    def _order(self, mode: StorageMode) -> CutoverOrder:
        return CutoverOrder(mode=mode, actor=self.actor, comment=_WHY, without=self._without)

    async def _compared(self, copy: Planner, report: DrillReport, known: _Known) -> None:
        began = time.perf_counter()
        async with aclosing(copy.storage.verify(full=True)) as findings:
            wrong = [f"{finding.file or finding.version_id}: {finding.message}" async for finding in findings]
        lost = [*known.lost(await digests_of(copy)), *wrong]
        verdict = await copy.audit.verify(expected=known.heads)
        if not verdict.clean:
            lost.append("events: the chain does not hold")
        report.lost += [one for one in lost if one not in report.lost]
        found = "every digest and every event is the same" if not lost else "; ".join(lost[:_SHOWN])
        self._noted(report, "compare", began, found, is_good=not lost)

    async def _trimmed(self, copy: Planner, report: DrillReport, keep: int) -> None:
        """Leave the newest versions, and those that nothing may take away; the backup is taken and checked anew."""
        async with self._step(report, "leave out older versions") as found:
            trimmed = await copy.maint.trim(Retention(max_rows=0, keep_newest=keep), actor=self.actor, comment=_WHY)
            found.append(f"{len(trimmed.versions)} left out")
            file = self.scratch.file("smaller.backup.zip")
            with file.open("wb") as sink:
                smaller = await copy.maint.backup(sink, actor=self.actor, comment=_WHY)
            async with self.scratch.open("checked") as checked:
                await checked.maint.restore(file, actor=self.actor, comment=_WHY)
            await copy.maint.backup_verified(smaller, actor=self.actor)

    @asynccontextmanager
    async def _step(self, report: DrillReport, name: str, *, recovers: bool = False) -> AsyncIterator[list[str]]:
        began, found = time.perf_counter(), list[str]()
        try:
            yield found
        except PlanvaultError as error:
            self._noted(report, name, began, error.message, is_good=False)
            raise
        if recovers:
            report.recovery[name] = time.perf_counter() - began
        self._noted(report, name, began, "; ".join(found))

    def _noted(self, report: DrillReport, name: str, began: float, found: str, *, is_good: bool = True) -> None:
        step = DrillStep(name=name, seconds=time.perf_counter() - began, found=found, is_good=is_good)
        report.steps.append(step)
        self.watcher(step)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the copy held at the beginning."""

    digests: Digests
    heads: Sequence[Head]

    def lost(self, now: Digests) -> list[str]:
        """The versions that are missing, or that are not what they were."""
        missing = [f"{one}: it is missing" for one in self.digests if one not in now]
        other = [f"{one}: another digest" for one, said in self.digests.items() if one in now and now[one] != said]
        return missing + other


async def _not_taken(planner: Planner) -> Sequence[VersionId]:
    """The versions that no backfill could take: whether they are done without is no matter of a drill."""
    plan = await planner.storage.plan_cutover(StorageMode.FILES)
    verdicts = [verdict for step in plan.steps for verdict in step.verdicts if verdict.gate is Gate.BACKFILL]
    return verdicts[0].versions if verdicts else ()


async def digests_of(planner: Planner) -> Digests:
    """The payload digest of every version and its plan digest."""
    found: dict[VersionId, tuple[str, str]] = {}
    cursor: str | None = None
    while True:
        page = await planner.plans.list(limit=_PAGE, cursor=cursor)
        found |= {plan.version_id: (plan.payload_digest, plan.plan_digest) for plan in page.items}
        cursor = page.next_cursor
        if cursor is None:
            return found
