"""Jobs in SQL: claimed by one at a time, linked to the plans that came of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select, type_coerce, update

from ...domain.access.actor import Actor, Role, Verification
from ...domain.errors import AlreadyExistsError, NotFoundError, StaleVersionError
from ...domain.runs.job import Job, JobProgress, JobStatus, Lease
from ...domain.runs.ports import JobRepository, JobsStanding
from ...domain.shared.canonical import document
from ...domain.shared.ids import JobId, VersionId
from ...domain.shared.paging import Page
from .keyset import newest_first
from .session import SqlSession
from .tables import JOBS, PLAN_JOBS
from .types import Instant


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
            update(JOBS).where(*_unmoved(job)).values(row_version=job.row_version + 1, **_job_values(job))
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

    async def with_key(self, submitted_by: str, request_key: str) -> Job | None:
        """The job that this actor submitted under that key, if there is one."""
        row = await self._session.row(
            select(JOBS).where(JOBS.c.submitted_by == submitted_by, JOBS.c.request_key == request_key)
        )
        return None if row is None else _job(row)

    async def lease(self, owner: str, *, seconds: float) -> Lease:
        """A lease that begins now, by the database's clock."""
        return Lease(owner=owner, until=await self._session.now() + timedelta(seconds=seconds))

    async def claim(self, lease: Lease, *, at: datetime) -> Job | None:
        """Take the job that has been queued longest."""
        row = await self._session.row(
            select(JOBS)
            .where(JOBS.c.status == str(JobStatus.QUEUED))
            .order_by(JOBS.c.submitted_at, JOBS.c.job_id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        return None if row is None else await self.save(_job(row).claimed(lease, at=at))

    async def hold(self, job: Job, *, seconds: float, progress: JobProgress | None) -> bool:
        """Extend the lease of a claimed job and note how far it has come."""
        until = await self._session.now() + timedelta(seconds=seconds)
        touched = await self._session.execute(
            update(JOBS).where(*_unmoved(job)).values(lease_until=until, **_progress_values(progress))
        )
        return touched == 1

    async def lapsed(self) -> Sequence[Job]:
        """Running jobs whose lease has lapsed, oldest first."""
        rows = await self._session.rows(
            select(JOBS)
            .where(await self._lapsed())
            .order_by(JOBS.c.submitted_at, JOBS.c.job_id)
            .with_for_update(skip_locked=True)
        )
        return [_job(row) for row in rows]

    async def standing(self) -> JobsStanding:
        """How the jobs stand."""
        status, lapsed = JOBS.c.status, await self._lapsed()
        row = await self._session.row(
            select(
                func.count().filter(status == str(JobStatus.QUEUED)).label("queued"),
                func.count().filter(status == str(JobStatus.RUNNING)).label("running"),
                func.count().filter(lapsed).label("lapsed"),
                type_coerce(func.min(JOBS.c.submitted_at).filter(status == str(JobStatus.QUEUED)), Instant).label(
                    "oldest"
                ),
            ).where(status.in_([str(JobStatus.QUEUED), str(JobStatus.RUNNING)]))
        )
        if row is None:
            raise AssertionError("an aggregate without groups has one row")
        waited = 0.0 if row.oldest is None else (await self._session.now() - row.oldest).total_seconds()
        return JobsStanding(queued=row.queued, running=row.running, lapsed=row.lapsed, waited_seconds=max(0.0, waited))

    async def _lapsed(self) -> ColumnElement[bool]:
        until = JOBS.c.lease_until
        return and_(JOBS.c.status == str(JobStatus.RUNNING), or_(until.is_(None), until <= await self._session.now()))


def _unmoved(job: Job) -> tuple[ColumnElement[bool], ...]:
    return JOBS.c.job_id == job.job_id, JOBS.c.row_version == job.row_version


def _job_values(job: Job) -> dict[str, Any]:
    return {
        "type": job.kind,
        "status": str(job.status),
        "trigger": job.trigger,
        "params_json": document(dict(job.parameters)),
        "submitted_at": job.submitted_at,
        "submitted_by": job.submitted_by,
        "actor_json": None if job.actor is None else document(_actor_fields(job.actor)),
        "request_key": job.request_key,
        "attempts": job.attempts,
        "most_attempts": job.most_attempts,
        "lease_owner": None if job.lease is None else job.lease.owner,
        "lease_until": None if job.lease is None else job.lease.until,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "run_id": job.run_id,
        "version_id": job.version_id,
        "error": job.error,
        **_progress_values(job.progress),
    }


def _progress_values(progress: JobProgress | None) -> dict[str, Any]:
    return {
        "progress_stage": None if progress is None else progress.stage,
        "progress_percent": None if progress is None else progress.percent,
        "progress_rows": None if progress is None else progress.rows,
    }


def _actor_fields(actor: Actor) -> dict[str, Any]:
    return {
        "name": actor.name,
        "roles": sorted(str(role) for role in actor.roles),
        "verification": str(actor.verification),
        "token_id": actor.token_id,
    }


def _actor(text: str) -> Actor:
    fields = json.loads(text)
    return Actor(
        name=fields["name"],
        roles=frozenset(Role(role) for role in fields["roles"]),
        verification=Verification(fields["verification"]),
        token_id=fields["token_id"],
    )


def _job(row: Row[Any]) -> Job:
    return Job(
        job_id=row.job_id,
        kind=row.type,
        status=JobStatus(row.status),
        trigger=row.trigger,
        parameters=json.loads(row.params_json),
        submitted_at=row.submitted_at,
        submitted_by=row.submitted_by,
        actor=None if row.actor_json is None else _actor(row.actor_json),
        request_key=row.request_key,
        attempts=row.attempts,
        most_attempts=row.most_attempts,
        lease=None if row.lease_owner is None else Lease(owner=row.lease_owner, until=row.lease_until),
        progress=_progress(row),
        started_at=row.started_at,
        finished_at=row.finished_at,
        run_id=row.run_id,
        version_id=row.version_id,
        error=row.error,
        row_version=row.row_version,
    )


def _progress(row: Row[Any]) -> JobProgress | None:
    if row.progress_stage is None:
        return None
    return JobProgress(stage=row.progress_stage, percent=row.progress_percent, rows=row.progress_rows)
