"""Taking one version of a legacy system: written as any plan is, read back, compared, and only then done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ...domain.access.actor import Actor
from ...domain.errors import IntegrityError
from ...domain.plans.digests import SeriesDigester
from ...domain.plans.series import SeriesRow
from ...domain.plans.stage import PlanStage, stage_of, stale_after
from ...domain.plans.version import PlanAction, PlanEvent, PlanOrigin, PlanStatus, PlanVersion, Provenance, plan_stream
from ...domain.shared.events import EventDraft, Head
from ...domain.shared.ids import VersionId, folded
from ...domain.storage.backfill import Candidate
from ...domain.storage.standing import History, Standing, history_of
from ..plans.publication import Publication, plan_digest
from ..unit_of_work import UnitOfWork
from .adopt_history import adopt_history
from .follow_source import believed, followed
from .legacy_source import LegacyEvent, LegacyPlan, ToldPlan

QUOTED = "legacy.json"
_ROWS_AT_ONCE = 2_000
_FROZEN = frozenset({PlanStatus.APPROVED, PlanStatus.SUPERSEDED, PlanStatus.ARCHIVED})


async def standing_of(
    uow: UnitOfWork, candidate: Candidate, told: ToldPlan | None = None
) -> tuple[Standing, PlanVersion | None]:
    """What is known of a version here, and the version itself where there is one; ``told`` is what its source tells."""
    version = await uow.plans.find(candidate.version_id)
    item = await uow.backfills.item(candidate.version_id)
    used = version is not None or await uow.events.head(plan_stream(candidate.version_id)) is not None
    standing = Standing(
        item=item,
        payload_digest=None if version is None else version.payload_digest,
        used=used,
        frozen=version is not None and version.status in _FROZEN,
        history=History.APART if told is None else history_of(await _heads(uow, candidate.version_id), told.heads),
    )
    return standing, version


async def _heads(uow: UnitOfWork, version_id: VersionId) -> list[Head]:
    stream = uow.events.stream(plan_stream(version_id))
    return [Head(stream=event.stream, sequence=event.sequence, hash=event.hash) async for event in stream]


async def changed_levels(uow: UnitOfWork, version: PlanVersion, plan: LegacyPlan) -> list[str]:
    """The levels of the source whose rows are not those that stand here, in order of name."""
    known = {series.level: series.digest for series in await uow.payload.series(version.version_id)}
    changed = []
    for level, rows in plan.levels.items():
        digester = SeriesDigester(version.version_id, level)
        for batch in _batches(rows):
            digester.take(batch)
        if digester.close().digest != known.get(level):
            changed.append(level)
    return sorted(changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeVersion:
    """Writes one version within a unit of work; the caller commits, or does not.

    ``configs`` are the config versions here, by the source's ids.
    """

    uow: UnitOfWork
    source: str
    run_id: str
    configs: Mapping[int, int]
    actor: Actor
    at: datetime

    async def take(self, plan: LegacyPlan) -> PlanVersion:
        """Keep a version that is not here yet, with what lay over it and what happened to it.

        It is a draft, whatever it was there: nobody here approved it.

        Raises:
            AlreadyExistsError: its id is or was another version's.
            InvalidRequestError: a row cannot be kept.
            IntegrityError: what was read back is not what was written.
        """
        publication = Publication(self.uow, await self._version(plan))
        await publication.begin()
        for level, rows in plan.levels.items():
            await publication.level(level, _batched(rows))
        written = await publication.finish({**plan.artifacts, QUOTED: self._quoted(plan)})
        _require_told(written, plan)
        version = await self._laid_over(written, plan)
        await self._require_equal(version.version_id, plan.levels)
        await adopt_history(self.uow, plan.runs, plan.jobs, configs=self.configs, version_id=version.version_id)
        await self._tell(version, plan)
        return version

    async def replace(
        self, version: PlanVersion, plan: LegacyPlan, levels: Sequence[str], *, follow: bool = False
    ) -> PlanVersion:
        """Write levels of a version anew; overrides, locks, weights and events stay as they are.

        ``follow`` where the source goes on from what stands here: then what lies over it, what is said of it and what
        happened to it there come along.

        Raises:
            InvalidRequestError: a row cannot be kept.
            IntegrityError: what was read back is not what was written.
        """
        uow, version_id = self.uow, version.version_id
        kept = [series for series in await uow.payload.series(version_id) if series.level not in levels]
        publication = Publication(uow, version, kept, by_its_run=False)
        for level in levels:
            await uow.payload.remove_level(version_id, level)
            await publication.level(level, _batched(plan.levels[level]))
        present = [series.level for series in publication.series]
        stale = stale_after(levels, present, version.stale_levels)
        stage = max(version.stage, stage_of(set(present) - set(stale)), key=lambda stage: stage.place)
        publication.version = replace(version, stage=stage, stale_levels=stale, updated_at=self.at)
        if follow:
            publication.version = await self._followed(publication.version, plan)
        sealed = await publication.sealed(await uow.overlays.load(version_id))
        _require_told(sealed, plan)
        after = await uow.plans.save(self._reopened(sealed))
        await self._require_equal(version_id, {level: plan.levels[level] for level in levels})
        details = {
            **self._origin(plan),
            "levels": list(levels),
            "payload_digest": after.payload_digest,
            "payload_digest_before": version.payload_digest,
            "was": str(version.status),
        }
        event = PlanEvent(version=after, action=PlanAction.BACKFILL, actor=self.actor, details=details)
        await uow.events.append(event.draft(), at=self.at)
        return after

    def _reopened(self, version: PlanVersion) -> PlanVersion:
        """The version as a draft: what was submitted is no longer what waits for approval."""
        if self.actor.key not in version.author_keys:
            version = replace(version, editors=(*version.editors, self.actor.name))
        if version.status is not PlanStatus.SUBMITTED:
            return version
        return replace(version.moved_to(PlanStatus.DRAFT, at=self.at), approvals=())

    async def _version(self, plan: LegacyPlan) -> PlanVersion:
        told = plan.told
        return PlanVersion(
            version_id=plan.candidate.version_id,
            title=None if told is None else told.title,
            trial=told is not None and told.trial,
            provenance=await self._provenance(plan),
            cutover_date=plan.cutover_date,
            recon_window_days=plan.recon_window_days,
            objective=plan.objective,
            note=plan.note,
            payload_digest="",
            plan_digest="",
            series_rows=0,
            created_at=plan.candidate.created_at,
            created_by=self.actor.name,
            updated_at=self.at,
            editors=_others(plan.editors, self.actor),
            stale_levels=() if told is None else told.stale_levels,
        )

    async def _provenance(self, plan: LegacyPlan) -> Provenance:
        made = Provenance(
            origin=PlanOrigin.LEGACY,
            config_version_id=None if plan.config_id is None else self.configs.get(plan.config_id),
            run_id=plan.runs[0].run_id if plan.runs else None,
            job_id=plan.jobs[0].job_id if plan.jobs else None,
        )
        return made if plan.told is None else await believed(self.uow, made, plan.told.provenance)

    async def _laid_over(self, version: PlanVersion, plan: LegacyPlan) -> PlanVersion:
        uow, overlay = self.uow, plan.overlay
        await uow.overlays.save_overrides(version.version_id, list(overlay.overrides.values()))
        await uow.overlays.save_locks(version.version_id, list(overlay.locks.values()))
        await uow.overlays.save_weights(version.version_id, overlay.weights)
        stage = PlanStage(plan.status) if plan.status in set(PlanStage) else version.stage
        digest = plan_digest(version.payload_digest, version.provenance, overlay)
        if (stage, digest) == (version.stage, version.plan_digest):
            return version
        return await uow.plans.save(replace(version, stage=stage, plan_digest=digest))

    async def _followed(self, version: PlanVersion, plan: LegacyPlan) -> PlanVersion:
        """The version as the source has it by now; what happened to it there since is quoted."""
        head = await self.uow.events.head(plan_stream(version.version_id))
        for event in plan.events[0 if head is None else head.sequence :]:
            await self.uow.events.append(self._quote(version, event), at=self.at)
        editors = _others((*version.editors, *plan.editors), Actor.asserted(version.created_by))
        return replace(await followed(self.uow, version, plan), editors=editors)

    async def _require_equal(self, version_id: VersionId, written: Mapping[str, Sequence[SeriesRow]]) -> None:
        """Read every level back from the store and compare it cell by cell: equal rows have equal digests."""
        for level, rows in written.items():
            place = 0
            async for batch in self.uow.payload.rows(version_id, level):
                if batch != list(rows[place : place + len(batch)]):
                    raise IntegrityError(f"{level} of {version_id} reads otherwise than it was written.")
                place += len(batch)
            if place != len(rows):
                raise IntegrityError(f"{level} of {version_id} has {place} rows, but {len(rows)} were written.")

    async def _tell(self, version: PlanVersion, plan: LegacyPlan) -> None:
        for told in plan.events:
            await self.uow.events.append(self._quote(version, told), at=self.at)
        details = {
            **self._origin(plan),
            "payload_digest": version.payload_digest,
            "series_rows": version.series_rows,
            "quoted": dict(plan.quoted),
        }
        event = PlanEvent(version=version, action=PlanAction.BACKFILL, actor=self.actor, details=details)
        await self.uow.events.append(event.draft(), at=self.at)

    def _quote(self, version: PlanVersion, told: LegacyEvent) -> EventDraft:
        """An event of the source: whoever backfills says that it stands there, not that it is true."""
        return EventDraft(
            stream=plan_stream(version.version_id),
            action=PlanAction.QUOTE,
            subject=f"plan/{version.version_id}",
            actor=self.actor,
            comment=told.line,
            details={"source": self.source, **told.quoted},
        )

    def _origin(self, plan: LegacyPlan) -> dict[str, Any]:
        return {
            "source": self.source,
            "source_version": plan.candidate.source_version,
            "source_digest": plan.source_digest,
            "backfill": self.run_id,
        }

    def _quoted(self, plan: LegacyPlan) -> dict[str, Any]:
        return {**self._origin(plan), "source_run_id": plan.source_run_id, **plan.quoted}


def _require_told(version: PlanVersion, plan: LegacyPlan) -> None:
    if plan.told is not None and version.payload_digest != plan.told.payload_digest:
        raise IntegrityError(
            f"The payload of {version.version_id} came to another digest than its source tells of.",
            remedy="Look for the fault where it comes from: planvault storage verify --full.",
            version_id=version.version_id,
        )


def _others(editors: Sequence[str], actor: Actor) -> tuple[str, ...]:
    """Who edited it there besides the actor, each once however the name is written."""
    return tuple({folded(editor): editor for editor in editors if folded(editor) != actor.key}.values())


def _batches(rows: Sequence[SeriesRow]) -> list[Sequence[SeriesRow]]:
    return [rows[start : start + _ROWS_AT_ONCE] for start in range(0, len(rows), _ROWS_AT_ONCE)]


async def _batched(rows: Sequence[SeriesRow]) -> AsyncIterator[Sequence[SeriesRow]]:
    for batch in _batches(rows):
        yield batch
        await asyncio.sleep(0)  # other requests get their turn while a large plan is written
