"""Plan versions in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...domain.errors import NotFoundError
from ...domain.plans.ports import PlanFilter, PlanVersionRepository
from ...domain.plans.version import PlanVersion
from ...domain.shared.ids import Label, VersionId, folded
from ...domain.shared.paging import Page
from .listing import newest_first
from .state import MemoryState, add_new, compare


class MemoryPlanVersionRepository(PlanVersionRepository):
    """The plan versions of a memory store."""

    def __init__(self, state: MemoryState) -> None:
        """Work on this state."""
        self._plans = state.plans
        self._counters = state.counters

    async def find(self, version_id: VersionId) -> PlanVersion | None:
        """The version of that id in whatever case, if there is one."""
        return self._plans.get(folded(version_id))

    async def get(self, version_id: VersionId) -> PlanVersion:
        """The version of that id in whatever case."""
        found = self._plans.get(folded(version_id))
        if found is None:
            raise NotFoundError("plan version", version_id, remedy="See planvault plans list.")
        return found

    async def list(self, wanted: PlanFilter, *, limit: int, cursor: str | None) -> Page[PlanVersion]:
        """Plan versions, newest first."""
        matching = [
            plan
            for plan in self._plans.values()
            if wanted.status in {None, plan.status}
            and wanted.input_label in {None, plan.provenance.input_label}
            and wanted.config_version_id in {None, plan.provenance.config_version_id}
            and wanted.trial in {None, plan.trial}
        ]
        return newest_first(
            matching,
            moment=lambda plan: plan.created_at,
            identity=lambda plan: plan.version_id,
            name="plans",
            limit=limit,
            cursor=cursor,
        )

    async def made_from(self, label: Label, *, limit: int) -> Sequence[VersionId]:
        """The ids of at most ``limit`` plan versions that refer to a revision of that label, newest first."""
        referring = [
            plan
            for plan in self._plans.values()
            if plan.provenance.input_label is not None and folded(plan.provenance.input_label) == folded(label)
        ]
        referring.sort(key=lambda plan: (plan.created_at, plan.version_id), reverse=True)
        return [plan.version_id for plan in referring[:limit]]

    async def next_number(self, names: str) -> int:
        """The next number of a series of names."""
        self._counters[names] = self._counters.get(names, 0) + 1
        return self._counters[names]

    async def add(self, version: PlanVersion) -> None:
        """Keep a new version."""
        stored = replace(version, row_version=0)
        add_new(self._plans, version.key, stored, kind="plan version", name=version.version_id)

    async def save(self, version: PlanVersion) -> PlanVersion:
        """Keep a changed version."""
        known = self._plans.get(version.key)
        row_version = compare(
            None if known is None else known.row_version,
            version.row_version,
            kind="plan version",
            name=version.version_id,
        )
        saved = replace(version, row_version=row_version)
        self._plans[version.key] = saved
        return saved
