"""A legacy database as a source: its versions with everything that is kept for them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...application.storage.legacy_source import LegacyConfig, LegacyEvent, LegacyInputs, LegacyPlan, LegacySource
from ...domain.errors import InvalidRequestError
from ...domain.plans.kpis import base_kpis
from ...domain.plans.series import SeriesRow
from ...domain.runs.job import Job
from ...domain.shared.ids import VersionId
from ...domain.storage.backfill import Candidate
from .documents import bytes_of, object_of
from .edits import EditRecord, Edits, authors_of, records_of_artifacts
from .history import jobs_of, loose_jobs, runs_of
from .input_sets import inputs_of
from .legacy_tables import LegacyTables
from .plan_artifacts import OpenedArtifacts, digest_of, levels_in, opened
from .stored_rows import COLUMNS, SUMS, differences, kpi_differences, stored_levels
from .words import LEGACY, day, mapped_id, moment, moment_or_epoch, name, remark

_VERSION = (
    "created_at",
    "status",
    "cutover_date",
    "recon_window_days",
    "objective",
    "note",
    "config_version_id",
    "input_set_label",
    "base_scenario_id",
)
_OVERRIDE = ("key_hash", "level", "payload_json", "lock_flag", "locked_by", "weight", "author", "updated_at")
_EVENT = ("key_hash", "event_type", "actor", "event_ts", "payload_json", "notes", "level")
_OF_VERSION = "version_id = ?"


class LegacyDatabase(LegacySource):
    """The SQLite file of a legacy system."""

    def __init__(self, name: str, path: Path) -> None:
        """Open it read-only (``LegacyTables``)."""
        self._name = name
        self._tables = LegacyTables(path)

    @property
    def name(self) -> str:
        """What people call it."""
        return self._name

    def close(self) -> None:
        """Let the file go."""
        self._tables.close()

    def configs(self) -> Sequence[LegacyConfig]:
        """Its config versions that were not deleted, in order of id."""
        columns = ("id", "name", "status", "metadata_json", "created_at", "is_deleted")
        with self._tables.snapshot():
            rows = self._tables.rows("canonical_config_versions", columns, order="id")
        return [
            LegacyConfig(
                config_id=number,
                name=name(called) or f"{LEGACY}-{number}",
                status="archived" if status == "archived" else "active",
                horizon_days=_horizon(metadata),
                created_at=moment_or_epoch(created),
            )
            for number, called, status, metadata, created, deleted in rows
            if not deleted
        ]

    def versions(self) -> Sequence[Candidate]:
        """Its plan versions in order of time, then of id; also those that have only artifacts or series."""
        tables = self._tables
        with tables.snapshot():
            known = dict(tables.rows("plan_versions", ("version_id", "created_at")))
            for table in ("plan_artifacts", "plan_series"):
                for version, created in tables.rows(
                    table, ("version_id", "created_at"), where="1 = 1 GROUP BY version_id"
                ):
                    known.setdefault(version, created)
        offered = [
            Candidate(
                source_version=str(version),
                version_id=VersionId(mapped_id(str(version))),
                created_at=moment_or_epoch(created),
            )
            for version, created in known.items()
        ]
        return sorted(offered, key=lambda one: (one.created_at, one.source_version))

    def digest(self, source_version: str) -> str:
        """The digest over everything it says of a version."""
        with self._tables.snapshot():
            return _Version(self._tables, source_version).digest()

    def plan(self, source_version: str) -> LegacyPlan:
        """One version, whole."""
        with self._tables.snapshot():
            return _Version(self._tables, source_version).plan()

    def input_sets(self) -> Sequence[str]:
        """The labels of its input sets, in order of id."""
        with self._tables.snapshot():
            return [str(row[0]) for row in self._tables.rows("planning_input_sets", ("label",), order="id")]

    def inputs(self, source_label: str) -> LegacyInputs:
        """One input set, whole."""
        with self._tables.snapshot():
            return inputs_of(self._tables, source_label)

    def loose_jobs(self) -> Sequence[Job]:
        """The jobs that made no plan version."""
        with self._tables.snapshot():
            return loose_jobs(self._tables)


class _Version:
    """One version, read within a snapshot."""

    def __init__(self, tables: LegacyTables, source_version: str) -> None:
        self._source_version = source_version
        self._tables = tables
        self._texts = {
            str(called): bytes_of(text) for called, text in self._rows("plan_artifacts", "name", "json_text")
        }
        self._facts = dict(zip(_VERSION, next(iter(self._rows("plan_versions", *_VERSION)), (None,) * 9), strict=True))
        self._levels = levels_in(self._texts)
        self._overrides = self._rows("plan_overrides", *_OVERRIDE, order="key_hash")
        self._events = self._rows("plan_override_events", *_EVENT, order="id")

    def _rows(self, table: str, *columns: str, order: str = "") -> list[tuple[Any, ...]]:
        return self._tables.rows(table, columns, where=_OF_VERSION, values=(self._source_version,), order=order)

    def _stored(self) -> list[tuple[Any, ...]]:
        """The stored rows of levels that no artifact holds."""
        if not self._tables.has("plan_series"):
            return []
        marks = ", ".join("?" for _ in self._levels) or "''"
        values = (self._source_version, *sorted(self._levels))
        return self._tables.rows(
            "plan_series", COLUMNS, where=f"{_OF_VERSION} AND level NOT IN ({marks})", values=values, order="1, 2, 3, 4"
        )

    def digest(self) -> str:
        """The digest over everything that is said of it."""
        facts = (sorted(self._facts.items(), key=str), self._overrides, self._events, self._stored())
        return digest_of(facts, self._texts)

    def plan(self) -> LegacyPlan:
        """All of it."""
        artifacts = opened(self._texts)
        levels = {**stored_levels(self._stored()), **artifacts.levels}
        if not levels:
            raise InvalidRequestError("It has neither artifacts with rows nor stored series.")
        candidate = Candidate(
            source_version=self._source_version,
            version_id=VersionId(mapped_id(self._source_version)),
            created_at=moment_or_epoch(self._facts["created_at"]),
        )
        edits = self._edits(artifacts)
        facts = self._facts
        run_id = artifacts.said("source.json", "source_run_id", "run_id")
        return LegacyPlan(
            candidate=candidate,
            source_digest=self.digest(),
            status=facts["status"],
            label=facts["input_set_label"] or artifacts.said("planning_input_set.json", "label"),
            config_id=facts["config_version_id"],
            source_run_id=None if run_id is None else str(run_id),
            cutover_date=day(facts["cutover_date"]),
            recon_window_days=facts["recon_window_days"],
            objective=remark(facts["objective"]),
            note=remark(facts["note"]),
            levels=dict(sorted(levels.items())),
            artifacts=artifacts.kept,
            overlay=edits.overlay,
            editors=tuple(dict.fromkeys(who for row in self._events if row[1] == "edit" and (who := name(row[2])))),
            events=[self._event(*row) for row in self._events],
            runs=runs_of(self._tables, self._source_version),
            jobs=jobs_of(self._tables, self._source_version),
            quoted=_quoted(facts, artifacts, edits),
            differences=self._differences(levels),
        )

    def _edits(self, artifacts: OpenedArtifacts) -> Edits:
        edits = Edits()
        if not self._tables.has("plan_overrides"):
            at = moment_or_epoch(self._facts["created_at"])
            for record in records_of_artifacts(artifacts.kept, at=at):
                edits.take(record)
            return edits
        authors = authors_of((key, kind, actor) for key, kind, actor, *_ in self._events)
        for key, level, payload, locked, locked_by, weight, author, at in self._overrides:
            if level == "audit":
                continue
            who = name(locked_by if locked and locked_by else author) or authors.get(key)
            edits.take(
                EditRecord(
                    key=str(key),
                    values=object_of(payload),
                    locked=bool(locked),
                    weight=weight,
                    author=who,
                    at=moment_or_epoch(at),
                )
            )
        return edits

    @staticmethod
    def _event(key: str, kind: str, actor: str, at: int, payload: str, notes: str, level: str) -> LegacyEvent:  # noqa: PLR0917 (the columns of a row)
        return LegacyEvent(
            action=str(kind),
            actor=name(actor),
            comment=remark(notes),
            at=moment(at),
            details={"key": key, "level": level, "values": object_of(payload)},
        )

    def _differences(self, levels: Mapping[str, Sequence[SeriesRow]]) -> list[dict[str, Any]]:
        sums = self._tables.sums("plan_series", "level", SUMS, where=_OF_VERSION, value=self._source_version)
        stored = {level: figures for level, *figures in sums if level in self._levels}
        found = differences(stored, levels, levelled="mrp_final" in levels)
        kpis = {
            (metric, kind, bucket): float(value)
            for metric, kind, bucket, value in self._rows("plan_kpis", "metric", "bucket_type", "bucket_key", "value")
        }
        taken = {kpi.key: kpi.value for kpi in base_kpis(levels.get("aggregate", ()))}
        return found + kpi_differences(kpis, taken)


def _quoted(facts: Mapping[str, Any], artifacts: OpenedArtifacts, edits: Edits) -> dict[str, Any]:
    state = artifacts.kept.get("psi_state.json")
    return {
        "status": remark(facts["status"]),
        "input_set_label": remark(facts["input_set_label"]) or artifacts.said("planning_input_set.json", "label"),
        "base_scenario_id": remark(facts["base_scenario_id"]),
        "created_at": remark(facts["created_at"]),
        "psi_state": None if state is None else dict(state),
        "quarantined": edits.quarantined,
    }


def _horizon(metadata: object) -> int | None:
    try:
        days = json.loads(str(metadata)).get("planning_horizon")
    except (ValueError, AttributeError):
        return None
    return days if isinstance(days, int) and days > 0 else None
