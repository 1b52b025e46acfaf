"""What a ledger mirrored, in words: its rows under the names of their columns, and what they say of a plan or label."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ...application.storage.legacy_source import LegacyConfig, LegacyEvent, LegacyInputs
from ...application.storage.mirrored_root import MirroredRoot
from ...domain.errors import IntegrityError
from ...domain.inputs.event import input_set_stream
from ...domain.plans.editing.cells import RowKey
from ...domain.plans.editing.overlay import Lock, Overlay, Override, OverrideOrigin
from ...domain.plans.version import PlanOrigin, Provenance
from ...domain.shared.clock import parse_instant
from ...domain.shared.events import Event
from ...domain.shared.ids import JobId, Label, RunId, VersionId
from ...domain.storage.mirror import Tables

_ROW = ("level", "time_bucket_key", "item_key", "location_key")


class NamedRows:
    """Rows by the names of their columns."""

    def __init__(self, columns: Mapping[str, Sequence[str]]) -> None:
        """Know the columns of each table in their order."""
        self._columns = columns

    def of(self, tables: Tables, table: str) -> list[dict[str, Any]]:
        """The rows of a table.

        Raises:
            IntegrityError: they have other columns than this planvault's table.
        """
        names = self._columns[table]
        rows = tables.get(table, [])
        if any(len(row) != len(names) for row in rows):
            raise IntegrityError(f"The rows of {table} have other columns than this planvault's.")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def status(self, tables: Tables) -> str | None:
        """The status of the version that these are the rows of."""
        rows = self.of(tables, "plan_versions")
        return str(rows[0]["status"]) if rows else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a files root says of a version besides its rows; ``quoted`` is told and not believed."""

    version_id: VersionId
    title: str | None
    trial: bool
    stage: str | None = None
    stale_levels: tuple[str, ...] = ()
    provenance: Provenance
    cutover_date: date | None = None
    recon_window_days: int | None = None
    objective: str | None = None
    note: str | None = None
    payload_digest: str
    created_at: datetime
    editors: tuple[str, ...]
    quoted: Mapping[str, Any]


