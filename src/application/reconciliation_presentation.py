"""Reconciled plans as plain fields, as ``presentation`` has the other entities."""

from __future__ import annotations

from typing import Any

from .plans.read_plans import PlanSummary
from .presentation import plan_fields


def reconciled_fields(summary: PlanSummary) -> dict[str, Any]:
    """A plan that was made again: its version, and how det and aggregate agree."""
    return plan_fields(summary.version) | {
        "reconciliation": summary.reconciliation,
        "reconciliation_adjusted": summary.reconciliation_adjusted,
    }
