"""The parts of a database that belong together: which table's rows go with what is said here, table by table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, select

from ...domain.shared.clock import instant_text
from ...domain.storage.mirror import INPUT_STREAMS, PLAN_STREAMS, Tables
from ...domain.storage.mirror_ports import LedgerParts
from .session import SqlSession
from .tables import (
    ACCESS_TOKENS,
    APPROVALS,
    CONFIG_VERSIONS,
    COUNTERS,
    EVENT_CHECKPOINTS,
    EVENT_HEADS,
    EVENTS,
    IMPORT_REPORTS,
    INPUT_CONTENTS,
    INPUT_REVISIONS,
    INPUT_SETS,
    JOBS,
    LABEL_HISTORY,
    LABEL_TOMBSTONES,
    MAINTENANCE_PAUSE,
    METADATA,
    OUTBOX,
    PLAN_BACKFILL_ITEMS,
    PLAN_BACKFILL_RUNS,
    PLAN_BASELINES,
    PLAN_FOLDERS,
    PLAN_SERIES,
    PLAN_VERSIONS,
    RUNS,
    SECTION_TABLES,
    STORAGE_STATE,
)
from .types import Instant

_UNDER_WAY = ("queued", "running")
_OWN_COUNTERS = ("events", "commits")  # the highest position, and the highest commit, say them too

# Rows that belong to a version but do not refer to it with a foreign key: what its run, job and inputs were.
_BESIDE_VERSIONS = (RUNS, JOBS, INPUT_CONTENTS)
OF_VERSIONS: tuple[Table, ...] = (
    PLAN_VERSIONS,
    *(
        table
        for table in METADATA.sorted_tables
        if table not in (PLAN_SERIES, PLAN_FOLDERS)
        and any(key.column is PLAN_VERSIONS.c.version_id for key in table.foreign_keys)
    ),
    *_BESIDE_VERSIONS,
)
OF_LABELS: tuple[Table, ...] = (
    INPUT_CONTENTS,
    INPUT_SETS,
    INPUT_REVISIONS,
    APPROVALS,
    LABEL_HISTORY,
    LABEL_TOMBSTONES,
)
OF_STORE: tuple[Table, ...] = (CONFIG_VERSIONS, PLAN_BASELINES, COUNTERS)
IN_FILES_OF_THEIR_OWN: tuple[Table, ...] = (
    PLAN_SERIES,
    PLAN_FOLDERS,
    EVENTS,
    EVENT_HEADS,
    EVENT_CHECKPOINTS,
    *SECTION_TABLES.values(),
)
# Secrets, what is under way, and what is only of use where it was made (docs/reference/files.md says why).
LEFT_OUT: tuple[Table, ...] = (
    ACCESS_TOKENS,
    IMPORT_REPORTS,
    MAINTENANCE_PAUSE,
    OUTBOX,
    PLAN_BACKFILL_ITEMS,
    PLAN_BACKFILL_RUNS,
    STORAGE_STATE,
)


class SqlLedgerParts(LedgerParts):
    """The parts of a database."""

    def __init__(self, session: SqlSession) -> None:
        """Work in this transaction."""
        self._session = session

    @property
    def are_kept(self) -> bool:
        """They are."""
        return True

    async def of_version(self, key: str) -> Tables:
        """All rows that belong to the plan version of that key, by table."""
        known = await self._session.row(
            select(PLAN_VERSIONS.c.version_id, PLAN_VERSIONS.c.input_content_hash).where(
                PLAN_VERSIONS.c.version_key == key
            )
        )
        if known is None:
            return {table.name: [] for table in OF_VERSIONS}
        conditions: dict[Table, ColumnElement[bool]] = {
            RUNS: RUNS.c.plan_version_id == known.version_id,
            JOBS: (JOBS.c.version_id == known.version_id) & JOBS.c.status.not_in(_UNDER_WAY),
            INPUT_CONTENTS: INPUT_CONTENTS.c.content_hash == known.input_content_hash,
        }
        return {
            table.name: await self._rows(table, conditions.get(table, table.c.get("version_id") == known.version_id))
            for table in OF_VERSIONS
        }

    async def of_label(self, key: str) -> Tables:
        """All rows that belong to the label of that key, by table."""
        used = select(INPUT_REVISIONS.c.content_hash).where(INPUT_REVISIONS.c.label_key == key)
        return {
            table.name: await self._rows(
                table,
                INPUT_CONTENTS.c.content_hash.in_(used) if table is INPUT_CONTENTS else table.c.label_key == key,
            )
            for table in OF_LABELS
        }

    async def of_store(self) -> Tables:
        """The rows that belong to no single version or label, by table."""
        return {
            table.name: await self._rows(table, COUNTERS.c.name.not_in(_OWN_COUNTERS) if table is COUNTERS else None)
            for table in OF_STORE
        }

    async def version_keys(self) -> Sequence[str]:
        """The keys of all plan versions that there are or were, in order."""
        rows = await self._session.rows(select(PLAN_VERSIONS.c.version_key))
        return sorted({row.version_key for row in rows} | {name for name, _ in await self._named(PLAN_STREAMS)})

    async def label_keys(self) -> Sequence[str]:
        """The keys of all labels that there are or were, in order."""
        found = {name.partition("/")[0] for name, _ in await self._named(INPUT_STREAMS)}
        for table in (INPUT_SETS, LABEL_TOMBSTONES):
            found |= {row.label_key for row in await self._session.rows(select(table.c.label_key))}
        return sorted(found)

    async def contents(self) -> Sequence[str]:
        """The hashes of all input contents, in order."""
        known = INPUT_CONTENTS.c.content_hash
        return [row.content_hash for row in await self._session.rows(select(known).order_by(known))]

    async def _named(self, prefix: str) -> Iterable[tuple[str, int]]:
        after = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        rows = await self._session.rows(
            select(EVENT_HEADS).where(EVENT_HEADS.c.stream >= prefix, EVENT_HEADS.c.stream < after)
        )
        return [(row.stream.removeprefix(prefix), row.sequence) for row in rows]

    async def _rows(self, table: Table, condition: ColumnElement[bool] | None) -> list[list[Any]]:
        statement = select(table).order_by(*table.primary_key)
        if condition is not None:
            statement = statement.where(condition)
        instants = [place for place, column in enumerate(table.columns) if isinstance(column.type, Instant)]
        rows = [list(row) for row in await self._session.rows(statement)]
        for row in rows:
            for place in instants:
                row[place] = None if row[place] is None else instant_text(row[place])
        return rows