def said_by_manifest(version_id: VersionId, about: Mapping[str, Any]) -> Said:
    """What a folder says of itself, where no ledger was mirrored.

    Raises:
        IntegrityError: it lacks what planvault writes.
    """
    try:
        label, _, number = (about["input_set"] or "").partition("@")
        return Said(
            version_id=version_id,
            title=about["title"],
            trial=bool(about["trial"]),
            provenance=Provenance(
                origin=PlanOrigin(about["origin"]),
                input_label=label or None,
                input_revision=int(number) if number else None,
                input_content_hash=about["input_content_hash"],
                engine_name=about["engine_name"],
                engine_version=about["engine_version"],
                engine_parameters=about["engine_parameters"],
                run_id=_optional(RunId, about["run_id"]),
                job_id=_optional(JobId, about["job_id"]),
            ),
            payload_digest=about["payload_digest"],
            created_at=parse_instant(about["created_at"]),
            editors=(about["created_by"],),
            quoted={"about": dict(about)},
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise IntegrityError("Its manifest does not say what planvault writes.") from error


def said_by_rows(rows: NamedRows, tables: Tables) -> Said:
    """What the mirrored rows of a version say.

    Raises:
        IntegrityError: they are not those of one version.
    """
    try:
        (row,) = rows.of(tables, "plan_versions")
        editors = sorted(rows.of(tables, "plan_editors"), key=lambda one: one["sequence"])
        return Said(
            version_id=VersionId(row["version_id"]),
            title=row["title"],
            trial=bool(row["trial"]),
            stage=row["stage"],
            stale_levels=tuple(json.loads(row["stale_levels_json"])),
            provenance=Provenance(
                origin=PlanOrigin(row["origin"]),
                config_version_id=row["config_version_id"],
                input_label=row["input_set_label"],
                input_revision=row["input_set_revision"],
                input_content_hash=row["input_content_hash"],
                engine_name=row["engine_name"],
                engine_version=row["engine_version"],
                engine_parameters=json.loads(row["engine_parameters_json"]),
                run_id=_optional(RunId, row["run_id"]),
                job_id=_optional(JobId, row["plan_job_id"]),
                base_version_id=_optional(VersionId, row["base_version_id"]),
            ),
            cutover_date=None if row["cutover_date"] is None else date.fromisoformat(row["cutover_date"]),
            recon_window_days=row["recon_window_days"],
            objective=row["objective"],
            note=row["note"],
            payload_digest=row["payload_digest"],
            created_at=parse_instant(row["created_at"]),
            editors=(row["created_by"], *(one["editor"] for one in editors)),
            quoted=_quoted(row, rows.of(tables, "plan_approvals")),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise IntegrityError("What was mirrored of it is not what planvault writes.") from error


_TOLD = ("status", "pinned", "origin", "config_version_id", "input_set_label", "input_set_revision")
_TOLD_TOO = ("input_content_hash", "base_version_id", "plan_digest", "created_by", "row_version")


def _quoted(row: Mapping[str, Any], approvals: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    names = ("actor", "verification", "approved_at", "comment", "signature")
    told = {name: row[name] for name in (*_TOLD, *_TOLD_TOO)}
    return told | {"approvals": [{name: one[name] for name in names} for one in approvals]}


def overlay_of(rows: NamedRows, tables: Tables) -> Overlay:
    """What lies over a version.

    Raises:
        IntegrityError: it is not what planvault writes.
    """
    overlay = Overlay()
    try:
        for row in rows.of(tables, "plan_overrides"):
            cell = RowKey(*(row[name] for name in _ROW)).cell(row["field"])
            overlay.overrides[cell] = Override(
                cell=cell,
                value=float(row["value"]),
                origin=OverrideOrigin(row["origin"]),
                shares=tuple(
                    (period, family, float(share)) for period, family, share in json.loads(row["shares_json"])
                ),
                author=row["author"],
                updated_at=parse_instant(row["updated_at"]),
            )
        for row in rows.of(tables, "plan_locks"):
            key, field = RowKey(*(row[name] for name in _ROW)), row["field"] or None
            overlay.locks[key, field] = Lock(
                row=key, field=field, actor=row["actor"], locked_at=parse_instant(row["locked_at"])
            )
        for row in rows.of(tables, "plan_weights"):
            overlay.weights[RowKey(*(row[name] for name in _ROW))] = float(row["weight"])
    except (KeyError, ValueError, TypeError) as error:
        raise IntegrityError("What lies over it is not what planvault writes.") from error
    return overlay


def events_of(events: Sequence[Event]) -> list[LegacyEvent]:
    """Events to be quoted, each with what it says of its place in its chain."""
    return [
        LegacyEvent(
            action=event.action,
            actor=event.actor,
            comment=event.comment,
            at=event.recorded_at,
            details={
                "values": json.loads(event.details_json),
                "sequence": event.sequence,
                "verification": event.verification,
                "hash": event.hash,
            },
        )
        for event in events
    ]


def config_of(row: Mapping[str, Any]) -> LegacyConfig:
    """The config version of a row."""
    return LegacyConfig(
        config_id=row["config_version_id"],
        name=row["name"],
        status=row["status"],
        horizon_days=row["horizon_days"],
        attributes=json.loads(row["attributes_json"]),
        created_at=parse_instant(row["created_at"]),
    )


def inputs_of(rows: NamedRows, root: MirroredRoot, key: str) -> LegacyInputs:
    """A label: its candidate, else what was live, else its newest revision.

    Raises:
        IntegrityError: it is damaged, or its content is missing.
    """
    tables = root.label(key).tables
    try:
        (told,) = rows.of(tables, "planning_input_sets")
        revisions = {row["number"]: row for row in rows.of(tables, "planning_input_revisions")}
        number = told["candidate"] or told["live"] or max(revisions)
        approvals = [row for row in rows.of(tables, "planning_approvals") if row["number"] == number]
        revision, label = revisions[number], Label(told["label"])
        events = root.events(input_set_stream(label, told["generation"]))
        return LegacyInputs(
            label=label,
            source_label=key,
            config_id=told["config_version_id"],
            created_at=parse_instant(told["created_at"]),
            archived=bool(told["archived"]),
            content=root.content(revision["content_hash"]),
            events=events_of(events.events),
            quoted={
                "status": revision["status"],
                "revision": number,
                "live": told["live"],
                "title": told["title"],
                "authors": json.loads(revision["authors_json"]),
                "approved_by": ", ".join(row["actor"] for row in approvals) or None,
                "store_id": root.facts.store_id,
            },
        )
    except (KeyError, ValueError, TypeError) as error:
        raise IntegrityError(f"What was mirrored of the label {key} is not what planvault writes.") from error


def _optional(kind: Any, value: str | None) -> Any:
    return None if value is None else kind(value)
