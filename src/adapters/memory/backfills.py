"""Backfills in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ...domain.errors import NotFoundError
from ...domain.shared.ids import VersionId
from ...domain.shared.paging import Page
from ...domain.storage.backfill import BackfillItem, BackfillLease, BackfillRun, BackfillStatus
from ...domain.storage.backfill_ports import BackfillRepository
from .listing import newest_first
from .state import MemoryState, add_new, compare


class MemoryBackfillRepository(BackfillRepository):
    """The backfills of a memory store."""

    def __init__(self, state: MemoryState) -> None:
        """Work on this state."""
        self._runs = state.backfill_runs
        self._items = state.backfill_items

    async def running(self) -> tuple[BackfillRun, bool] | None:
        """The run under way, if there is one, and whether its lease has lapsed by the machine's clock."""
        run = next((run for run in self._runs.values() if run.status is BackfillStatus.RUNNING), None)
        if run is None:
            return None
        return run, run.lease is None or run.lease.until <= datetime.now(UTC)

    async def lease(self, owner: str, *, seconds: float) -> BackfillLease:
        """A lease that begins now, by the machine's clock."""
        return BackfillLease(owner=owner, until=datetime.now(UTC) + timedelta(seconds=seconds))

    async def get(self, run_id: str) -> BackfillRun:
        """The run of that id."""
        if run_id not in self._runs:
            raise NotFoundError("backfill", run_id, remedy="See planvault storage backfills.")
        return self._runs[run_id]

    async def list(self, *, limit: int, cursor: str | None) -> Page[BackfillRun]:
        """Runs, newest first."""
        return newest_first(
            self._runs.values(),
            moment=lambda run: run.started_at,
            identity=lambda run: run.run_id,
            name="backfills",
            limit=limit,
            cursor=cursor,
        )

    async def add(self, run: BackfillRun) -> None:
        """Keep a new run."""
        add_new(self._runs, run.run_id, replace(run, row_version=0), kind="backfill", name=run.run_id)

    async def save(self, run: BackfillRun) -> BackfillRun:
        """Keep a changed run."""
        known = self._runs.get(run.run_id)
        row_version = compare(
            None if known is None else known.row_version, run.row_version, kind="backfill", name=run.run_id
        )
        self._runs[run.run_id] = replace(run, row_version=row_version)
        return self._runs[run.run_id]

    async def item(self, version_id: VersionId) -> BackfillItem | None:
        """How that version stands."""
        return self._items.get(version_id)

    async def done(self) -> Collection[VersionId]:
        """The versions of which nothing was left to do."""
        return {item.version_id for item in self._items.values() if item.outcome.is_done}

    async def items(self, run_id: str) -> Sequence[BackfillItem]:
        """The versions that a run was the last to attempt."""
        return sorted(
            (item for item in self._items.values() if item.run_id == run_id), key=lambda item: item.version_id
        )

    async def save_item(self, item: BackfillItem) -> None:
        """Keep how a version stands."""
        self._items[item.version_id] = item
