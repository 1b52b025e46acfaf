"""What is decided on plans, as the facade offers it."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.access.actor import Actor
from ...domain.plans.baseline import Baseline
from ...domain.plans.stage import PlanStage
from ...domain.plans.version import PlanVersion
from .baselines import Baselines
from .delete_plan import DeletePlan
from .review_plans import ReviewPlans


@dataclass(frozen=True, kw_only=True)
class Deciding:
    """The moves of plan versions and the baselines of config versions.

    ``row_version`` is the one that was looked at; given, a plan that changed meanwhile is ``stale-version``.
    """

    review_plans: ReviewPlans
    baselines: Baselines
    delete_plan: DeletePlan

    async def submit(
        self, version_id: str, *, actor: Actor, comment: str | None = None, row_version: int | None = None
    ) -> PlanVersion:
        """Put a draft before the approvers (``ReviewPlans``)."""
        return await self.review_plans.submit(version_id, actor=actor, said=comment, expected=row_version)

    async def approve(
        self,
        version_id: str,
        *,
        digest: str,
        actor: Actor,
        comment: str | None = None,
        row_version: int | None = None,
    ) -> PlanVersion:
        """Say yes to the plan with that plan digest, or with its first 12 or more hex digits (``ReviewPlans``)."""
        return await self.review_plans.approve(
            version_id, digest=digest, actor=actor, said=comment, expected=row_version
        )

    async def revoke(
        self, version_id: str, *, actor: Actor, comment: str | None, row_version: int | None = None
    ) -> PlanVersion:
        """Take a submitted or approved plan back to draft (``ReviewPlans``)."""
        return await self.review_plans.revoke(version_id, actor=actor, said=comment, expected=row_version)

    async def pin(
        self, version_id: str, *, actor: Actor, comment: str | None = None, row_version: int | None = None
    ) -> PlanVersion:
        """Keep a plan from trims and deletion (``ReviewPlans``)."""
        return await self.review_plans.pin(version_id, actor=actor, said=comment, expected=row_version)

    async def unpin(
        self, version_id: str, *, actor: Actor, comment: str | None = None, row_version: int | None = None
    ) -> PlanVersion:
        """Let trims and deletion have a plan again (``ReviewPlans``)."""
        return await self.review_plans.unpin(version_id, actor=actor, said=comment, expected=row_version)

    async def advance(
        self,
        version_id: str,
        *,
        to: PlanStage,
        actor: Actor,
        comment: str | None = None,
        row_version: int | None = None,
    ) -> PlanVersion:
        """Say that a plan has come to a later stage (``ReviewPlans``)."""
        return await self.review_plans.advance(version_id, to, actor=actor, said=comment, expected=row_version)

    async def invalidate(
        self,
        version_id: str,
        *,
        from_stage: PlanStage,
        actor: Actor,
        comment: str | None = None,
        row_version: int | None = None,
    ) -> PlanVersion:
        """Say that a stage and all after it no longer hold (``ReviewPlans``)."""
        return await self.review_plans.invalidate(
            version_id, from_stage, actor=actor, said=comment, expected=row_version
        )

    async def delete(
        self, version_id: str, *, actor: Actor, comment: str | None = None, row_version: int | None = None
    ) -> PlanVersion:
        """Remove a plan; the answer is what it was (``DeletePlan``)."""
        return await self.delete_plan(version_id, actor=actor, said=comment, expected=row_version)

    async def baseline(self, config_version_id: int) -> Baseline:
        """The baseline of a config version with its history, oldest entry first (``Baselines``)."""
        return await self.baselines.get(config_version_id)

    async def set_baseline(
        self,
        config_version_id: int,
        version_id: str,
        *,
        actor: Actor,
        comment: str | None = None,
        sequence: int | None = None,
    ) -> Baseline:
        """Make an approved plan the baseline; ``sequence`` is how often it was changed when you looked."""
        return await self.baselines.set(config_version_id, version_id, actor=actor, said=comment, expected=sequence)

    async def roll_back_baseline(
        self, config_version_id: int, *, actor: Actor, comment: str | None = None, sequence: int | None = None
    ) -> Baseline:
        """Make the plan before the baseline again, and approved; ``sequence`` as for ``set_baseline``."""
        return await self.baselines.roll_back(config_version_id, actor=actor, said=comment, expected=sequence)
