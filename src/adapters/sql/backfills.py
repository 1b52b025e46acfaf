"""Backfills in SQL."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update

from ...domain.errors import AlreadyExistsError, NotFoundError, StaleVersionError
from ...domain.shared.canonical import document
from ...domain.shared.ids import VersionId
from ...domain.shared.paging import Page
from ...domain.storage.backfill import BackfillItem, BackfillLease, BackfillRun, BackfillStatus, Outcome
from ...domain.storage.backfill_ports import BackfillRepository
from .keyset import newest_first
from .session import SqlSession
from .tables import PLAN_BACKFILL_ITEMS, PLAN_BACKFILL_RUNS

_RUNS, _ITEMS = PLAN_BACKFILL_RUNS.c, PLAN_BACKFILL_ITEMS.c


class SqlBackfillRepository(BackfillRepository):
    """The backfills of a database."""

    def __init__(self, session: SqlSession) -> None:
        """Work in this transaction."""
        self._session = session

    async def running(self) -> tuple[BackfillRun, bool] | None:
        """The run under way, if there is one, and whether its lease has lapsed by the database's clock."""
        if not self._session.read_only:
            await self._session.lock("backfill")
        row = await self._session.row(
            select(PLAN_BACKFILL_RUNS).where(_RUNS.status == str(BackfillStatus.RUNNING)).order_by(_RUNS.started_at)
        )
        if row is None:
            return None
        return _run(row), row.lease_until is None or row.lease_until <= await self._session.now()

    async def lease(self, owner: str, *, seconds: float) -> BackfillLease:
        """A lease that begins now, by the database's clock."""
        return BackfillLease(owner=owner, until=await self._session.now() + timedelta(seconds=seconds))

    async def get(self, run_id: str) -> BackfillRun:
        """The run of that id."""
        row = await self._session.row(select(PLAN_BACKFILL_RUNS).where(_RUNS.run_id == run_id))
        if row is None:
            raise NotFoundError("backfill", run_id, remedy="See planvault storage backfills.")
        return _run(row)

    async def list(self, *, limit: int, cursor: str | None) -> Page[BackfillRun]:
        """Runs, newest first."""
        return await newest_first(
            self._session,
            select(PLAN_BACKFILL_RUNS),
            by=(_RUNS.started_at, _RUNS.run_id),
            name="backfills",
            limit=limit,
            cursor=cursor,
            entity=_run,
        )

    async def add(self, run: BackfillRun) -> None:
        """Keep a new run."""
        values = {"run_id": run.run_id, "row_version": 0, **_run_values(run)}
        if not await self._session.insert_new(PLAN_BACKFILL_RUNS, values):
            raise AlreadyExistsError("backfill", run.run_id)

    async def save(self, run: BackfillRun) -> BackfillRun:
        """Keep a changed run."""
        touched = await self._session.execute(
            update(PLAN_BACKFILL_RUNS)
            .where(_RUNS.run_id == run.run_id, _RUNS.row_version == run.row_version)
            .values(row_version=run.row_version + 1, **_run_values(run))
        )
        if touched != 1:
            raise StaleVersionError("backfill", run.run_id)
        return replace(run, row_version=run.row_version + 1)

    async def item(self, version_id: VersionId) -> BackfillItem | None:
        """How that version stands."""
        row = await self._session.row(select(PLAN_BACKFILL_ITEMS).where(_ITEMS.version_id == version_id))
        return None if row is None else _item(row)

    async def done(self) -> Collection[VersionId]:
        """The versions of which nothing was left to do."""
        words = [str(outcome) for outcome in Outcome if outcome.is_done]
        rows = await self._session.rows(select(_ITEMS.version_id).where(_ITEMS.outcome.in_(words)))
        return {VersionId(row.version_id) for row in rows}

    async def items(self, run_id: str) -> Sequence[BackfillItem]:
        """The versions that a run was the last to attempt."""
        rows = await self._session.rows(
            select(PLAN_BACKFILL_ITEMS).where(_ITEMS.run_id == run_id).order_by(_ITEMS.version_id)
        )
        return [_item(row) for row in rows]

    async def save_item(self, item: BackfillItem) -> None:
        """Keep how a version stands."""
        values = _item_values(item)
        touched = await self._session.execute(
            update(PLAN_BACKFILL_ITEMS).where(_ITEMS.version_id == item.version_id).values(**values)
        )
        if not touched:
            await self._session.execute(insert(PLAN_BACKFILL_ITEMS).values(version_id=item.version_id, **values))


def _run_values(run: BackfillRun) -> dict[str, Any]:
    return {
        "source": run.source,
        "status": str(run.status),
        "options_json": document(dict(run.options)),
        "counts_json": document(dict(run.counts)),
        "series_rows": run.series_rows,
        "started_at": run.started_at,
        "started_by": run.started_by,
        "finished_at": run.finished_at,
        "message": run.message,
        "lease_owner": None if run.lease is None else run.lease.owner,
        "lease_until": None if run.lease is None else run.lease.until,
    }


def _run(row: Row[Any]) -> BackfillRun:
    return BackfillRun(
        run_id=row.run_id,
        source=row.source,
        status=BackfillStatus(row.status),
        options=json.loads(row.options_json),
        counts=json.loads(row.counts_json),
        series_rows=row.series_rows,
        started_at=row.started_at,
        started_by=row.started_by,
        finished_at=row.finished_at,
        message=row.message,
        lease=None if row.lease_owner is None else BackfillLease(owner=row.lease_owner, until=row.lease_until),
        row_version=row.row_version,
    )


def _item_values(item: BackfillItem) -> dict[str, Any]:
    return {
        "source_version": item.source_version,
        "run_id": item.run_id,
        "outcome": str(item.outcome),
        "source_digest": item.source_digest,
        "payload_digest": item.payload_digest,
        "series_rows": item.series_rows,
        "kpi_count": item.kpi_count,
        "attempts": item.attempts,
        "reason": item.reason,
        "differences_json": document([dict(one) for one in item.differences]),
        "updated_at": item.updated_at,
    }


def _item(row: Row[Any]) -> BackfillItem:
    return BackfillItem(
        version_id=VersionId(row.version_id),
        source_version=row.source_version,
        run_id=row.run_id,
        outcome=Outcome(row.outcome),
        source_digest=row.source_digest,
        payload_digest=row.payload_digest,
        series_rows=row.series_rows,
        kpi_count=row.kpi_count,
        attempts=row.attempts,
        reason=row.reason,
        differences=json.loads(row.differences_json),
        updated_at=row.updated_at,
    )
