"""What the legacy-shaped artifacts say besides rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.inputs.content import InputContent
from .calendar import Calendar
from .levels import compare
from .parameters import Parameters
from .plan import Plan
from .reconcile import Cutover

SCHEMA = "agg-1.0"
LOG_SCHEMA = "recon-aggdet-1.0"


def headers_of(
    plan: Plan, inputs: InputContent, parameters: Parameters, calendar: Calendar
) -> dict[str, Mapping[str, Any]]:
    """The headers by artifact name, as JSON values.

    ``open_po_outside`` of ``mrp.json`` counts the open orders that arrive in no week of the plan; the legacy shape
    has no place for it.
    """
    calendar_facts = {
        "calendar_mode": _calendar_mode(inputs, calendar),
        "calendar_periods": calendar.listed_periods,
    }
    counts = _counts(inputs)
    allocated = counts | _allocation_counts(plan, inputs, parameters) | calendar_facts
    weeks = len(plan.allocation.weeks)
    mrp = allocated | {
        "items": len(plan.items),
        "open_po": len(inputs.rows("inbound_orders")),
        "bom_links": len(inputs.rows("bom_links")),
        "weeks": weeks,
        "lt_unit": parameters.lt_unit,
    }
    final = {
        "allocate_rows": plan.allocation.cells,
        "mrp_rows": len(plan.items) * weeks,
        "weeks": weeks,
        "fg_skus": len(plan.allocation.splits),
    }
    cut = _cut(parameters)
    return {
        "aggregate.json": _header("Demand per family and month, cut to the pooled capacity.", counts),
        "sku_week.json": _header("Families shared out to SKUs, months to weeks.", allocated),
        "mrp.json": _header("Requirements netted into planned orders.", mrp) | {"open_po_outside": plan.orders_outside},
        "plan_final.json": _header("Planned orders levelled to the weekly capacity.", final | calendar_facts)
        | {"reconcile_params": cut, "boundary_summary": _boundary(plan.levelled.cutover, parameters, weeks)},
        "reconciliation_log.json": _log(plan, parameters, cut),
    }


def _header(note: str, inputs_summary: Mapping[str, Any]) -> dict[str, Any]:
    return {"schema_version": SCHEMA, "note": note, "inputs_summary": dict(inputs_summary)}


def _counts(inputs: InputContent) -> dict[str, Any]:
    return {
        "demand_rows": len(inputs.rows("family_demands")),
        "capacity_rows": len(inputs.rows("capacity_buckets")),
        "mix_rows": len(inputs.rows("mix_shares")),
    }


def _allocation_counts(plan: Plan, inputs: InputContent, parameters: Parameters) -> dict[str, Any]:
    return {
        "aggregate_rows": len(plan.cells),
        "mix_families": len({row.family_code for row in inputs.rows("mix_shares")}),
        "weeks_per_period": parameters.weeks,
        "round_mode": parameters.round_mode,
    }


def _calendar_mode(inputs: InputContent, calendar: Calendar) -> str:
    if not calendar.listed_periods:
        return "fallback"
    return str(inputs.parameters("calendar").get("calendar_type") or "custom")


def _cut(parameters: Parameters) -> dict[str, Any]:
    return {
        "cutover_date": parameters.cutover_date,
        "recon_window_days": parameters.recon_window_days,
        "anchor_policy": parameters.anchor_policy,
    }


def _boundary(cutover: Cutover | None, parameters: Parameters, weeks: int) -> dict[str, Any] | None:
    if cutover is None or not cutover.at:
        return None
    return {
        "period": cutover.period,
        "anchor_policy": parameters.anchor_policy,
        "window_days": parameters.recon_window_days,
        "weeks": len(cutover.at),
        "pre_weeks": cutover.at.start,
        "post_weeks": weeks - cutover.at.stop,
    }


def _log(plan: Plan, parameters: Parameters, cut: Mapping[str, Any]) -> dict[str, Any]:
    cutover = plan.levelled.cutover
    return {
        "schema_version": LOG_SCHEMA,
        "cutover": dict(cut),
        "boundary_period": None if cutover is None else cutover.period,
        "inputs_summary": {
            "aggregate_rows": len(plan.cells),
            "det_rows": plan.allocation.cells,
            "families": len({cell.family for cell in plan.cells}),
            "periods": len({cell.period for cell in plan.cells}),
        },
        "tolerance": {"abs": parameters.tol_abs, "rel": parameters.tol_rel},
        "summary": compare(plan.cells, plan.rolled_up, parameters),
    }
