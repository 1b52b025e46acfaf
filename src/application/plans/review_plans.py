"""Submitting, approving, revoking, pinning and staging plans."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from ...domain.access.actor import Actor
from ...domain.access.policy import ApprovalPolicy
from ...domain.errors import StaleVersionError
from ...domain.plans import lifecycle, staging
from ...domain.plans.baseline import Baseline
from ...domain.plans.lifecycle import Move
from ...domain.plans.stage import PlanStage
from ...domain.plans.version import PlanVersion
from ...domain.shared.clock import Clock
from ...domain.shared.ids import comment, version_id
from ..access.admission import Admission
from ..retrying import retried
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory

Decide = Callable[[UnitOfWork, PlanVersion, datetime], Awaitable[Move]]


def require_unchanged(version: PlanVersion, expected: int | None) -> None:
    """Let a version pass that is as it was looked at; null looked at nothing and passes.

    Raises:
        StaleVersionError: its ``row_version`` is another.
    """
    if expected is not None and expected != version.row_version:
        raise StaleVersionError("plan version", version.version_id)


async def baseline_of(uow: UnitOfWork, version: PlanVersion) -> Baseline | None:
    """The baseline of the version's config version, to read; none where it belongs to none."""
    config = version.provenance.config_version_id
    return None if config is None else await uow.baselines.of(config)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPlans:
    """The moves of a plan version: each is one transaction with its event.

    Every method answers the version afterwards and raises, besides what its domain move raises,

        NotFoundError: there is no such version.
        StaleVersionError: its ``row_version`` is not the ``expected`` one.
    """

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    policy: ApprovalPolicy
    clock: Clock

    @retried
    async def submit(self, wanted: str, *, actor: Actor, said: str | None, expected: int | None) -> PlanVersion:
        """Put a draft before the approvers (``lifecycle.submit``)."""

        async def decide(_: UnitOfWork, version: PlanVersion, at: datetime) -> Move:
            return lifecycle.submit(version, actor=actor, at=at, comment=comment(said))

        return await self._moved(wanted, actor, expected, decide)

    @retried
    async def approve(
        self, wanted: str, *, digest: str, actor: Actor, said: str | None, expected: int | None
    ) -> PlanVersion:
        """Say yes to the plan as it was seen (``lifecycle.approve``); a checkpoint of all events is taken."""

        async def decide(_: UnitOfWork, version: PlanVersion, at: datetime) -> Move:
            return lifecycle.approve(version, digest, actor=actor, policy=self.policy, at=at, comment=comment(said))

        return await self._moved(wanted, actor, expected, decide, checkpoint="approve plan")

    @retried
    async def revoke(self, wanted: str, *, actor: Actor, said: str | None, expected: int | None) -> PlanVersion:
        """Take a submitted or approved plan back to draft (``lifecycle.revoke``)."""

        async def decide(uow: UnitOfWork, version: PlanVersion, at: datetime) -> Move:
            # Read while the version is locked, so that it cannot become the baseline meanwhile.
            baseline = await baseline_of(uow, version)
            return lifecycle.revoke(version, baseline=baseline, actor=actor, at=at, comment=comment(said))

        return await self._moved(wanted, actor, expected, decide)

    @retried
    async def pin(self, wanted: str, *, actor: Actor, said: str | None, expected: int | None) -> PlanVersion:
        """Keep a plan from trims and deletion (``lifecycle.pin``)."""

        async def decide(_: UnitOfWork, version: PlanVersion, at: datetime) -> Move:
            return lifecycle.pin(version, actor=actor, at=at, comment=comment(said))

        return await self._moved(wanted, actor, expected, decide)

    @retried
    async def unpin(self, wanted: str, *, actor: Actor, said: str | None, expected: int | None) -> PlanVersion:
        """Let trims and deletion have a plan again (``lifecycle.unpin``)."""

        async def decide(_: UnitOfWork, version: PlanVersion, at: datetime) -> Move:
            return lifecycle.unpin(version, actor=actor, at=at, comment=comment(said))

        return await self._moved(wanted, actor, expected, decide)

    @retried
    async def advance(
        self, wanted: str, to: PlanStage, *, actor: Actor, said: str | None, expected: int | None
    ) -> PlanVersion:
        """Say that a plan has come to a later stage (``staging.advance``)."""

        async def decide(_: UnitOfWork, version: PlanVersion, at: datetime) -> Move:
            return staging.advance(version, to, actor=actor, at=at, comment=comment(said))

        return await self._moved(wanted, actor, expected, decide)

    @retried
    async def invalidate(
        self, wanted: str, from_stage: PlanStage, *, actor: Actor, said: str | None, expected: int | None
    ) -> PlanVersion:
        """Say that a stage and all after it no longer hold (``staging.invalidate``)."""

        async def decide(uow: UnitOfWork, version: PlanVersion, at: datetime) -> Move:
            levels = [series.level for series in await uow.payload.series(version.version_id)]
            return staging.invalidate(version, from_stage, levels=levels, actor=actor, at=at, comment=comment(said))

        return await self._moved(wanted, actor, expected, decide)

    async def _moved(
        self, wanted: str, actor: Actor, expected: int | None, decide: Decide, *, checkpoint: str | None = None
    ) -> PlanVersion:
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor)
            version = await uow.plans.get(version_id(wanted))
            require_unchanged(version, expected)
            after, event = await decide(uow, version, now)
            after = await uow.plans.save(after)
            await uow.events.append(event.draft(), at=now)
            if checkpoint is not None:
                await uow.events.take_checkpoint(f"{checkpoint} {version.version_id}", at=now)
            await uow.commit()
        return after
