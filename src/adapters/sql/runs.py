"""Runs and jobs in SQL, linked both ways."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, and_, exists, or_, select, update

from ...domain.errors import AlreadyExistsError, NotFoundError, StaleVersionError
from ...domain.runs.job import Job, JobStatus
from ...domain.runs.ports import JobRepository, RunFilter, RunRepository
from ...domain.runs.run import Run, RunStatus
from ...domain.shared.canonical import document
from ...domain.shared.ids import JobId, RunId, VersionId
from ...domain.shared.paging import Page
from .keyset import newest_first
from .session import SqlSession
from .tables import JOBS, PLAN_JOBS, RUNS


class SqlRunRepository(RunRepository):
    """The runs of a database."""

    def __init__(self, session: SqlSession) -> None:
        """Work in this transaction."""
        self._session = session

    async def get(self, run_id: RunId) -> Run:
        """The run of that id."""
        row = await self._session.row(select(RUNS).where(RUNS.c.run_id == run_id))
        if row is None:
            raise NotFoundError("run", run_id, remedy="See planvault runs list.")
        return _run(row)

    async def list(self, wanted: RunFilter, *, limit: int, cursor: str | None) -> Page[Run]:
        """Runs, newest first."""
        statement = select(RUNS)
        if wanted.status is not None:
            statement = statement.where(RUNS.c.status == str(wanted.status))
        if wanted.version_id is not None:
            statement = statement.where(RUNS.c.plan_version_id == wanted.version_id)
        if wanted.input_set_label is not None:
            statement = statement.where(RUNS.c.input_set_label == wanted.input_set_label)
        if wanted.config_version_id is not None:
            statement = statement.where(RUNS.c.config_version_id == wanted.config_version_id)
        return await newest_first(
            self._session,
            statement,
            by=(RUNS.c.started_at, RUNS.c.run_id),
            name="runs",
            limit=limit,
            cursor=cursor,
            entity=_run,
        )

    async def add(self, run: Run) -> None:
        """Keep a new run."""
        if not await self._session.insert_new(RUNS, {"run_id": run.run_id, "row_version": 0, **_run_values(run)}):
            raise AlreadyExistsError("run", run.run_id)

    async def save(self, run: Run) -> Run:
        """Keep a changed run."""
        touched = await self._session.execute(
            update(RUNS)
            .where(RUNS.c.run_id == run.run_id, RUNS.c.row_version == run.row_version)
            .values(row_version=run.row_version + 1, **_run_values(run))
        )
        if touched != 1:
            raise StaleVersionError("run", run.run_id)
        return replace(run, row_version=run.row_version + 1)


class SqlJobRepository(JobRepository):
    """The jobs of a database."""

    def __init__(self, session: SqlSession) -> None:
        """Work in this transaction."""
        self._session = session

    async def get(self, job_id: JobId) -> Job:
        """The job of that id."""
        row = await self._session.row(select(JOBS).where(JOBS.c.job_id == job_id))
        if row is None:
            raise NotFoundError("job", job_id, remedy="See planvault jobs list.")
        return _job(row)

    async def list(
        self, *, status: JobStatus | None, version_id: VersionId | None, limit: int, cursor: str | None
    ) -> Page[Job]:
        """Jobs, newest first."""
        statement = select(JOBS)
        if status is not None:
            statement = statement.where(JOBS.c.status == str(status))
        if version_id is not None:
            statement = statement.where(JOBS.c.version_id == version_id)
        return await newest_first(
            self._session,
            statement,
            by=(JOBS.c.submitted_at, JOBS.c.job_id),
            name="jobs",
            limit=limit,
            cursor=cursor,
            entity=_job,
        )

    async def last_of(self, version_ids: Sequence[VersionId]) -> dict[VersionId, Job]:
        """The job of each of these versions that was submitted last."""
        columns = JOBS.c
        newer = JOBS.alias("newer")
        later = or_(
            newer.c.submitted_at > columns.submitted_at,
            and_(newer.c.submitted_at == columns.submitted_at, newer.c.job_id > columns.job_id),
        )
        rows = await self._session.rows(
            select(JOBS).where(
                columns.version_id.in_(version_ids),
                ~exists().where(newer.c.version_id == columns.version_id, later),
            )
        )
        return {VersionId(row.version_id): _job(row) for row in rows}

    async def add(self, job: Job) -> None:
        """Keep a new job."""
        if not await self._session.insert_new(JOBS, {"job_id": job.job_id, "row_version": 0, **_job_values(job)}):
            raise AlreadyExistsError("job", job.job_id)

    async def save(self, job: Job) -> Job:
        """Keep a changed job; once it names a version, ``plan_jobs`` links the two."""
        touched = await self._session.execute(
            update(JOBS)
            .where(JOBS.c.job_id == job.job_id, JOBS.c.row_version == job.row_version)
            .values(row_version=job.row_version + 1, **_job_values(job))
        )
        if touched != 1:
            raise StaleVersionError("job", job.job_id)
        if job.version_id is not None:
            await self._session.insert_new(
                PLAN_JOBS,
                {
                    "version_id": job.version_id,
                    "job_id": job.job_id,
                    "run_id": job.run_id,
                    "status": str(job.status),
                    "trigger": job.trigger,
                    "submitted_at": job.submitted_at,
                    "started_at": job.started_at,
                    "finished_at": job.finished_at,
                    "duration_ms": job.duration_ms,
                },
            )
        return replace(job, row_version=job.row_version + 1)


def _run_values(run: Run) -> dict[str, Any]:
    return {
        "status": str(run.status),
        "started_at": run.started_at,
        "started_by": run.started_by,
        "finished_at": run.finished_at,
        "duration_ms": run.duration_ms,
        "config_version_id": run.config_version_id,
        "input_set_label": run.input_set_label,
        "input_set_revision": run.input_revision,
        "input_content_hash": run.input_content_hash,
        "engine_name": run.engine_name,
        "engine_version": run.engine_version,
        "engine_parameters_json": document(dict(run.engine_parameters)),
        "plan_version_id": run.plan_version_id,
        "plan_job_id": run.plan_job_id,
        "error": run.error,
    }


def _run(row: Row[Any]) -> Run:
    return Run(
        run_id=row.run_id,
        status=RunStatus(row.status),
        started_at=row.started_at,
        started_by=row.started_by,
        finished_at=row.finished_at,
        config_version_id=row.config_version_id,
        input_set_label=row.input_set_label,
        input_revision=row.input_set_revision,
        input_content_hash=row.input_content_hash,
        engine_name=row.engine_name,
        engine_version=row.engine_version,
        engine_parameters=json.loads(row.engine_parameters_json),
        plan_version_id=row.plan_version_id,
        plan_job_id=row.plan_job_id,
        error=row.error,
        row_version=row.row_version,
    )


def _job_values(job: Job) -> dict[str, Any]:
    return {
        "type": job.kind,
        "status": str(job.status),
        "trigger": job.trigger,
        "params_json": document(dict(job.parameters)),
        "submitted_at": job.submitted_at,
        "submitted_by": job.submitted_by,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "run_id": job.run_id,
        "version_id": job.version_id,
        "error": job.error,
    }


def _job(row: Row[Any]) -> Job:
    return Job(
        job_id=row.job_id,
        kind=row.type,
        status=JobStatus(row.status),
        trigger=row.trigger,
        parameters=json.loads(row.params_json),
        submitted_at=row.submitted_at,
        submitted_by=row.submitted_by,
        started_at=row.started_at,
        finished_at=row.finished_at,
        run_id=row.run_id,
        version_id=row.version_id,
        error=row.error,
        row_version=row.row_version,
    )
