"""Plan versions in SQL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Row, func, select, update

from ...domain.errors import AlreadyExistsError, NotFoundError, StaleVersionError
from ...domain.plans.ports import PlanFilter, PlanVersionRepository
from ...domain.plans.version import PlanOrigin, PlanStatus, PlanVersion, Provenance
from ...domain.shared.canonical import document
from ...domain.shared.ids import Label, VersionId, folded
from ...domain.shared.paging import Page
from .keyset import newest_first
from .session import SqlSession
from .tables import COUNTERS, PLAN_VERSIONS


class SqlPlanVersionRepository(PlanVersionRepository):
    """The plan versions of a database."""

    def __init__(self, session: SqlSession) -> None:
        """Work in this transaction."""
        self._session = session

    async def find(self, version_id: VersionId) -> PlanVersion | None:
        """The version of that id in whatever case, if there is one."""
        statement = select(PLAN_VERSIONS).where(PLAN_VERSIONS.c.version_key == folded(version_id))
        row = await self._session.row(self._session.for_update(statement))
        return None if row is None else _entity(row)

    async def get(self, version_id: VersionId) -> PlanVersion:
        """The version of that id in whatever case."""
        found = await self.find(version_id)
        if found is None:
            raise NotFoundError("plan version", version_id, remedy="See planvault plans list.")
        return found

    async def list(self, wanted: PlanFilter, *, limit: int, cursor: str | None) -> Page[PlanVersion]:
        """Plan versions, newest first."""
        columns = PLAN_VERSIONS.c
        statement = select(PLAN_VERSIONS)
        if wanted.status is not None:
            statement = statement.where(columns.status == str(wanted.status))
        if wanted.input_label is not None:
            statement = statement.where(columns.input_set_label == wanted.input_label)
        if wanted.config_version_id is not None:
            statement = statement.where(columns.config_version_id == wanted.config_version_id)
        if wanted.trial is not None:
            statement = statement.where(columns.trial == int(wanted.trial))
        return await newest_first(
            self._session,
            statement,
            by=(columns.created_at, columns.version_id),
            name="plans",
            limit=limit,
            cursor=cursor,
            entity=_entity,
        )

    async def made_from(self, label: Label, *, limit: int) -> Sequence[VersionId]:
        """The ids of at most ``limit`` plan versions that refer to a revision of that label, newest first."""
        columns = PLAN_VERSIONS.c
        rows = await self._session.rows(
            select(columns.version_id)
            .where(func.lower(columns.input_set_label) == folded(label))
            .order_by(columns.created_at.desc(), columns.version_id.desc())
            .limit(limit)
        )
        return [VersionId(row.version_id) for row in rows]

    async def next_number(self, names: str) -> int:
        """The next number of a series of names."""
        counter = f"plan_versions/{names}"
        await self._session.insert_new(COUNTERS, {"name": counter, "value": 0})
        return int(
            await self._session.scalar(
                update(COUNTERS)
                .where(COUNTERS.c.name == counter)
                .values(value=COUNTERS.c.value + 1)
                .returning(COUNTERS.c.value)
            )
        )

    async def add(self, version: PlanVersion) -> None:
        """Keep a new version."""
        values = {"version_id": version.version_id, "version_key": version.key, "row_version": 0, **_values(version)}
        if not await self._session.insert_new(PLAN_VERSIONS, values):
            raise AlreadyExistsError("plan version", version.version_id)

    async def save(self, version: PlanVersion) -> PlanVersion:
        """Keep a changed version; the answer carries the next ``row_version``."""
        touched = await self._session.execute(
            update(PLAN_VERSIONS)
            .where(
                PLAN_VERSIONS.c.version_id == version.version_id,
                PLAN_VERSIONS.c.row_version == version.row_version,
            )
            .values(row_version=version.row_version + 1, **_values(version))
        )
        if touched != 1:
            raise StaleVersionError("plan version", version.version_id)
        return replace(version, row_version=version.row_version + 1)


def _values(version: PlanVersion) -> dict[str, Any]:
    made_from = version.provenance
    return {
        "title": version.title,
        "status": str(version.status),
        "trial": int(version.trial),
        "pinned": int(version.pinned),
        "origin": str(made_from.origin),
        "config_version_id": made_from.config_version_id,
        "input_set_label": made_from.input_label,
        "input_set_revision": made_from.input_revision,
        "input_content_hash": made_from.input_content_hash,
        "engine_name": made_from.engine_name,
        "engine_version": made_from.engine_version,
        "engine_parameters_json": document(dict(made_from.engine_parameters)),
        "run_id": made_from.run_id,
        "plan_job_id": made_from.job_id,
        "base_version_id": made_from.base_version_id,
        "cutover_date": None if version.cutover_date is None else version.cutover_date.isoformat(),
        "recon_window_days": version.recon_window_days,
        "objective": version.objective,
        "note": version.note,
        "payload_digest": version.payload_digest,
        "plan_digest": version.plan_digest,
        "series_rows": version.series_rows,
        "created_at": version.created_at,
        "created_by": version.created_by,
        "updated_at": version.updated_at,
    }


def _entity(row: Row[Any]) -> PlanVersion:
    return PlanVersion(
        version_id=row.version_id,
        title=row.title,
        status=PlanStatus(row.status),
        trial=bool(row.trial),
        pinned=bool(row.pinned),
        provenance=Provenance(
            origin=PlanOrigin(row.origin),
            config_version_id=row.config_version_id,
            input_label=row.input_set_label,
            input_revision=row.input_set_revision,
            input_content_hash=row.input_content_hash,
            engine_name=row.engine_name,
            engine_version=row.engine_version,
            engine_parameters=json.loads(row.engine_parameters_json),
            run_id=row.run_id,
            job_id=row.plan_job_id,
            base_version_id=row.base_version_id,
        ),
        cutover_date=None if row.cutover_date is None else date.fromisoformat(row.cutover_date),
        recon_window_days=row.recon_window_days,
        objective=row.objective,
        note=row.note,
        payload_digest=row.payload_digest,
        plan_digest=row.plan_digest,
        series_rows=row.series_rows,
        created_at=row.created_at,
        created_by=row.created_by,
        updated_at=row.updated_at,
        row_version=row.row_version,
    )
