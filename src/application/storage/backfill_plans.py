"""Backfill: a legacy system's plans, version by version, each in a transaction of its own."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from ...domain.access.actor import Role
from ...domain.errors import (
    ConflictError,
    IntegrityError,
    InvalidRequestError,
    NotFoundError,
    PlanvaultError,
    RefusedError,
    StaleVersionError,
)
from ...domain.shared.clock import Clock
from ...domain.shared.ids import Label
from ...domain.storage.backfill import (
    BackfillItem,
    BackfillRun,
    Candidate,
    Outcome,
    require_no_gaps,
    under_way,
)
from ...domain.storage.standing import History, Verdict, unread_verdict, verdict
from ..access.admission import Admission
from ..plans.row_guard import RowGuard
from ..retrying import retried
from ..runs.hold_job import LEASE_SECONDS, this_process
from ..threads import in_thread
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .adopt_configs import adopt_configs
from .adopt_history import adopt_history
from .backfill_request import Backfilled, BackfillRequest, BackfillStep
from .backfill_work import BackfillWork, item_of
from .legacy_source import LegacyInputs, LegacyPlan, LegacySource, LegacySources
from .take_inputs import TakeInputs, TakenInputs
from .take_version import TakeVersion, changed_levels, standing_of

MOST_TIMES = 3
_OF_ONE_VERSION = (RefusedError, ConflictError, IntegrityError, NotFoundError)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillPlans:
    """Take the plans of a legacy system.

    A rerun catches up: what did not change is skipped, what changed at the source is replaced level by level, what
    changed on both sides is a conflict and left alone.  What is wrong with one version is told with it; the others
    go on.  One run at a time holds the lease; one that died is taken over once its lease lapses.
    """

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    sources: LegacySources
    clock: Clock
    lease_seconds: float = LEASE_SECONDS
    guard: RowGuard = field(default_factory=RowGuard)

    async def __call__(self, request: BackfillRequest) -> Backfilled:
        """What the run came to.

        Raises:
            ForbiddenError: the actor is no operator.
            NotFoundError: there is no such source, or it has no such version.
            InProgressError: another backfill is under way.
            ConflictError: what stands before the version to resume from is not done, or the run was taken over.
        """
        request.actor.require(Role.OPERATOR)
        if request.selection.limit is not None and request.selection.limit < 1:
            raise InvalidRequestError("The limit has to be at least 1.", remedy="Leave it out to take everything.")
        opened = await in_thread(lambda: self.sources.open(request.source))
        with opened as source:
            offered = await in_thread(source.versions)
            wanted = request.selection.of(offered)
            await self._check_gaps(request, offered)
            work = await self._begin(source, request)
            return await self._carried_out(work, wanted)

    async def _check_gaps(self, request: BackfillRequest, offered: Sequence[Candidate]) -> None:
        passed_over = request.selection.passed_over(offered)
        if passed_over and not request.force:
            async with self.unit_of_work(read_only=True) as uow:
                require_no_gaps(passed_over, frozenset(await uow.backfills.done()))

    @retried
    async def _begin(self, source: LegacySource, request: BackfillRequest) -> BackfillWork:
        configs, jobs = await in_thread(source.configs), await in_thread(source.loose_jobs)
        now = self.clock.now()
        run = BackfillRun(
            run_id=uuid.uuid4().hex,
            source=source.name,
            options=request.options,
            started_at=now,
            started_by=request.actor.name,
        )
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, request.actor, during_pause=True)
            await self._require_alone(uow, now)
            mapped = await adopt_configs(uow, configs, actor=request.actor, at=now)
            await adopt_history(uow, (), jobs, configs=mapped)
            if not request.dry_run:
                run = replace(run, lease=await uow.backfills.lease(this_process(), seconds=self.lease_seconds))
                await uow.backfills.add(run)
                await uow.commit()
        return BackfillWork(source=source, request=request, run=run, configs=mapped)

    @staticmethod
    async def _require_alone(uow: UnitOfWork, now: datetime) -> None:
        running = await uow.backfills.running()
        if running is None:
            return
        other, lapsed = running
        if not lapsed:
            raise under_way(other)
        await uow.backfills.save(other.abandoned(at=now))

    async def _carried_out(self, work: BackfillWork, wanted: Sequence[Candidate]) -> Backfilled:
        items: list[BackfillItem] = []
        inputs: list[TakenInputs] = []
        interrupted = False
        try:
            # Whoever names versions wants these alone.
            labels = [] if work.request.selection.only else await in_thread(work.source.input_sets)
            inputs += [await self._inputs(work, label) for label in labels]
            for place, candidate in enumerate(wanted, start=1):
                limit = work.request.selection.limit
                interrupted = work.request.stopping()
                if interrupted or (limit is not None and work.run.attempted >= limit):
                    break
                item = await self._one(work, candidate)
                items.append(item)
                work.request.watcher(BackfillStep(run=work.run, item=item, place=place, total=len(wanted)))
                if work.request.throttle > 0 and place < len(wanted):
                    await asyncio.sleep(work.request.throttle)
        except StaleVersionError:  # the run is another's by now
            raise
        except asyncio.CancelledError:
            await self._end(work, work.run.ended(at=self.clock.now(), interrupted=True))
            raise
        except Exception as error:
            await self._end(work, work.run.failed(str(error)[:500], at=self.clock.now()))
            raise
        run = await self._end(work, work.run.ended(at=self.clock.now(), interrupted=interrupted))
        return Backfilled(run=run, items=items, inputs=inputs, dry_run=work.request.dry_run)

    @retried
    async def _end(self, work: BackfillWork, run: BackfillRun) -> BackfillRun:
        if work.request.dry_run:
            return run
        async with self.unit_of_work() as uow:
            ended = await uow.backfills.save(run)
            await uow.commit()
        return ended

    async def _inputs(self, work: BackfillWork, source_label: str) -> TakenInputs:
        try:
            inputs = await in_thread(partial(work.source.inputs, source_label))
            taken, run = await self._inputs_written(work, inputs)
        except _OF_ONE_VERSION as error:
            if _is_taken_over(error):
                raise
            taken = TakenInputs(
                label=Label(source_label), source_label=source_label, outcome=Outcome.FAILED, reason=error.message
            )
            run = work.run.counting_inputs(Outcome.FAILED)
        work.run = run
        return taken

    @retried
    async def _inputs_written(self, work: BackfillWork, inputs: LegacyInputs) -> tuple[TakenInputs, BackfillRun]:
        actor = work.request.actor
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor, during_pause=True)
            configs = await self._configs(uow, work)
            take = TakeInputs(uow=uow, source=work.source.name, configs=configs, actor=actor, at=self.clock.now())
            taken = await take(inputs)
            run = work.run.counting_inputs(taken.outcome)
            if taken.outcome is Outcome.TAKEN and not work.request.dry_run:
                run = await uow.backfills.save(run)
                await uow.commit()
        return taken, run

    async def _configs(self, uow: UnitOfWork, work: BackfillWork) -> Mapping[int, int]:
        """The config versions to hang things on; a dry run kept none, so each of its steps makes them anew."""
        if not work.request.dry_run:
            return work.configs
        configs = await in_thread(work.source.configs)
        return await adopt_configs(uow, configs, actor=work.request.actor, at=self.clock.now())

    async def _one(self, work: BackfillWork, candidate: Candidate) -> BackfillItem:
        try:
            for _ in range(MOST_TIMES):
                item = await self._attempt(work, candidate)
                if item is not None:
                    return item
            reason = f"Its source changed {MOST_TIMES} times while it was read."
        except _OF_ONE_VERSION as error:
            if _is_taken_over(error):
                raise
            reason = error.message
        return await self._note(work, candidate, Verdict(outcome=Outcome.FAILED, reason=reason))

    async def _attempt(self, work: BackfillWork, candidate: Candidate) -> BackfillItem | None:
        """What became of the version; null where its source changed while it was read."""
        before = await in_thread(partial(work.source.digest, candidate.source_version))
        async with self.unit_of_work(read_only=True) as uow:
            standing, _ = await standing_of(uow, candidate)
        known = unread_verdict(standing, before, force=work.request.force)
        if known is not None:
            work.run = work.run.counting(known.outcome, 0)
            return item_of(work, candidate, known, self.clock.now(), standing.item)
        plan = await in_thread(partial(work.source.plan, candidate.source_version))
        if plan.source_digest != before:
            return None
        return await self._written(work, plan)

    @retried
    async def _written(self, work: BackfillWork, plan: LegacyPlan) -> BackfillItem:
        request, now = work.request, self.clock.now()
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, request.actor, during_pause=True)
            standing, version = await standing_of(uow, plan.candidate, plan.told)
            changed = [] if version is None else await changed_levels(uow, version, plan)
            found = verdict(standing, changed, force=request.force)
            item = item_of(work, plan.candidate, found, now, standing.item)
            taking = TakeVersion(
                uow=uow,
                source=work.source.name,
                run_id=work.run.run_id,
                configs=await self._configs(uow, work),
                actor=request.actor,
                at=now,
            )
            before = 0 if version is None else version.series_rows
            if found.outcome is Outcome.TAKEN:
                version = await taking.take(plan)
            elif found.outcome is Outcome.REPLACED and version is not None:
                levels = list(plan.levels) if request.force else changed
                follow = standing.history is History.AHEAD
                version = await taking.replace(version, plan, levels, follow=follow)
            if version is not None:
                await self.guard.require_room(uow, adding=version.series_rows - before)
            item = replace(item, differences=plan.differences)
            if found.outcome.is_done and version is not None:
                item = replace(
                    item,
                    source_digest=plan.source_digest,
                    payload_digest=version.payload_digest,
                    series_rows=version.series_rows,
                    kpi_count=len(await uow.payload.kpis(version.version_id)),
                )
            return await self._kept(uow, work, item)

    @retried
    async def _note(self, work: BackfillWork, candidate: Candidate, found: Verdict) -> BackfillItem:
        async with self.unit_of_work() as uow:
            before = await uow.backfills.item(candidate.version_id)
            return await self._kept(uow, work, item_of(work, candidate, found, self.clock.now(), before))

    async def _kept(self, uow: UnitOfWork, work: BackfillWork, item: BackfillItem) -> BackfillItem:
        """The item, committed with the run that it counts for; a run that was taken over keeps nothing."""
        rows = item.series_rows if item.outcome in {Outcome.TAKEN, Outcome.REPLACED} else 0
        run = work.run.counting(item.outcome, rows)
        if not work.request.dry_run:
            await uow.backfills.save_item(item)
            owner = this_process() if run.lease is None else run.lease.owner
            lease = await uow.backfills.lease(owner, seconds=self.lease_seconds)
            run = await uow.backfills.save(replace(run, lease=lease))
            await uow.commit()
        work.run = run
        return item


def _is_taken_over(error: PlanvaultError) -> bool:
    return isinstance(error, StaleVersionError) and error.params.get("kind") == "backfill"
