"""The baselines of config versions: reading, setting, rolling back."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.access.actor import Actor, Role
from ...domain.errors import IllegalTransitionError
from ...domain.plans.baseline import Baseline, BaselineMove, new_entries
from ...domain.shared.clock import Clock
from ...domain.shared.ids import comment, version_id
from ..access.admission import Admission
from ..retrying import retried
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory


@dataclass(frozen=True, slots=True, kw_only=True)
class Baselines:
    """Which plan is the baseline of a config version, and which it was.

    ``expected`` is how often the baseline had been changed when somebody looked: of several who saw the same one,
    one changes it, and the others are told that they are late.
    """

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    clock: Clock

    async def get(self, config_version_id: int) -> Baseline:
        """The baseline with its history, oldest entry first; without entries none was ever set.

        Raises:
            NotFoundError: there is no such config version.
        """
        async with self.unit_of_work(read_only=True) as uow:
            await uow.configs.get(config_version_id)
            return await uow.baselines.of(config_version_id)

    @retried
    async def set(
        self, config_version_id: int, wanted: str, *, actor: Actor, said: str | None, expected: int | None
    ) -> Baseline:
        """The baseline after an approved or superseded plan became it.

        Raises:
            NotFoundError: there is no such config version or plan.
            StaleVersionError: somebody changed the baseline first.
            ForbiddenError, InvalidRequestError, IllegalTransitionError: as ``Baseline.set_to``.
        """
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor)
            baseline = await self._to_change(uow, config_version_id, expected)
            version = await uow.plans.get(version_id(wanted))
            former = None
            if baseline.current is not None and not baseline.is_current(version.version_id):
                former = await uow.plans.get(baseline.current)
            move = baseline.set_to(version, former=former, actor=actor, at=now, comment=comment(said))
            return await self._kept(uow, baseline, move)

    @retried
    async def roll_back(
        self, config_version_id: int, *, actor: Actor, said: str | None, expected: int | None
    ) -> Baseline:
        """The baseline after the plan before became it again, which makes that plan approved again.

        Raises:
            NotFoundError: there is no such config version.
            StaleVersionError: somebody changed the baseline first.
            ForbiddenError: the actor is no approver.
            IllegalTransitionError: there was none before.
        """
        actor.require(Role.APPROVER)
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor)
            baseline = await self._to_change(uow, config_version_id, expected)
            if baseline.current is None or baseline.previous is None:
                raise IllegalTransitionError(
                    f"Config version {config_version_id} has no baseline to go back to.",
                    remedy=f"See planvault plans baseline --config {config_version_id} --history.",
                )
            former = await uow.plans.get(baseline.current)
            version = await uow.plans.get(baseline.previous)
            move = baseline.rolled_back(version, former=former, actor=actor, at=now, comment=comment(said))
            return await self._kept(uow, baseline, move)

    async def _to_change(self, uow: UnitOfWork, config_version_id: int, expected: int | None) -> Baseline:
        # The pointer is locked before any version, so that two who change it cannot wait for each other.
        await uow.configs.get(config_version_id)
        baseline = await uow.baselines.of(config_version_id, changing=True)
        baseline.require_sequence(expected)
        return baseline

    async def _kept(self, uow: UnitOfWork, baseline: Baseline, move: BaselineMove) -> Baseline:
        await uow.baselines.add(move.entry)
        for version in move.changed:
            await uow.plans.save(version)
        for event in move.events:
            await uow.events.append(event.draft(), at=move.entry.since)
        reason = f"baseline of config version {baseline.config_version_id}: {move.entry.version_id}"
        await uow.events.take_checkpoint(reason, at=move.entry.since)
        await uow.commit()
        return new_entries(baseline, move)
