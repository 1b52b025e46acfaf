"""Lists of plans and baselines as plain fields, as ``presentation`` has the rest."""

from __future__ import annotations

from typing import Any

from ..domain.plans.baseline import Baseline, BaselineEntry
from ..domain.plans.series import PlanSeries
from ..domain.plans.version import PlanStatus, PlanVersion
from .json_values import instant
from .plans.list_plans import ListedPlan, PlanInclude
from .presentation import Fields, plan_fields
from .run_presentation import job_fields

_LEGACY_PSI = {PlanStatus.SUBMITTED: "pending", PlanStatus.APPROVED: "approved", PlanStatus.SUPERSEDED: "approved"}


def listed_plan_fields(listed: ListedPlan) -> Fields:
    """A plan version of a list, with what was to be included under the keys of the legacy system."""
    fields = plan_fields(listed.version)
    if PlanInclude.SUMMARY in listed.include:
        fields["summary"] = {
            "series": {series.level: _totals(series) for series in listed.series},
            "series_rows": listed.version.series_rows,
            "last_updated_at": instant(listed.version.updated_at),
        }
    if PlanInclude.KPI in listed.include:
        fields["kpi"] = {kpi.metric: kpi.value for kpi in listed.kpis}
    if PlanInclude.JOBS in listed.include:
        fields["jobs"] = {"last": None if listed.last_job is None else job_fields(listed.last_job)}
    if PlanInclude.LEGACY in listed.include:
        fields["legacy"] = {
            "status": str(listed.version.stage),
            "psi_state": psi_state_fields(listed.version)["status"],
            "storage": {"plan_repository": True, "artifacts": None},
        }
    return fields


def _totals(series: PlanSeries) -> Fields:
    totals = series.totals
    fields: Fields = {
        "rows": series.row_count,
        "demand_total": totals.demand,
        "supply_total": totals.supply,
        "backlog_total": totals.backlog,
    }
    if totals.capacity_used is not None:
        fields["capacity_total"] = totals.capacity_used
    if series.level == "weekly_summary" and totals.capacity_used:
        fields["utilization_pct"] = 100.0 * (totals.supply or 0.0) / totals.capacity_used
    elif totals.demand:
        fields["fill_rate"] = (totals.supply or 0.0) / totals.demand
    return fields


def psi_state_fields(version: PlanVersion) -> Fields:
    """Where a plan stands in the words of the legacy system: draft, pending or approved."""
    approvals = version.approvals
    return {
        "version_id": version.version_id,
        "status": _LEGACY_PSI.get(version.status, "draft"),
        "plan_status": str(version.status),
        "plan_digest": version.plan_digest,
        "approved_at": instant(approvals[-1].approved_at) if approvals else None,
        "approved_by": [approval.actor for approval in approvals],
        "row_version": version.row_version,
    }


def baseline_fields(baseline: Baseline) -> Fields:
    """A baseline as it is: which plan, since when and by whom; ``version_id`` is null where none was ever set."""
    newest: dict[str, Any] = dict.fromkeys(("since", "actor", "verification", "reason", "comment"))
    if baseline.entries:
        newest = baseline_entry_fields(baseline.entries[-1])
    return {
        "config_version_id": baseline.config_version_id,
        "version_id": baseline.current,
        "previous": baseline.previous,
        "sequence": baseline.sequence,
        **{name: newest[name] for name in ("since", "actor", "verification", "reason", "comment")},
    }


def baseline_entry_fields(entry: BaselineEntry) -> Fields:
    """One change of a baseline."""
    return {
        "config_version_id": entry.config_version_id,
        "sequence": entry.sequence,
        "version_id": entry.version_id,
        "reason": str(entry.reason),
        "since": instant(entry.since),
        "actor": entry.actor,
        "verification": str(entry.verification),
        "comment": entry.comment,
    }
