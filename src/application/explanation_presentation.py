"""Explanations of plans as plain fields, by the rules of ``presentation``."""

from __future__ import annotations

from typing import Any

from ..domain.plans.explanation import Amounts
from .difference_presentation import summary_fields
from .plans.explain_plans import ExplainedLine, PlanExplanation

Fields = dict[str, Any]


def explanation_fields(explanation: PlanExplanation) -> Fields:
    """Why two versions differ: totals by level, then a line for each cause and for what is left.

    The amounts of the lines are those by which the measures grew; null where they cannot be told.
    """
    return {
        "before": explanation.before.version_id,
        "after": explanation.after.version_id,
        "rerun": not explanation.by_evidence,
        "by_evidence": list(explanation.by_evidence),
        "measures": list(explanation.measures),
        "totals": _totals(explanation),
        "lines": [_line(explanation, line) for line in explanation.lines],
    }


def _totals(explanation: PlanExplanation) -> Fields:
    before, after = explanation.totals
    return {
        level: {
            name: {"before": before[level][place], "after": after[level][place], "delta": float(amounts[place])}
            for place, name in enumerate(explanation.measures)
        }
        for level, amounts in explanation.difference.items()
    }


def _line(explanation: PlanExplanation, line: ExplainedLine) -> Fields:
    return {
        "source": str(line.source),
        "amounts": None if line.amounts is None else _amounts(explanation, line.amounts),
        "not_alone": line.not_alone,
        "inputs": summary_fields(line.inputs),
        "settings": {name: change._asdict() for name, change in line.settings.items()},
    }


def _amounts(explanation: PlanExplanation, amounts: Amounts) -> Fields:
    return {
        level: dict(zip(explanation.measures, map(float, numbers), strict=True)) for level, numbers in amounts.items()
    }
