"""Trimming: old plan versions are put away, their rows removed in small transactions, their events kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...domain.access.actor import Actor, Role
from ...domain.plans import lifecycle
from ...domain.shared.clock import Clock
from ...domain.shared.ids import VersionId, comment
from ...domain.storage.retention import HeldVersion, Retention, Selection, select
from ..access.admission import Admission
from ..plans.pack_plan import PackPlan
from ..plans.plan_archive import PlanArchive
from ..plans.row_guard import in_tables
from ..retrying import retried
from ..telemetry import Telemetry
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory

BY_OPERATOR = "operator"
BY_GUARD = "max_rows"

# Keeps a packed plan somewhere else; what it answers stands in the event.
PlanKeeper = Callable[[PlanArchive], Awaitable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrimOrder:
    """In whose name versions are trimmed, by whom it was caused, and who keeps them first."""

    actor: Actor
    cause: str = BY_OPERATOR
    said: str | None = None
    keeper: PlanKeeper | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trimmed:
    """What a trim did: versions put away, those passed over because they changed meanwhile, rows and KPIs removed.

    ``finished`` are versions whose rows an earlier trim had left; ``kpis`` are those that lost their KPIs alone.
    """

    selection: Selection
    versions: tuple[HeldVersion, ...]
    passed_over: tuple[VersionId, ...]
    finished: tuple[VersionId, ...]
    kpis: tuple[VersionId, ...]
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrimPreview:
    """What a trim would do now."""

    selection: Selection
    unfinished: tuple[VersionId, ...]
    kpis: tuple[VersionId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrimPlans:
    """Put away what retention does not keep.

    Each version is put away in one transaction, with its event; its rows then go some thousands at a time, so that
    nobody waits long and memory stays flat.  A trim that was stopped is finished by the next one.
    """

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    pack_plan: PackPlan
    telemetry: Telemetry
    clock: Clock

    async def preview(self, retention: Retention) -> TrimPreview:
        """What a trim would do now; it changes nothing."""
        now = self.clock.now()
        before = retention.kpis_before(now)
        async with self.unit_of_work(read_only=True) as uow:
            return TrimPreview(
                selection=select(await uow.maintenance.held(), retention, now=now),
                unfinished=tuple(await uow.maintenance.unfinished()),
                kpis=() if before is None else tuple(await uow.maintenance.with_old_kpis(before)),
            )

    async def __call__(self, retention: Retention, order: TrimOrder) -> Trimmed:
        """What was done; a version that changed since it was chosen is passed over.

        Raises:
            ForbiddenError: the actor is no operator.
            PlanvaultError: the keeper could not keep a version; those before it were trimmed.
        """
        if order.cause != BY_GUARD:
            order.actor.require(Role.OPERATOR)
        planned = await self.preview(retention)
        rows = 0
        for version_id in planned.unfinished:
            rows += await self._emptied(version_id, retention, order)
        done: list[HeldVersion] = []
        try:
            for version in reversed(planned.selection.chosen):  # a plan goes before the one that it was made from
                if await self._put_away(version, order):
                    rows += await self._emptied(version.version_id, retention, order)
                    done.append(version)
            for version_id in planned.kpis:
                await self._without_kpis(version_id, order)
        finally:
            if done:
                self.telemetry.versions_trimmed(cause=order.cause, count=len(done))
        if rows:
            await self._give_back()
        return Trimmed(
            selection=planned.selection,
            versions=tuple(reversed(done)),
            passed_over=_others(planned.selection.chosen, done),
            finished=planned.unfinished,
            kpis=planned.kpis,
            rows=rows,
        )

    async def _put_away(self, chosen: HeldVersion, order: TrimOrder) -> bool:
        """Whether the version is put away now: kept elsewhere first, and not changed since it was chosen."""
        if order.keeper is None:
            return await self._archived(chosen, order, plan_digest=None, details={})
        packed = await self.pack_plan(chosen.version_id)
        try:
            place = await order.keeper(packed)
        finally:
            packed.close()
        digest = packed.version.plan_digest
        return await self._archived(chosen, order, plan_digest=digest, details={"archive": place})

    @retried
    async def _archived(
        self, chosen: HeldVersion, order: TrimOrder, *, plan_digest: str | None, details: dict[str, Any]
    ) -> bool:
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, order.actor, during_pause=True)
            version = await uow.plans.find(chosen.version_id)
            if version is None or plan_digest not in {None, version.plan_digest}:
                return False
            if not await _is_still_free(uow, chosen):
                return False
            after, event = lifecycle.trim(
                version,
                actor=order.actor,
                at=now,
                by_guard=order.cause == BY_GUARD,
                comment=comment(order.said),
                details={"cause": order.cause, **details},
            )
            await uow.storage.unpoint(version.version_id)  # its folder is swept like any that nothing points to
            await uow.plans.save(after)
            await uow.events.append(event.draft(), at=now)
            await uow.commit()
        return True

    async def _emptied(self, version_id: VersionId, retention: Retention, order: TrimOrder) -> int:
        """Remove the rows of a version that was put away; how many there were."""
        removed = 0
        while some := await self._fewer_rows(version_id, order):
            removed += some
        filed = await self._emptied_at_last(version_id, retention, order)
        return removed or filed

    @retried
    async def _fewer_rows(self, version_id: VersionId, order: TrimOrder) -> int:
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, order.actor, during_pause=True)
            removed = await uow.maintenance.remove_rows(version_id)
            await uow.commit()
        return removed

    @retried
    async def _emptied_at_last(self, version_id: VersionId, retention: Retention, order: TrimOrder) -> int:
        """End it; how many rows lay in the folder that nothing points to any more, where the tables held none."""
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, order.actor, during_pause=True)
            version = await uow.plans.get(version_id)
            await uow.maintenance.remove_artifacts(version_id)
            if not retention.keeps_kpis_of(version.created_at, now):
                await uow.payload.save_kpis(version_id, [])
            # The rows count as long as there are any, so that the limit is held and a stopped trim is known.
            await uow.plans.save(replace(version, series_rows=0, updated_at=now))
            filed = 0 if await in_tables(uow) else version.series_rows
            await uow.commit()
        return filed

    @retried
    async def _without_kpis(self, version_id: VersionId, order: TrimOrder) -> None:
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, order.actor, during_pause=True)
            await uow.payload.save_kpis(version_id, [])
            await uow.commit()

    async def _give_back(self) -> None:
        more = True
        while more:
            async with self.unit_of_work() as uow:
                more = await uow.maintenance.reclaim()
                await uow.commit()


async def _is_still_free(uow: UnitOfWork, chosen: HeldVersion) -> bool:
    known = await uow.maintenance.held_version(chosen.version_id)
    if known is None or known.protection is not None or known.series_rows != chosen.series_rows:
        return False
    return not await uow.maintenance.is_base(chosen.version_id)


def _others(chosen: Sequence[HeldVersion], done: Sequence[HeldVersion]) -> tuple[VersionId, ...]:
    trimmed = {version.version_id for version in done}
    return tuple(version.version_id for version in chosen if version.version_id not in trimmed)
