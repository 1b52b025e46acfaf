"""Baselines in SQL."""

from __future__ import annotations

from sqlalchemy import select

from ...domain.errors import StaleVersionError
from ...domain.plans.baseline import Baseline, BaselineEntry
from ...domain.plans.ports import BaselineRepository
from .plan_rows import entry_values, to_entry
from .session import SqlSession
from .tables import PLAN_BASELINES


class SqlBaselineRepository(BaselineRepository):
    """The baselines of a database."""

    def __init__(self, session: SqlSession) -> None:
        """Work in this transaction."""
        self._session = session

    async def of(self, config_version_id: int, *, changing: bool = False) -> Baseline:
        """The baseline of a config version with its history, which may be empty."""
        if changing:
            await self._session.lock(f"baseline/{config_version_id}")
        rows = await self._session.rows(
            select(PLAN_BASELINES)
            .where(PLAN_BASELINES.c.config_version_id == config_version_id)
            .order_by(PLAN_BASELINES.c.sequence)
        )
        return Baseline(config_version_id=config_version_id, entries=tuple(to_entry(row) for row in rows))

    async def add(self, entry: BaselineEntry) -> None:
        """Keep the next entry of a history."""
        if not await self._session.insert_new(PLAN_BASELINES, entry_values(entry)):
            raise StaleVersionError("baseline of config version", entry.config_version_id)
