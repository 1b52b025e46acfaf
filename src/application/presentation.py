"""Entities as plain fields: the public names that JSON answers of the command line and of HTTP share.

Every value is JSON-ready: instants are RFC 3339 text in UTC, dates ISO 8601 text, enums text, numbers as they are, and
what is unknown is null.  Fields stand in a fixed order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ..domain.access.token import AccessToken
from ..domain.errors import PlanvaultError, Problem, ValidationError
from ..domain.inputs.approval import Approval
from ..domain.inputs.config import ConfigVersion
from ..domain.inputs.input_set import InputSet
from ..domain.inputs.ports import InputSetSummary
from ..domain.inputs.revision import InputRevision
from ..domain.plans.approval import PlanApproval
from ..domain.plans.kpis import Kpi
from ..domain.plans.series import PlanSeries, SeriesRow
from ..domain.plans.version import PlanVersion
from ..domain.shared.paging import Page
from .json_values import instant, plain
from .plans.read_plans import PeriodTotals, PlanSummary

T = TypeVar("T")
Fields = dict[str, Any]


def plan_fields(version: PlanVersion) -> Fields:
    """A plan version; ``input_set`` is the reference ``weekly@4``."""
    made_from = version.provenance
    return {
        "version_id": version.version_id,
        "title": version.title,
        "status": str(version.status),
        "stage": str(version.stage),
        "stale_levels": list(version.stale_levels),
        "trial": version.trial,
        "pinned": version.pinned,
        "origin": str(made_from.origin),
        "input_set": made_from.input_reference,
        "input_set_label": made_from.input_label,
        "input_set_revision": made_from.input_revision,
        "input_content_hash": made_from.input_content_hash,
        "config_version_id": made_from.config_version_id,
        "engine_name": made_from.engine_name,
        "engine_version": made_from.engine_version,
        "engine_parameters": plain(made_from.engine_parameters),
        "run_id": made_from.run_id,
        "job_id": made_from.job_id,
        "base_version_id": made_from.base_version_id,
        "cutover_date": plain(version.cutover_date),
        "recon_window_days": version.recon_window_days,
        "objective": version.objective,
        "note": version.note,
        "payload_digest": version.payload_digest,
        "plan_digest": version.plan_digest,
        "series_rows": version.series_rows,
        "authors": list(version.authors),
        "approvals": [approval_fields(approval) for approval in version.approvals],
        "created_at": instant(version.created_at),
        "created_by": version.created_by,
        "updated_at": instant(version.updated_at),
        "row_version": version.row_version,
    }


def summary_fields(summary: PlanSummary) -> Fields:
    """A plan on one page: the version, its levels with totals, its KPIs, periods, and how its levels agree."""
    return {
        "version": plan_fields(summary.version),
        "levels": [level_fields(series) for series in summary.series],
        "kpis": [kpi_fields(kpi) for kpi in summary.kpis],
        "periods": [period_fields(period) for period in summary.periods],
        "reconciliation": summary.reconciliation,
        "reconciliation_adjusted": summary.reconciliation_adjusted,
    }


def level_fields(series: PlanSeries) -> Fields:
    """One level of a version: rows, digest in hex, totals."""
    return {
        "level": series.level,
        "row_count": series.row_count,
        "digest": series.digest.hex(),
        "totals": series.totals._asdict(),
    }


def period_fields(period: PeriodTotals) -> Fields:
    """What a plan comes to in one period."""
    return {
        "period": period.period,
        "demand": period.demand,
        "supply": period.supply,
        "supply_received": period.supply_received,
        "backlog": period.backlog,
    }


def kpi_fields(kpi: Kpi) -> Fields:
    """One figure of a plan."""
    return {
        "metric": kpi.metric,
        "bucket_type": kpi.bucket_type,
        "bucket_key": kpi.bucket_key,
        "value": kpi.value,
        "unit": kpi.unit,
    }


def series_fields(row: SeriesRow) -> Fields:
    """A series row under its column names, documents opened."""
    return row.as_fields()


def input_set_fields(input_set: InputSet) -> Fields:
    """An input set with all its revisions, oldest first."""
    return {
        "label": input_set.label,
        "title": input_set.title,
        "status": input_set.status,
        "config_version_id": input_set.config_version_id,
        "live": input_set.live,
        "candidate": input_set.candidate,
        "archived": input_set.archived,
        "generation": input_set.generation,
        "revisions": [revision_fields(revision) for revision in input_set.revisions],
        "created_at": instant(input_set.created_at),
        "updated_at": instant(input_set.updated_at),
        "row_version": input_set.row_version,
    }


def input_summary_fields(summary: InputSetSummary) -> Fields:
    """An input set as a list shows it."""
    return {
        "label": summary.label,
        "title": summary.title,
        "status": summary.status,
        "config_version_id": summary.config_version_id,
        "live": summary.live,
        "live_content_hash": summary.live_content_hash,
        "candidate": summary.candidate,
        "candidate_status": summary.candidate_status,
        "created_at": instant(summary.created_at),
        "updated_at": instant(summary.updated_at),
    }


def revision_fields(revision: InputRevision) -> Fields:
    """A revision with its approvals; ``reference`` is ``weekly@4``."""
    return {
        "reference": revision.reference,
        "label": revision.label,
        "number": revision.number,
        "status": str(revision.status),
        "content_hash": revision.content_hash,
        "authors": list(revision.authors),
        "source": revision.source,
        "row_counts": dict(revision.row_counts),
        "replaced": revision.replaced,
        "approvals": [approval_fields(approval) for approval in revision.approvals],
        "created_at": instant(revision.created_at),
    }


def approval_fields(approval: Approval | PlanApproval) -> Fields:
    """One yes to a revision or a plan."""
    return {
        "actor": approval.actor,
        "verification": str(approval.verification),
        "approved_at": instant(approval.approved_at),
        "comment": approval.comment,
        "policy": approval.policy.as_fields(),
        "signature": approval.signature,
    }


def config_fields(config: ConfigVersion) -> Fields:
    """A config version."""
    return {
        "config_version_id": config.config_version_id,
        "name": config.name,
        "status": config.status,
        "horizon_days": config.horizon_days,
        "attributes": plain(config.attributes),
        "created_at": instant(config.created_at),
        "created_by": config.created_by,
    }


def token_fields(token: AccessToken) -> Fields:
    """An access token without its secret and without the hash of it."""
    return {
        "token_id": token.token_id,
        "actor": token.actor_name,
        "roles": sorted(str(role) for role in token.roles),
        "created_at": instant(token.created_at),
        "created_by": token.created_by,
        "expires_at": instant(token.expires_at),
        "revoked_at": instant(token.revoked_at),
    }


def page_fields(page: Page[T], one: Callable[[T], Fields]) -> Fields:
    """A page of a list: its items, each as ``one`` says it, and the cursor of what follows."""
    return {"items": [one(item) for item in page.items], "next_cursor": page.next_cursor}


def list_fields(items: Sequence[T], one: Callable[[T], Fields]) -> Fields:
    """A list that has no second page, in the shape of one that has."""
    return page_fields(Page(items=items), one)


def problem_fields(error: PlanvaultError) -> Fields:
    """What went wrong: the members of a problem object that do not depend on who reports it.

    ``errors`` and ``total`` are there only where files or rows broke their rules.
    """
    fields: Fields = {
        "code": error.code,
        "detail": error.message,
        "remedy": error.remedy,
        "params": plain(error.params),
    }
    if isinstance(error, ValidationError):
        fields["errors"] = [finding_fields(problem) for problem in error.problems]
        fields["total"] = error.total
    return fields


def finding_fields(problem: Problem) -> Fields:
    """One thing wrong in one place of an upload."""
    return {
        "file": problem.source,
        "line": problem.line,
        "column": problem.column,
        "value": problem.value,
        "rule": problem.rule,
        "message": problem.message,
        "severity": problem.severity,
    }
