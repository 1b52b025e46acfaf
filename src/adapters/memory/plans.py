"""Plan versions in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from ...domain.errors import NotFoundError
from ...domain.plans.ports import PlanFilter, PlanOrder, PlanVersionRepository
from ...domain.plans.version import PlanStatus, PlanVersion
from ...domain.shared.ids import Label, VersionId, folded
from ...domain.shared.paging import Page
from .listing import in_order
from .state import MemoryState, add_new, compare


class MemoryPlanVersionRepository(PlanVersionRepository):
    """The plan versions of a memory store."""

    def __init__(self, state: MemoryState) -> None:
        """Work on this state."""
        self._state = state
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
        """Plan versions in the order that is wanted."""
        kinds, by = _BY[wanted.order]
        return in_order(
            [plan for plan in self._plans.values() if _is_wanted(plan, wanted)],
            by=by,
            kinds=kinds,
            falls=wanted.order.falls,
            name=wanted.order.list_name,
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

    async def delete(self, version: PlanVersion) -> None:
        """Remove a version with everything that is kept for it alone; its events stay."""
        known = self._plans.get(version.key)
        compare(
            None if known is None else known.row_version,
            version.row_version,
            kind="plan version",
            name=version.version_id,
        )
        del self._plans[version.key]
        for by_level in (self._state.rows, self._state.series, self._state.buckets):
            for key in [key for key in by_level if key[0] == version.key]:
                del by_level[key]
        self._state.kpis.pop(version.key, None)
        self._state.headers.pop(version.key, None)
        self._state.overlays.pop(version.key, None)


_BY: Mapping[PlanOrder, tuple[tuple[type, ...], Callable[[PlanVersion], tuple[Any, ...]]]] = {
    PlanOrder.CREATED_DESC: ((datetime, str), lambda plan: (plan.created_at, plan.version_id)),
    PlanOrder.CREATED_ASC: ((datetime, str), lambda plan: (plan.created_at, plan.version_id)),
    PlanOrder.VERSION_DESC: ((str,), lambda plan: (plan.version_id,)),
    PlanOrder.VERSION_ASC: ((str,), lambda plan: (plan.version_id,)),
    PlanOrder.STATUS: ((str, str), lambda plan: (str(plan.status), plan.version_id)),
}


def _is_wanted(plan: PlanVersion, wanted: PlanFilter) -> bool:
    return (
        wanted.status in {None, plan.status}
        and wanted.stage in {None, plan.stage}
        and wanted.input_label in {None, plan.provenance.input_label}
        and wanted.input_revision in {None, plan.provenance.input_revision}
        and wanted.input_content_hash in {None, plan.provenance.input_content_hash}
        and wanted.config_version_id in {None, plan.provenance.config_version_id}
        and wanted.trial in {None, plan.trial}
        and (wanted.created_from is None or wanted.created_from <= plan.created_at)
        and (wanted.created_before is None or plan.created_at < wanted.created_before)
        and (wanted.awaiting is None or _awaits(plan, wanted))
    )


def _awaits(plan: PlanVersion, wanted: PlanFilter) -> bool:
    key = folded(wanted.awaiting or "")
    return (
        plan.status is PlanStatus.SUBMITTED
        and key not in {approval.actor_key for approval in plan.approvals}
        and (wanted.policy.allow_self_approval or key not in plan.author_keys)
    )
