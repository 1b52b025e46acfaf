"""A copy of a legacy database, written to as its own application would read it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from ...application.storage.legacy_copy import LegacyCopy, LegacyVersion, ReturnedVersion
from ...application.threads import in_thread
from ...domain.errors import InvalidRequestError, NotFoundError, StorageError, StorageUnavailableError
from ...domain.plans.kpis import Kpi
from ...domain.plans.series import MEASURES, SeriesRow
from .copy_psi import ReturnedEvent, events_of, milliseconds, outdated, overrides_of, psi_artifacts

_ITS_TABLES = (
    "canonical_config_versions",
    "plan_versions",
    "plan_artifacts",
    "plan_series",
    "plan_overrides",
    "plan_override_events",
    "plan_kpis",
)
_CHILDREN = ("plan_series", "plan_kpis", "plan_override_events", "plan_overrides")
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
        yield await in_thread(lambda: SqliteLegacyCopy(connection, str(place)))
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
        self._configs = dict(connection.execute("SELECT name, id FROM canonical_config_versions ORDER BY id"))

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
                await self._do(lambda batch=batch: self._rows(plan, batch))
            async for name, text in artifacts:
                names.append(name)
                await self._do(lambda name=name, text=text: self._artifact(plan, name, text))
            psi, overrides, events = await self._do(lambda: self._psi(plan))
            await self._do(self._commit)
        except BaseException:
            await in_thread(self._connection.rollback)
            raise
        return ReturnedVersion(
            version_id=plan.version.version_id,
            rows=count,
            artifacts=len(names) + psi,
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
            self._connection.execute(f"DELETE FROM {table} WHERE version_id = ?", (plan.legacy_id,))  # noqa: S608
        self._connection.executemany(
            "DELETE FROM plan_artifacts WHERE version_id = ? AND name = ?",
            [(plan.legacy_id, name) for name in outdated(plan)],
        )
        self._upsert(
            "plan_versions",
            ("version_id",),
            [
                {
                    "version_id": plan.legacy_id,
                    "created_at": milliseconds(version.created_at),
                    "status": str(version.stage),
                    "cutover_date": None if version.cutover_date is None else version.cutover_date.isoformat(),
                    "recon_window_days": version.recon_window_days,
                    "objective": version.objective,
                    "note": version.note,
                    "config_version_id": self._config_of(plan),
                    "input_set_label": made_from.input_label,
                }
            ],
        )
        self._insert("plan_kpis", _kpis(plan, plan.kpis))

    # Cursors stay in the thread that made them: dropped in another one, they reset a statement that is at work.
    def _rows(self, plan: LegacyVersion, batch: Sequence[SeriesRow]) -> None:
        self._connection.executemany(_SERIES, _series(plan, self._config_of(plan), batch))

    def _config_of(self, plan: LegacyVersion) -> int | None:
        """The number that the copy has for the config version, which has another one here."""
        return None if plan.config_name is None else self._configs.get(plan.config_name)

    def _commit(self) -> None:
        self._connection.execute("COMMIT")

    def _artifact(self, plan: LegacyVersion, name: str, text: str) -> None:
        kept = json.dumps({"type": "csv", "content": text}) if name.endswith(".csv") else text
        at = milliseconds(plan.version.updated_at)
        row = {"version_id": plan.legacy_id, "name": name, "json_text": kept, "created_at": at}
        self._upsert("plan_artifacts", ("version_id", "name"), [row])

    def _psi(self, plan: LegacyVersion) -> tuple[int, int, int]:
        """Write edits and events; how many artifacts, overrides and events.

        An event whose override is gone hangs on an empty one.
        """
        artifacts = dict(psi_artifacts(plan))
        for name, content in artifacts.items():
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
            self._connection.execute("SELECT key_hash, id FROM plan_overrides WHERE version_id = ?", (plan.legacy_id,))
        )
        self._insert("plan_override_events", [_event(plan, event, ids[event.key]) for event in events])
        return len(artifacts), len(overrides), len(events)

    def _insert(self, table: str, rows: Iterable[dict[str, Any]]) -> None:
        for row in rows:
            self._connection.execute(_insertion(table, row), tuple(row.values()))

    def _upsert(self, table: str, key: Sequence[str], rows: Iterable[dict[str, Any]]) -> None:
        """Insert rows, or change those of the same key; columns that are not named keep what they hold."""
        for row in rows:
            changes = ", ".join(f"{name} = excluded.{name}" for name in row if name not in key)
            sql = f"{_insertion(table, row)} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"
            self._connection.execute(sql, tuple(row.values()))


def _insertion(table: str, names: Collection[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608


# What of a series row the legacy table has, by its place, and whether null becomes 0 there.
_TAKEN = tuple(
    (place, name in MEASURES and name not in _NULLABLE)
    for place, name in enumerate(SeriesRow._fields)
    if name not in _NOT_THERE
)
_SERIES = _insertion(
    "plan_series",
    (
        *("version_id", "config_version_id", "source_run_id", "created_at", "updated_at"),
        *(SeriesRow._fields[place] for place, _ in _TAKEN),
    ),
)


def _series(plan: LegacyVersion, config_id: int | None, batch: Sequence[SeriesRow]) -> Iterator[tuple[Any, ...]]:
    at = milliseconds(plan.version.updated_at)
    stamp = (plan.legacy_id, config_id, plan.version.provenance.run_id, at, at)
    for row in batch:
        yield (*stamp, *(0.0 if filled and row[place] is None else row[place] for place, filled in _TAKEN))


def _kpis(plan: LegacyVersion, kpis: Sequence[Kpi]) -> Iterator[dict[str, Any]]:
    at = milliseconds(plan.version.updated_at)
    for kpi in kpis:
        yield {
            "version_id": plan.legacy_id,
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
    row = {"version_id": plan.legacy_id, "level": level, "key_hash": key, "source": "psi"}
    return {**row, **values, "created_at": at, "updated_at": at}


def _event(plan: LegacyVersion, event: ReturnedEvent, override_id: int) -> dict[str, Any]:
    return {
        "override_id": override_id,
        "version_id": plan.legacy_id,
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
