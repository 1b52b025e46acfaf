"""Runs and jobs of a legacy system: kept as they ended, each once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...domain.errors import NotFoundError
from ...domain.runs.job import Job
from ...domain.runs.run import Run
from ...domain.shared.ids import VersionId
from ..unit_of_work import UnitOfWork


async def adopt_history(
    uow: UnitOfWork,
    runs: Sequence[Run],
    jobs: Sequence[Job],
    *,
    configs: Mapping[int, int],
    version_id: VersionId | None = None,
) -> None:
    """Keep runs and jobs that are not here yet, those of a version with their link to it."""
    for run in runs:
        if not await _has_run(uow, run):
            number = None if run.config_version_id is None else configs.get(run.config_version_id)
            await uow.runs.add(replace(run, config_version_id=number, plan_version_id=version_id))
    for job in jobs:
        if not await _has_job(uow, job):
            await uow.jobs.add(job)
            if version_id is not None:
                await uow.jobs.save(replace(job, version_id=version_id))


async def _has_run(uow: UnitOfWork, run: Run) -> bool:
    try:
        await uow.runs.get(run.run_id)
    except NotFoundError:
        return False
    return True


async def _has_job(uow: UnitOfWork, job: Job) -> bool:
    try:
        await uow.jobs.get(job.job_id)
    except NotFoundError:
        return False
    return True
