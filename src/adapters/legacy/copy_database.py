"""A copy of a legacy database, written to as its own application would read it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from ...application.storage.legacy_copy import LegacyCopy, LegacyVersion, ReturnedVersion
from ...application.threads import in_thread
from ...domain.errors import InvalidRequestError, NotFoundError, StorageError, StorageUnavailableError
from ...domain.plans.kpis import Kpi
from ...domain.plans.series import MEASURES, SeriesRow
from .copy_psi import LegacyEvent, events_of, milliseconds, overrides_of, psi_artifacts

_ITS_TABLES = ("plan_versions", "plan_artifacts", "plan_series", "plan_overrides", "plan_override_events", "plan_kpis")
_CHILDREN = ("plan_series", "plan_kpis", "plan_override_events", "plan_overrides", "plan_artifacts")
_OURS = "planvault_schema_version"
_NULLABLE = frozenset({"service_level", "spill_in", "spill_out", "adjustment", "carryover_in", "carryover_out"})
_NOT_THERE = frozenset({"supply_received", "splits_json"})
_COMPLETE = ("aggregate.json", "sku_week.json", "plan_final.json")
_PATIENCE = 10.0


@asynccontextmanager
async def open_legacy_copy(place: Path) -> AsyncIterator[LegacyCopy]:
    """The copy, open until the block is left.

    Raises:
        NotFoundError: there is no such file.
        InvalidRequestError: it is no legacy database.
        StorageError: it cannot be opened.
    """
    connection = await in_thread(lambda: _opened(place), undo=lambda opened: opened.close())
    try:
        yield SqliteLegacyCopy(connection, str(place))
    finally:
        await in_thread(connection.close)


def _opened(place: Path) -> sqlite3.Connection:
    if not place.is_file():
        raise NotFoundError("file", place, remedy="Copy the legacy database there first: cp scpln.db COPY.db.")
    with _translating(str(place)):
        connection = sqlite3.connect(place, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            found = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        except sqlite3.DatabaseError:
            found = set()
    missing = sorted(set(_ITS_TABLES) - found)
    if missing or _OURS in found:
        connection.close()
        what = "it is one of planvault's own" if _OURS in found else f"it has no table {missing[0]}"
        raise InvalidRequestError(
            f"{place} is no copy of a legacy database: {what}.", remedy="Name a copy of scpln.db at its newest schema."
        )
    return connection


class SqliteLegacyCopy(LegacyCopy):
    """A legacy SQLite file."""

    def __init__(self, connection: sqlite3.Connection, place: str) -> None:
        """Write through this connection."""
        self._connection = connection
        self._place = place

    async def write(
        self,
        plan: LegacyVersion,
        rows: AsyncIterator[Sequence[SeriesRow]],
        artifacts: AsyncIterator[tuple[str, str]],
    ) -> ReturnedVersion:
        """Write a version instead of what the copy holds of it."""
        await self._do(lambda: self._begin(plan))
        try:
            count, names = 0, []
            async for batch in rows:
                count += len(batch)
                await self._do(lambda batch=batch: self._insert("plan_series", _series(plan, batch)))
            async for name, text in artifacts:
                names.append(name)
                await self._do(lambda name=name, text=text: self._artifact(plan, name, text))
            overrides, events = await self._do(lambda: self._psi(plan))
            await self._do(lambda: self._connection.execute("COMMIT"))
        except BaseException:
            await in_thread(self._connection.rollback)
            raise
        return ReturnedVersion(
            version_id=plan.version.version_id,
            rows=count,
            artifacts=len(names) + sum(1 for _ in psi_artifacts(plan)),
            overrides=overrides,
            events=events,
            complete=set(_COMPLETE) <= set(names),
        )

    async def _do(self, call: Any) -> Any:
        def translated() -> Any:
            with _translating(self._place):
                return call()

        return await in_thread(translated)

    def _begin(self, plan: LegacyVersion) -> None:
        version, made_from = plan.version, plan.version.provenance
        self._connection.execute("BEGIN IMMEDIATE")
        for table in _CHILDREN:
            self._connection.execute(f"DELETE FROM {table} WHERE version_id = ?", (version.version_id,))  # noqa: S608
        self._connection.execute("DELETE FROM plan_versions WHERE version_id = ?", (version.version_id,))
        self._insert(
            "plan_versions",
            [
                {
                    "version_id": version.version_id,
                    "created_at": milliseconds(version.created_at),
                    "status": str(version.stage),
                    "cutover_date": None if version.cutover_date is None else version.cutover_date.isoformat(),
                    "recon_window_days": version.recon_window_days,
                    "objective": version.objective,
                    "note": version.note,
                    "config_version_id": made_from.config_version_id,
                    "input_set_label": made_from.input_label,
                }
            ],
        )
        self._insert("plan_kpis", _kpis(plan, plan.kpis))

    def _artifact(self, plan: LegacyVersion, name: str, text: str) -> None:
        kept = json.dumps({"type": "csv", "content": text}) if name.endswith(".csv") else text
        at = milliseconds(plan.version.updated_at)
        row = {"version_id": plan.version.version_id, "name": name, "json_text": kept, "created_at": at}
        self._insert("plan_artifacts", [row])

    def _psi(self, plan: LegacyVersion) -> tuple[int, int]:
        """Write edits and events; how many rows of each. An event whose override is gone hangs on an empty one."""
        for name, content in psi_artifacts(plan):
            self._artifact(plan, name, json.dumps(content, ensure_ascii=False))
        overrides, events = overrides_of(plan), list(events_of(plan))
        rows = [
            _override(
                plan,
                one.level,
                one.key,
                payload_json=json.dumps(one.values, ensure_ascii=False),
                lock_flag=int(one.locked_by is not None),
                locked_by=one.locked_by,
                weight=one.weight,
                author=one.author,
            )
            for one in overrides.values()
        ]
        without = {event.key: event.level for event in events if event.key not in overrides}
        rows += [_override(plan, level, key, payload_json="{}", lock_flag=0) for key, level in without.items()]
        self._insert("plan_overrides", rows)
        ids = dict(
            self._connection.execute(
                "SELECT key_hash, id FROM plan_overrides WHERE version_id = ?", (plan.version.version_id,)
            )
        )
        self._insert("plan_override_events", [_event(plan, event, ids[event.key]) for event in events])
        return len(overrides), len(events)

    def _insert(self, table: str, rows: Iterable[dict[str, Any]]) -> None:
        for row in rows:
            names, marks = ", ".join(row), ", ".join("?" * len(row))
            self._connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))  # noqa: S608


def _series(plan: LegacyVersion, batch: Sequence[SeriesRow]) -> Iterator[dict[str, Any]]:
    made_from, at = plan.version.provenance, milliseconds(plan.version.updated_at)
    for row in batch:
        fields = {name: value for name, value in zip(row._fields, row, strict=True) if name not in _NOT_THERE}
        for measure in MEASURES:
            if measure in fields and measure not in _NULLABLE:
                fields[measure] = fields[measure] or 0.0
        yield {
            "version_id": plan.version.version_id,
            "config_version_id": made_from.config_version_id,
            "source_run_id": made_from.run_id,
            "created_at": at,
            "updated_at": at,
            **fields,
        }


def _kpis(plan: LegacyVersion, kpis: Sequence[Kpi]) -> Iterator[dict[str, Any]]:
    at = milliseconds(plan.version.updated_at)
    for kpi in kpis:
        yield {
            "version_id": plan.version.version_id,
            "metric": kpi.metric,
            "bucket_type": kpi.bucket_type,
            "bucket_key": kpi.bucket_key,
            "value": kpi.value,
            "unit": kpi.unit,
            "created_at": at,
            "updated_at": at,
        }


def _override(plan: LegacyVersion, level: str, key: str, **values: Any) -> dict[str, Any]:
    at = milliseconds(plan.version.updated_at)
    row = {"version_id": plan.version.version_id, "level": level, "key_hash": key, "source": "psi"}
    return {**row, **values, "created_at": at, "updated_at": at}


def _event(plan: LegacyVersion, event: LegacyEvent, override_id: int) -> dict[str, Any]:
    return {
        "override_id": override_id,
        "version_id": plan.version.version_id,
        "level": event.level,
        "key_hash": event.key,
        "event_type": event.action,
        "event_ts": milliseconds(event.at),
        "payload_json": json.dumps(dict(event.values), ensure_ascii=False),
        "actor": event.actor,
        "notes": event.notes,
    }


@contextmanager
def _translating(place: str) -> Iterator[None]:
    """Let a driver's error leave as one of planvault's."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StorageUnavailableError(
            f"{place} cannot be used: {error}.", remedy="Stop what holds it, and begin again."
        ) from error
    except sqlite3.Error as error:
        raise StorageError(f"{place} does not take what it is given: {error}.") from error
