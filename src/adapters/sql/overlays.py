"""What lies over plans, in SQL."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, delete, insert, literal, select

from ...domain.plans.editing.cells import Cell, RowKey
from ...domain.plans.editing.overlay import Lock, Overlay, Override, OverrideOrigin
from ...domain.plans.editing.ports import PlanOverlayRepository
from ...domain.shared.canonical import document
from ...domain.shared.ids import VersionId
from .session import SqlSession
from .tables import PLAN_LOCKS, PLAN_OVERRIDES, PLAN_WEIGHTS

_TABLES = (PLAN_OVERRIDES, PLAN_LOCKS, PLAN_WEIGHTS)


class SqlPlanOverlayRepository(PlanOverlayRepository):
    """The overlays of the plans of a database."""

    def __init__(self, session: SqlSession) -> None:
        """Work in this transaction."""
        self._session = session

    async def load(self, version_id: VersionId) -> Overlay:
        """Everything that lies over a version."""
        overlay = Overlay()
        for row in await self._all(PLAN_OVERRIDES, version_id):
            cell = Cell(row.level, row.time_bucket_key, row.item_key, row.location_key, row.field)
            overlay.overrides[cell] = Override(
                cell=cell,
                value=row.value,
                origin=OverrideOrigin(row.origin),
                shares=tuple((period, family, float(share)) for period, family, share in json.loads(row.shares_json)),
                author=row.author,
                updated_at=row.updated_at,
            )
        for row in await self._all(PLAN_LOCKS, version_id):
            key, field = RowKey(row.level, row.time_bucket_key, row.item_key, row.location_key), row.field or None
            overlay.locks[key, field] = Lock(row=key, field=field, actor=row.actor, locked_at=row.locked_at)
        for row in await self._all(PLAN_WEIGHTS, version_id):
            overlay.weights[RowKey(row.level, row.time_bucket_key, row.item_key, row.location_key)] = row.weight
        return overlay

    async def save_overrides(
        self, version_id: VersionId, put: Sequence[Override], removed: Collection[Cell] = ()
    ) -> None:
        """Keep overrides, and remove others."""
        await self._remove(PLAN_OVERRIDES, version_id, [*removed, *(override.cell for override in put)])
        rows = [
            (
                version_id,
                *override.cell,
                override.value,
                str(override.origin),
                document([list(share) for share in override.shares]),
                override.author,
                override.updated_at,
            )
            for override in put
        ]
        await self._insert(PLAN_OVERRIDES, rows)

    async def save_locks(
        self, version_id: VersionId, put: Sequence[Lock], removed: Collection[tuple[RowKey, str | None]] = ()
    ) -> None:
        """Keep locks, and remove others."""
        keys = [(*row, field or "") for row, field in [*removed, *((lock.row, lock.field) for lock in put)]]
        await self._remove(PLAN_LOCKS, version_id, keys)
        rows = [(version_id, *lock.row, lock.field or "", lock.actor, lock.locked_at) for lock in put]
        await self._insert(PLAN_LOCKS, rows)

    async def save_weights(
        self, version_id: VersionId, put: Mapping[RowKey, float], removed: Collection[RowKey] = ()
    ) -> None:
        """Keep weights, and remove others."""
        await self._remove(PLAN_WEIGHTS, version_id, [*removed, *put])
        await self._insert(PLAN_WEIGHTS, [(version_id, *row, weight) for row, weight in put.items()])

    async def copy(self, version_id: VersionId, to: VersionId) -> None:
        """Lay over a version what lies over another."""
        for table in _TABLES:
            await copy_rows(self._session, table, version_id, to)

    async def _all(self, table: Table, version_id: VersionId) -> Sequence[Any]:
        return await self._session.rows(
            select(table).where(table.c.version_id == version_id).order_by(*list(table.primary_key)[1:])
        )

    async def _remove(self, table: Table, version_id: VersionId, keys: Iterable[Sequence[str]]) -> None:
        columns = list(table.primary_key)
        for key in keys:
            await self._session.execute(
                delete(table).where(
                    *(column == value for column, value in zip(columns, (version_id, *key), strict=True))
                )
            )

    async def _insert(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        names = list(table.c.keys())
        for row in rows:
            await self._session.execute(insert(table).values(dict(zip(names, row, strict=True))))


async def copy_rows(session: SqlSession, table: Table, version_id: VersionId, to: VersionId) -> None:
    """Give another version all rows that a version has in a table, inside the database."""
    names = [column.name for column in table.c if column.name != "version_id"]
    chosen = select(literal(to), *(table.c[name] for name in names)).where(table.c.version_id == version_id)
    await session.execute(insert(table).from_select(["version_id", *names], chosen))
