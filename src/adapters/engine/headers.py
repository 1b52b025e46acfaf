"""What the legacy-shaped artifacts say besides rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.inputs.content import InputContent
from .adjust import Adjustment, CarryOver, Measures, split_next
from .calendar import Calendar
from .levels import COMPARED, compare
from .parameters import DET_NEAR, Parameters
from .plan import Plan
from .reconcile import Levelled
from .rounding import rounded

SCHEMA = "agg-1.0"
LOG_SCHEMA = "recon-aggdet-1.0"
ADJUSTED = "_adjusted"


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
    headers: dict[str, Mapping[str, Any]] = {
        "aggregate.json": _header("Demand per family and month, cut to the pooled capacity.", counts),
        "sku_week.json": _header("Families shared out to SKUs, months to weeks.", allocated),
    }
    for one in (plan, plan.adjusted):
        if one is not None:
            boundary = _boundary(one.levelled, parameters, weeks)
            headers |= {
                f"mrp{one.suffix}.json": _header("Requirements netted into planned orders.", mrp)
                | {"open_po_outside": one.orders_outside},
                f"plan_final{one.suffix}.json": _header(
                    "Planned orders levelled to the weekly capacity.", final | calendar_facts
                )
                | {"reconcile_params": cut, "boundary_summary": boundary},
                f"reconciliation_log{one.suffix}.json": _log(one, parameters, cut),
            }
    if plan.adjustment is not None:
        note = "Det of the cutover period brought to the aggregate."
        headers["sku_week_adjusted.json"] = _header(note, allocated) | _adjusted(plan, plan.adjustment, parameters)
    return headers


def _adjusted(plan: Plan, adjustment: Adjustment, parameters: Parameters) -> dict[str, Any]:
    """What was carried over and what found no place; ``unplaced`` has no equal in the legacy shape."""
    capacities = {cell.period: cell.capacity for cell in plan.cells}
    most = max(capacities.values())

    def norm(period: str | None) -> float:
        return rounded(capacities[period] / most) if period is not None and most > 0 else 0.0

    def entry(one: CarryOver) -> dict[str, Any]:
        fields: dict[str, Any] = {name: getattr(one, name) for name in ("family", "from_period", "to_period")}
        fields["metrics"] = _named(one.amounts)
        if one.headrooms is None:
            return fields | {"cap_norm": norm(one.to_period)}
        before, after = one.headrooms
        return fields | {
            "headroom_prev": before,
            "headroom_next": after,
            "cap_norm_prev": norm(adjustment.before),
            "cap_norm_next": norm(adjustment.after),
        }

    to = [one.to_period for one in adjustment.carried]
    return {
        "cutover": _cut(parameters),
        "carryover": [entry(one) for one in adjustment.carried],
        "carryover_summary": {
            "count": len(to),
            "prev": to.count(adjustment.before or ""),
            "next": to.count(adjustment.after or ""),
            "carryover_split_next": split_next(parameters),
        },
        "unplaced": [
            {"family": one.family, "period": one.period, "metrics": _named(one.amounts)} for one in adjustment.unplaced
        ],
    }


def _named(amounts: Measures) -> dict[str, float]:
    return dict(zip(COMPARED, amounts, strict=True))


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


def _boundary(levelled: Levelled, parameters: Parameters, weeks: int) -> dict[str, Any] | None:
    """Where the plan is cut; for policies that send excess back, also where it went."""
    cutover, anchored = levelled.cutover, levelled.anchored
    if cutover is None or not cutover.at:
        return None
    sent: dict[str, Any] = {}
    if anchored is not None and parameters.anchor_policy != DET_NEAR:
        sent = {"sent_back": anchored.sent_back, "sent_on": anchored.sent_on, "spill_lost": anchored.lost}
        sent = {name: rounded(value) for name, value in sent.items()}
    return sent | {
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
