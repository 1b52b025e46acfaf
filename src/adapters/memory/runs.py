"""Runs in memory."""

from __future__ import annotations

from dataclasses import replace

from ...domain.errors import NotFoundError
from ...domain.runs.ports import RunFilter, RunRepository
from ...domain.runs.run import Run
from ...domain.shared.ids import RunId
from ...domain.shared.paging import Page
from .listing import newest_first
from .state import MemoryState, add_new, compare


class MemoryRunRepository(RunRepository):
    """The runs of a memory store."""

    def __init__(self, state: MemoryState) -> None:
        """Work on this state."""
        self._runs = state.runs

    async def get(self, run_id: RunId) -> Run:
        """The run of that id."""
        if run_id not in self._runs:
            raise NotFoundError("run", run_id, remedy="See planvault runs list.")
        return self._runs[run_id]

    async def list(self, wanted: RunFilter, *, limit: int, cursor: str | None) -> Page[Run]:
        """Runs, newest first."""
        matching = [
            run
            for run in self._runs.values()
            if wanted.status in {None, run.status}
            and wanted.version_id in {None, run.plan_version_id}
            and wanted.input_set_label in {None, run.input_set_label}
            and wanted.config_version_id in {None, run.config_version_id}
        ]
        return newest_first(
            matching,
            moment=lambda run: run.started_at,
            identity=lambda run: run.run_id,
            name="runs",
            limit=limit,
            cursor=cursor,
        )

    async def add(self, run: Run) -> None:
        """Keep a new run."""
        add_new(self._runs, run.run_id, replace(run, row_version=0), kind="run", name=run.run_id)

    async def save(self, run: Run) -> Run:
        """Keep a changed run."""
        known = self._runs.get(run.run_id)
        row_version = compare(
            None if known is None else known.row_version, run.row_version, kind="run", name=run.run_id
        )
        self._runs[run.run_id] = replace(run, row_version=row_version)
        return self._runs[run.run_id]
