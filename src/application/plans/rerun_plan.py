"""Making a plan once more from the same inputs, to see whether the same comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...domain.access.actor import Actor, Role
from ...domain.errors import IllegalTransitionError
from ...domain.plans.series import BucketDigest
from ...domain.plans.version import PlanAction, PlanOrigin, PlanVersion
from ...domain.shared.ids import Label, version_id
from ..engine import EngineRunner, Progress, silent
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .create_plan import CreatePlan
from .plan_request import PlanRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketChange:
    """A bucket of a level that is not the same in two versions; null rows where one of them lacks it."""

    level: str
    time_bucket_type: str
    time_bucket_key: str
    rows_before: int | None
    rows_after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RerunOutcome:
    """The new version, the one that it repeats, and the buckets in which they differ, in key order."""

    version: PlanVersion
    base: PlanVersion
    differences: Sequence[BucketChange]

    @property
    def same(self) -> bool:
        """Whether the same came out: both have the same payload digest."""
        return self.version.payload_digest == self.base.payload_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class RerunPlan:
    """Repeat a plan: the same revision, engine and parameters, as a version of its own."""

    unit_of_work: UnitOfWorkFactory
    engines: EngineRunner
    create_plan: CreatePlan

    async def __call__(
        self,
        wanted: str,
        *,
        actor: Actor,
        new_id: str | None = None,
        comment: str | None = None,
        trigger: str = "facade",
        progress: Progress = silent,
    ) -> RerunOutcome:
        """What came out; a trial gives a trial. Edits are no part of it: the stored values are compared.

        Raises:
            ForbiddenError: the actor is no planner.
            NotFoundError: there is no such version, its engine is gone, or so are its inputs.
            IllegalTransitionError: no engine made it, or the engine has another version by now.
            PlanvaultError: as ``CreatePlan``.
        """
        actor.require(Role.PLANNER)
        async with self.unit_of_work(read_only=True) as uow:
            base = await uow.plans.get(version_id(wanted))
            made_from = base.provenance
            engine, inputs = made_from.engine_name, made_from.input_reference
            if made_from.origin is not PlanOrigin.ENGINE or engine is None or inputs is None:
                raise IllegalTransitionError(
                    f"{base.version_id} was not made by an engine here, so it cannot be made again.",
                    remedy="Only plans that planvault created can be repeated.",
                )
            revision = (await uow.input_sets.get(Label(made_from.input_label or ""))).revision(
                made_from.input_revision or 0
            )
            content = await uow.contents.get(revision.content_hash)
        present, _ = self.engines.describe(engine, made_from.engine_parameters, content)
        if present != made_from.engine_version:
            raise IllegalTransitionError(
                f"{base.version_id} was made by {engine} {made_from.engine_version}; {engine} is {present} here.",
                remedy=f"Make it anew with that: planvault plans reconcile {base.version_id}.",
            )
        version = await self.create_plan(
            PlanRequest(
                input_set=inputs,
                actor=actor,
                version_id=new_id,
                trial=base.trial,
                engine=engine,
                parameters=made_from.engine_parameters,
                title=base.title,
                comment=comment,
                trigger=trigger,
                base=base,
                action=PlanAction.RERUN,
            ),
            progress=progress,
        )
        async with self.unit_of_work(read_only=True) as uow:
            differences = [] if version.payload_digest == base.payload_digest else await _changes(uow, base, version)
        return RerunOutcome(version=version, base=base, differences=differences)


async def _changes(uow: UnitOfWork, base: PlanVersion, version: PlanVersion) -> list[BucketChange]:
    levels = {series.level for one in (base, version) for series in await uow.payload.series(one.version_id)}
    found: list[BucketChange] = []
    for level in sorted(levels):
        before, after = (
            {(bucket.time_bucket_type, bucket.time_bucket_key): bucket for bucket in buckets}
            for buckets in (
                await uow.payload.buckets(base.version_id, level),
                await uow.payload.buckets(version.version_id, level),
            )
        )
        for key in sorted(before.keys() | after.keys()):
            old, new = before.get(key), after.get(key)
            if _digest(old) != _digest(new):
                found.append(
                    BucketChange(
                        level=level,
                        time_bucket_type=key[0],
                        time_bucket_key=key[1],
                        rows_before=None if old is None else old.row_count,
                        rows_after=None if new is None else new.row_count,
                    )
                )
    return found


def _digest(bucket: BucketDigest | None) -> bytes | None:
    return None if bucket is None else bucket.digest
