"""What is believed of another planvault: where a plan comes from, and what became of one that stood here before."""

from __future__ import annotations

from dataclasses import replace

from ...domain.plans.editing.overlay import Overlay
from ...domain.plans.stage import PlanStage
from ...domain.plans.version import PlanVersion, Provenance
from ...domain.shared.ids import Label, VersionId
from ..unit_of_work import UnitOfWork
from .legacy_source import LegacyPlan


async def believed(uow: UnitOfWork, made: Provenance, there: Provenance) -> Provenance:
    """The provenance with the engine of the source, and with its inputs where the same content stands here."""
    made = replace(
        made,
        engine_name=there.engine_name,
        engine_version=there.engine_version,
        engine_parameters=there.engine_parameters,
    )
    known = None if there.input_label is None else await uow.input_sets.find(Label(there.input_label))
    revisions = () if known is None else known.revisions
    used = (there.input_revision, there.input_content_hash)
    if not any((revision.number, revision.content_hash) == used for revision in revisions):
        return made
    return replace(
        made,
        input_label=there.input_label,
        input_revision=there.input_revision,
        input_content_hash=there.input_content_hash,
    )


async def followed(uow: UnitOfWork, version: PlanVersion, plan: LegacyPlan) -> PlanVersion:
    """The version as its source has it, which went on from here; what lies over it is laid over it here."""
    await _lay_over(uow, version.version_id, plan.overlay)
    if plan.told is None:
        return version
    return replace(
        version,
        title=plan.told.title,
        stage=PlanStage(plan.status) if plan.status in set(PlanStage) else version.stage,
        stale_levels=plan.told.stale_levels,
        cutover_date=plan.cutover_date,
        recon_window_days=plan.recon_window_days,
        objective=plan.objective,
        note=plan.note,
    )


async def _lay_over(uow: UnitOfWork, version_id: VersionId, overlay: Overlay) -> None:
    """Put the overlay in the place of what lies over a version."""
    here = await uow.overlays.load(version_id)
    overrides, locks, weights = overlay.overrides, overlay.locks, overlay.weights
    await uow.overlays.save_overrides(version_id, list(overrides.values()), here.overrides.keys() - overrides.keys())
    await uow.overlays.save_locks(version_id, list(locks.values()), here.locks.keys() - locks.keys())
    await uow.overlays.save_weights(version_id, weights, here.weights.keys() - weights.keys())
