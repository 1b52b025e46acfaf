"""Plan versions in SQL, each with its editors and approvals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import delete, func, insert, select, update

from ...domain.errors import AlreadyExistsError, NotFoundError, StaleVersionError
from ...domain.plans.ports import PlanFilter, PlanVersionRepository
from ...domain.plans.version import PlanVersion
from ...domain.shared.ids import Label, VersionId, folded
from ...domain.shared.paging import Page
from .plan_lists import page_of_versions, with_people
from .plan_rows import approval_values, version_values
from .session import SqlSession
from .tables import COUNTERS, PLAN_APPROVALS, PLAN_EDITORS, PLAN_VERSIONS


class SqlPlanVersionRepository(PlanVersionRepository):
    """The plan versions of a database."""

    def __init__(self, session: SqlSession) -> None:
        """Work in this transaction."""
        self._session = session

    async def find(self, version_id: VersionId) -> PlanVersion | None:
        """The version of that id in whatever case, if there is one."""
        statement = select(PLAN_VERSIONS).where(PLAN_VERSIONS.c.version_key == folded(version_id))
        row = await self._session.row(self._session.for_update(statement))
        if row is None:
            return None
        (version,) = await with_people(self._session, [row])
        return version

    async def get(self, version_id: VersionId) -> PlanVersion:
        """The version of that id in whatever case."""
        found = await self.find(version_id)
        if found is None:
            raise NotFoundError("plan version", version_id, remedy="See planvault plans list.")
        return found

    async def list(self, wanted: PlanFilter, *, limit: int, cursor: str | None) -> Page[PlanVersion]:
        """Plan versions in the order that is wanted."""
        return await page_of_versions(self._session, wanted, limit=limit, cursor=cursor)

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
        values = {
            "version_id": version.version_id,
            "version_key": version.key,
            "row_version": 0,
            **version_values(version),
        }
        if not await self._session.insert_new(PLAN_VERSIONS, values):
            raise AlreadyExistsError("plan version", version.version_id)
        await self._save_people(version, known=None)

    async def save(self, version: PlanVersion) -> PlanVersion:
        """Keep a changed version with its editors and approvals; the answer carries the next ``row_version``."""
        known = await self.find(version.version_id)
        touched = await self._session.execute(
            update(PLAN_VERSIONS)
            .where(
                PLAN_VERSIONS.c.version_id == version.version_id,
                PLAN_VERSIONS.c.row_version == version.row_version,
            )
            .values(row_version=version.row_version + 1, **version_values(version))
        )
        if touched != 1:
            raise StaleVersionError("plan version", version.version_id)
        await self._save_people(version, known=known)
        return replace(version, row_version=version.row_version + 1)

    async def delete(self, version: PlanVersion) -> None:
        """Remove a version with everything that is kept for it alone; its events stay."""
        touched = await self._session.execute(
            delete(PLAN_VERSIONS).where(
                PLAN_VERSIONS.c.version_id == version.version_id,
                PLAN_VERSIONS.c.row_version == version.row_version,
            )
        )
        if touched != 1:
            raise StaleVersionError("plan version", version.version_id)

    async def _save_people(self, version: PlanVersion, known: PlanVersion | None) -> None:
        editors = () if known is None else known.editors
        for sequence, editor in enumerate(version.editors[len(editors) :], start=len(editors) + 1):
            values = {"editor_key": folded(editor), "editor": editor, "sequence": sequence}
            await self._session.execute(insert(PLAN_EDITORS).values(version_id=version.version_id, **values))
        kept = () if known is None else known.approvals
        if kept != version.approvals[: len(kept)]:
            await self._session.execute(delete(PLAN_APPROVALS).where(PLAN_APPROVALS.c.version_id == version.version_id))
            kept = ()
        for sequence, approval in enumerate(version.approvals[len(kept) :], start=len(kept) + 1):
            await self._session.execute(
                insert(PLAN_APPROVALS).values(
                    version_id=version.version_id, sequence=sequence, **approval_values(approval)
                )
            )
