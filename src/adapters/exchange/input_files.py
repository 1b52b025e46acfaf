"""The input files: which section each fills, and which headers its columns go by.

Every column also goes by the name of its model field, and every model field has a column; those that are no part of
the customary header may be left out.  ``docs/reference/input-files.md`` is this table in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePath

from ...domain.inputs.sections import (
    BOM_LINKS,
    CAPACITY_BUCKETS,
    FAMILY_DEMANDS,
    INBOUND_ORDERS,
    INVENTORY_SNAPSHOTS,
    ITEMS,
    MIX_SHARES,
    PERIOD_METRICS,
    Section,
)

CALENDAR_FILE = "planning_calendar.json"
PARAMETERS_FILE = "planning_params.json"
METADATA_FILE = "meta.json"
EXPORT_METADATA_FILE = "input_set_meta.json"
DIFFERENCE_REPORT_FILE = "diff_report.json"
JSON_FILES = (CALENDAR_FILE, PARAMETERS_FILE, METADATA_FILE, EXPORT_METADATA_FILE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its field, the headers it goes by (the customary one first), and whether it must be there."""

    field: str
    headers: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """A CSV file: its section, its columns in customary order, and fields that the file's name already says."""

    name: str
    section: Section
    columns: tuple[Column, ...]
    constants: Mapping[str, str] = field(default_factory=dict)

    @property
    def header(self) -> str:
        """The customary header line: the columns that must be there."""
        return ",".join(column.headers[0] for column in self.columns if column.required)

    def by_header(self) -> dict[str, Column]:
        """Every header that the file may have."""
        return {header: column for column in self.columns for header in column.headers}


def _input_file(
    name: str, section: Section, customary: Mapping[str, str], constants: Mapping[str, str] | None = None
) -> InputFile:
    """A file whose customary header is ``customary`` (header to field), all other fields being optional."""
    required = [
        Column(field=target, headers=tuple(dict.fromkeys((header, target))), required=True)
        for header, target in customary.items()
    ]
    taken = {*customary.values(), *(constants or {})}
    optional = [
        Column(field=rule.name, headers=_optional_headers(rule.name))
        for rule in section.fields
        if rule.name not in taken
    ]
    return InputFile(name=name, section=section, columns=(*required, *optional), constants=constants or {})


def _optional_headers(name: str) -> tuple[str, ...]:
    return ("attributes", name) if name == "attributes_json" else (name,)


CSV_FILES: Mapping[str, InputFile] = {
    file.name: file
    for file in (
        _input_file(
            "demand_family.csv",
            FAMILY_DEMANDS,
            {"family": "family_code", "period": "period", "demand": "demand"},
        ),
        _input_file(
            "capacity.csv",
            CAPACITY_BUCKETS,
            {"workcenter": "resource_code", "period": "period", "capacity": "capacity"},
        ),
        _input_file(
            "mix_share.csv",
            MIX_SHARES,
            {"family": "family_code", "sku": "sku_code", "share": "share"},
        ),
        _input_file(
            "inventory.csv",
            INVENTORY_SNAPSHOTS,
            {"item": "item_code", "loc": "node_code", "qty": "initial_qty"},
        ),
        _input_file(
            "open_po.csv",
            INBOUND_ORDERS,
            {"item": "item_code", "due": "due_date", "qty": "qty"},
        ),
        _input_file(
            "period_cost.csv",
            PERIOD_METRICS,
            {"period": "period", "cost": "value"},
            {"metric_code": "cost"},
        ),
        _input_file(
            "period_score.csv",
            PERIOD_METRICS,
            {"period": "period", "score": "value"},
            {"metric_code": "score"},
        ),
        _input_file(
            "period_metric.csv",
            PERIOD_METRICS,
            {"metric_code": "metric_code", "period": "period", "value": "value"},
        ),
        _input_file(
            "item.csv",
            ITEMS,
            {"item": "item_code", "lt": "lead_time", "lot": "lot_size", "moq": "min_order_qty"},
        ),
        _input_file(
            "bom.csv",
            BOM_LINKS,
            {"parent": "parent_code", "child": "child_code", "qty": "qty"},
        ),
    )
}
INPUT_FILE_NAMES = (*CSV_FILES, *JSON_FILES)


class WholeSet(StrEnum):
    """What a file that holds a whole set of inputs is, by its suffix; its bytes are checked when it is opened."""

    ZIP = "zip"
    WORKBOOK = "xlsx"
    DOCUMENT = "json"


def whole_set(name: str) -> WholeSet | None:
    """What a file of that name would be; none for a file that is a part of a set."""
    suffix = PurePath(name.lower()).suffix
    if suffix == ".zip":
        return WholeSet.ZIP
    if suffix in {".xlsx", ".xlsm", ".xls"}:
        return WholeSet.WORKBOOK
    return WholeSet.DOCUMENT if suffix == ".json" and name not in JSON_FILES else None
