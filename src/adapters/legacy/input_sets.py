"""Input sets as a legacy database holds them: rows by section, calendar, parameters, and who approved them there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...application.storage.legacy_source import LegacyEvent, LegacyInputs
from ...domain.errors import InvalidRequestError, NotFoundError
from ...domain.inputs.content import InputContent, parameter_rows
from ...domain.inputs.fields import CellError
from ...domain.inputs.sections import SECTIONS_BY_NAME, InputRow, Section
from ...domain.shared.ids import Label
from ...domain.shared.numbers import NumberTextError, parse_number
from .documents import object_of
from .legacy_tables import LegacyTables
from .words import mapped_id, moment, moment_or_epoch, name, remark

_TABLES = (
    "family_demands",
    "capacity_buckets",
    "mix_shares",
    "inventory_snapshots",
    "inbound_orders",
    "period_metrics",
)
_SET = (
    "id",
    "status",
    "source",
    "config_version_id",
    "created_by",
    "created_at",
    "approved_by",
    "approved_at",
    "review_comment",
    "metadata_json",
    "calendar_spec_json",
    "planning_params_json",
)
_EVENT = ("action", "actor", "comment", "metadata_json", "created_at")
# Section → where metadata keeps it, and the legacy names of its fields.
_IN_METADATA: Mapping[str, tuple[tuple[str, ...], Mapping[str, str]]] = {
    "items": (
        ("item", "item_master"),
        {"item_code": "item", "lead_time": "lt", "lot_size": "lot", "min_order_qty": "moq", "item_name": "name"},
    ),
    "bom_links": (("bom",), {"parent_code": "parent", "child_code": "child"}),
}
_QUOTED = ("status", "source", "created_by", "approved_by", "review_comment")


def inputs_of(tables: LegacyTables, source_label: str) -> LegacyInputs:
    """One input set, whole.

    Raises:
        NotFoundError: there is none of that label.
        InvalidRequestError: a row breaks its rule, or stands twice; the sentence names it.
    """
    rows = tables.rows("planning_input_sets", _SET, where="label = ?", values=(source_label,))
    if not rows:
        raise NotFoundError("input set in the source", source_label)
    said = dict(zip(_SET, rows[0], strict=True))
    approved = moment(said["approved_at"])
    quoted = {field: remark(said[field]) for field in _QUOTED}
    return LegacyInputs(
        label=Label(mapped_id(source_label)),
        source_label=source_label,
        config_id=said["config_version_id"],
        created_at=moment_or_epoch(said["created_at"]),
        archived=said["status"] == "archived",
        content=InputContent.of(dict(_sections(tables, said))),
        events=[_event(*row) for row in _of_set(tables, "planning_input_set_events", _EVENT, said["id"])],
        quoted=quoted | {"approved_at": None if approved is None else approved.isoformat()},
    )


def _of_set(tables: LegacyTables, table: str, columns: tuple[str, ...], number: int) -> list[tuple[Any, ...]]:
    return tables.rows(table, columns, where="input_set_id = ?", values=(number,), order="rowid")


def _sections(tables: LegacyTables, said: Mapping[str, Any]) -> Iterator[tuple[str, list[InputRow]]]:
    for section_name in _TABLES:
        section = SECTIONS_BY_NAME[section_name]
        columns = tuple(rule.name for rule in section.fields)
        found = _of_set(tables, f"planning_{section_name}", columns, said["id"])
        yield section_name, [_row(section, dict(zip(columns, values, strict=True))) for values in found]
    metadata = object_of(said["metadata_json"])
    taken: set[str] = set()
    for section_name, (places, legacy) in _IN_METADATA.items():
        section = SECTIONS_BY_NAME[section_name]
        place = next((place for place in places if isinstance(metadata.get(place), list)), None)
        if place is not None:
            taken.add(place)
            yield section_name, [_row(section, _named(values, legacy)) for values in _objects(place, metadata[place])]
    calendar = object_of(said["calendar_spec_json"])
    yield "calendar_weeks", list(_weeks(calendar))
    yield (
        "parameters",
        [
            *parameter_rows("planning", _known(object_of(said["planning_params_json"]))),
            *parameter_rows("calendar", _known({name: calendar.get(name) for name in ("calendar_type", "week_unit")})),
            *parameter_rows("metadata", _known({key: value for key, value in metadata.items() if key not in taken})),
        ],
    )


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _objects(where: str, values: object) -> list[dict[str, Any]]:
    found = values if isinstance(values, list) else []
    if not all(isinstance(value, dict) for value in found):
        raise InvalidRequestError(f"{where} holds something else than objects.")
    return found


def _named(values: Mapping[str, Any], legacy: Mapping[str, str]) -> dict[str, Any]:
    """Values under the names of our fields; numbers were kept as texts there."""
    named = {field: values.get(other) for field, other in legacy.items()}
    named |= {field: value for field, value in values.items() if field not in legacy.values()}
    return {field: _number(value) if field in _NUMBERS else value for field, value in named.items()}


_NUMBERS = frozenset({"lead_time", "lot_size", "min_order_qty", "qty"})


def _number(value: object) -> object:
    if not isinstance(value, str) or not value.strip():
        return value
    try:
        return parse_number(value.strip())
    except NumberTextError:
        return value


def _row(section: Section, values: Mapping[str, Any]) -> InputRow:
    try:
        return section.row(values.get(rule.name) for rule in section.fields)
    except CellError as error:
        shown = str(values.get(error.field))[:80]
        raise InvalidRequestError(f"{section.name}: {error.field} {shown!r} {error}.", source=section.name) from error


def _weeks(calendar: Mapping[str, Any]) -> Iterable[InputRow]:
    section = SECTIONS_BY_NAME["calendar_weeks"]
    for period in _objects("periods", calendar.get("periods")):
        base = {
            "period": period.get("period"),
            "period_start": period.get("start_date"),
            "period_end": period.get("end_date"),
        }
        weeks = _objects("weeks", period.get("weeks"))
        for week in weeks or [{"sequence": 0}]:
            yield _row(
                section,
                base
                | {
                    "sequence": week.get("sequence"),
                    "week_code": week.get("week_code"),
                    "week_start": week.get("start_date"),
                    "week_end": week.get("end_date"),
                    "weight": week.get("weight"),
                    "attributes_json": week.get("attributes"),
                },
            )


def _event(action: str, actor: str, comment: str, metadata: str, created: int) -> LegacyEvent:
    return LegacyEvent(
        action=str(action),
        actor=name(actor),
        comment=remark(comment),
        at=moment(created),
        details={"metadata": object_of(metadata)},
    )
