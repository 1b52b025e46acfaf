"""Config versions in SQL."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row, func, select

from ...domain.errors import AlreadyExistsError, NotFoundError
from ...domain.inputs.config import ConfigVersion
from ...domain.inputs.ports import ConfigRepository
from ...domain.shared.canonical import document
from ...domain.shared.ids import folded
from .session import SqlSession
from .tables import CONFIG_VERSIONS


class SqlConfigRepository(ConfigRepository):
    """The config versions of a database."""

    def __init__(self, session: SqlSession) -> None:
        """Work in this transaction."""
        self._session = session

    async def get(self, config_version_id: int) -> ConfigVersion:
        """The config version of that id."""
        row = await self._session.row(
            select(CONFIG_VERSIONS).where(CONFIG_VERSIONS.c.config_version_id == config_version_id)
        )
        if row is None:
            raise NotFoundError("config version", config_version_id, remedy="See planvault configs list.")
        return _entity(row)

    async def list(self) -> list[ConfigVersion]:
        """All config versions, in order of id."""
        rows = await self._session.rows(select(CONFIG_VERSIONS).order_by(CONFIG_VERSIONS.c.config_version_id))
        return [_entity(row) for row in rows]

    async def add(self, config: ConfigVersion) -> None:
        """Keep a new config version."""
        inserted = await self._session.insert_new(
            CONFIG_VERSIONS,
            {
                "config_version_id": config.config_version_id,
                "name": config.name,
                "name_key": folded(config.name),
                "status": config.status,
                "horizon_days": config.horizon_days,
                "attributes_json": document(dict(config.attributes)),
                "created_at": config.created_at,
                "created_by": config.created_by,
            },
        )
        if not inserted:
            raise AlreadyExistsError("config version", config.name)

    async def next_id(self) -> int:
        """The next free id; others who ask wait until this transaction ends."""
        await self._session.lock("config_versions")
        highest = await self._session.scalar(select(func.max(CONFIG_VERSIONS.c.config_version_id)))
        return int(highest or 0) + 1


def _entity(row: Row[Any]) -> ConfigVersion:
    return ConfigVersion(
        config_version_id=row.config_version_id,
        name=row.name,
        status=row.status,
        horizon_days=row.horizon_days,
        attributes=json.loads(row.attributes_json),
        created_at=row.created_at,
        created_by=row.created_by,
    )
