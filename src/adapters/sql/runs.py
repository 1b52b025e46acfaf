"""Runs in SQL."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, select, update

from ...domain.errors import AlreadyExistsError, NotFoundError, StaleVersionError
from ...domain.runs.ports import RunFilter, RunRepository
from ...domain.runs.run import Run, RunStatus
from ...domain.shared.canonical import document
from ...domain.shared.ids import RunId
from ...domain.shared.paging import Page
from .keyset import newest_first
from .session import SqlSession
from .tables import RUNS


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
