"""Differences of input sets as plain fields: the shape of ``diff_report.json``, with what it never held added.

Described in ``docs/reference/diff-report.md``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ..domain.inputs.difference import InputDifference, RowPair, SectionDifference, SectionTotals, field_changes
from ..domain.inputs.fields import Field
from ..domain.inputs.revision import InputRevision
from ..domain.inputs.sections import InputRow, Section

Fields = dict[str, Any]
# Section → its name in reports; the first six are those of the legacy report.
REPORT_KEYS = {
    "family_demands": "demand_family",
    "capacity_buckets": "capacity",
    "mix_shares": "mix_share",
    "inventory_snapshots": "inventory",
    "inbound_orders": "open_po",
    "period_metrics": "period_metrics",
    "items": "items",
    "bom_links": "bom",
    "calendar_weeks": "calendar",
    "parameters": "parameters",
}


def difference_fields(difference: InputDifference) -> Fields:
    """The whole report: who is compared with whom, every section's rows, the summary, and whether lists were cut."""
    return {**compared_fields(difference.current, difference.previous), **change_fields(difference.sections)}


def compared_fields(current: InputRevision, previous: InputRevision | None) -> Fields:
    """Which revisions a report is about; ``previous`` is null where there was nothing before."""
    return {"current": _revision(current), "previous": None if previous is None else _revision(previous)}


def change_fields(sections: Iterable[SectionDifference]) -> Fields:
    """What changed, which two content hashes alone decide."""
    known = tuple(sections)
    return {
        **{REPORT_KEYS[section.section.name]: _rows(section) for section in known},
        "summary": summary_fields(known),
        "truncated": any(section.truncated for section in known),
    }


def summary_fields(sections: Iterable[SectionDifference]) -> Fields:
    """Counts and totals of every section; counts are whole even where lists are cut."""
    return {
        REPORT_KEYS[section.section.name]: {
            "added": section.added_count,
            "removed": section.removed_count,
            "changed": section.changed_count,
            "rows": {"old": section.previous.row_count, "new": section.current.row_count},
            "measure": section.section.measure,
            "total": _total(section.previous, section.current, section),
        }
        for section in sections
    }


def row_fields(section: Section, row: InputRow) -> Fields:
    """A row with all its fields: documents opened, and key fields that were left out as null."""
    return {public_name(rule): _opened(rule, value) for rule, value in zip(section.fields, row, strict=True)}


def public_name(rule: Field) -> str:
    """The name of a field in reports: a document goes by its own name, ``attributes``."""
    return rule.name.removesuffix("_json")


def change_of_fields(section: Section, current: InputRow, previous: InputRow) -> Fields:
    """The fields of a row that changed, each with its old and its new value."""
    rules = {rule.name: rule for rule in section.fields}
    return {
        public_name(rules[name]): {"old": _opened(rules[name], change.old), "new": _opened(rules[name], change.new)}
        for name, change in field_changes(section, current, previous).items()
    }


def _rows(difference: SectionDifference) -> Fields:
    section = difference.section
    return {
        "added": [row_fields(section, row) for row in difference.added],
        "removed": [row_fields(section, row) for row in difference.removed],
        "changed": [_changed(section, current, previous) for current, previous in difference.changed],
    }


def pair_fields(section: Section, pair: RowPair) -> Fields:
    """One row that was added, removed or changed, as its list in a report holds it."""
    current, previous = pair
    if current is not None and previous is not None:
        return _changed(section, current, previous)
    return row_fields(section, current or previous or ())


def _changed(section: Section, current: InputRow, previous: InputRow) -> Fields:
    return {
        "current": row_fields(section, current),
        "previous": row_fields(section, previous),
        "fields": change_of_fields(section, current, previous),
    }


def _total(old: SectionTotals, new: SectionTotals, difference: SectionDifference) -> Fields | None:
    if difference.section.measure is None:
        return None
    return {
        "old": old.total,
        "new": new.total,
        "absolute_change": difference.absolute_change,
        "relative_change": difference.relative_change,
    }


def _revision(revision: InputRevision) -> Fields:
    return {"reference": revision.reference, "content_hash": revision.content_hash}


def _opened(rule: Field, value: Any) -> Any:
    if rule.name.endswith("_json"):
        return json.loads(value)
    return None if value == "" else value
