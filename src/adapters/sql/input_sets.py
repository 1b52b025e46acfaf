"""Input sets in SQL, each with its revisions and their approvals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, Table, and_, case, func, insert, select, update

from ...domain.errors import AlreadyExistsError, NotFoundError, StaleVersionError
from ...domain.inputs.approval import Approval
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.ports import InputSetFilter, InputSetRepository, InputSetSummary
from ...domain.inputs.revision import InputRevision
from ...domain.shared.canonical import document
from ...domain.shared.ids import Label, folded
from ...domain.shared.paging import Page, page_of, parse_cursor
from .input_set_rows import (
    approval_values,
    set_values,
    standing,
    to_approval,
    to_input_set,
    to_revision,
    to_summary,
)
from .session import SqlSession
from .tables import APPROVALS, INPUT_REVISIONS, INPUT_SETS, LABEL_HISTORY

_LEGACY_STATUS = case((INPUT_SETS.c.archived == 1, "archived"), (INPUT_SETS.c.live.is_(None), "draft"), else_="ready")


class SqlInputSetRepository(InputSetRepository):
    """The input sets of a database."""

    def __init__(self, session: SqlSession) -> None:
        """Work in this transaction."""
        self._session = session

    async def find(self, label: Label) -> InputSet | None:
        """The set of that label in whatever case, if there is one."""
        statement = select(INPUT_SETS).where(INPUT_SETS.c.label_key == folded(label))
        row = await self._session.row(self._session.for_update(statement))
        if row is None and not self._session.read_only:
            # Whoever brings the label into being at this moment lets us see it.
            await self._session.lock(f"input_set/{folded(label)}")
            row = await self._session.row(self._session.for_update(statement))
        if row is None:
            return None
        return to_input_set(row, await self._revisions(row))

    async def get(self, label: Label) -> InputSet:
        """The set of that label in whatever case."""
        found = await self.find(label)
        if found is None:
            raise NotFoundError("input set", label, remedy="See planvault inputs list.")
        return found

    async def list(self, wanted: InputSetFilter, *, limit: int, cursor: str | None) -> Page[InputSetSummary]:
        """Input sets in order of label."""
        live, candidate = INPUT_REVISIONS.alias("live"), INPUT_REVISIONS.alias("candidate")
        statement = (
            select(
                INPUT_SETS,
                _LEGACY_STATUS.label("status"),
                live.c.content_hash.label("live_content_hash"),
                candidate.c.status.label("candidate_status"),
            )
            .outerjoin(live, _is_revision(live, INPUT_SETS.c.live))
            .outerjoin(candidate, _is_revision(candidate, INPUT_SETS.c.candidate))
            .order_by(INPUT_SETS.c.label_key)
            .limit(limit + 1)
        )
        after = parse_cursor(cursor, "input-sets", str)
        if after is not None:
            statement = statement.where(INPUT_SETS.c.label_key > str(after[0]))
        if wanted.status is not None:
            statement = statement.where(_LEGACY_STATUS == wanted.status)  # noqa: SIM300 (the column decides what == means)
        if wanted.config_version_id is not None:
            statement = statement.where(INPUT_SETS.c.config_version_id == wanted.config_version_id)
        rows = await self._session.rows(statement)
        key = (rows[limit - 1].label_key,) if len(rows) > limit else None
        return page_of([to_summary(row) for row in rows], limit, name="input-sets", key=key)

    async def add(self, input_set: InputSet) -> None:
        """Keep a new set with its revisions."""
        values = {"label_key": folded(input_set.label), "row_version": 0, **set_values(input_set)}
        if not await self._session.insert_new(INPUT_SETS, values):
            raise AlreadyExistsError("input set", input_set.label)
        await self._save_revisions(input_set, stored={})
        await self._note_live(input_set)

    async def save(self, input_set: InputSet) -> InputSet:
        """Keep a changed set, its changed revisions and new approvals, and what the label now points to."""
        label_key, known = folded(input_set.label), input_set.row_version
        stored = {revision.number: revision for revision in await self._stored_revisions(input_set)}
        touched = await self._session.execute(
            update(INPUT_SETS)
            .where(INPUT_SETS.c.label_key == label_key, INPUT_SETS.c.row_version == known)
            .values(row_version=known + 1, **set_values(input_set))
        )
        if touched != 1:
            raise StaleVersionError("input set", input_set.label)
        await self._save_revisions(input_set, stored)
        await self._note_live(input_set)
        return replace(input_set, row_version=known + 1)

    async def _revisions(self, row: Row[Any]) -> tuple[InputRevision, ...]:
        return tuple(await self._revisions_of(row.label, row.label_key, row.generation))

    async def _stored_revisions(self, input_set: InputSet) -> Sequence[InputRevision]:
        return await self._revisions_of(input_set.label, folded(input_set.label), input_set.generation)

    async def _revisions_of(self, label: str, label_key: str, generation: int) -> Sequence[InputRevision]:
        approvals: dict[int, list[Approval]] = {}
        for row in await self._session.rows(
            select(APPROVALS)
            .where(APPROVALS.c.label_key == label_key, APPROVALS.c.generation == generation)
            .order_by(APPROVALS.c.number, APPROVALS.c.sequence)
        ):
            approvals.setdefault(row.number, []).append(to_approval(row))
        rows = await self._session.rows(
            select(INPUT_REVISIONS)
            .where(INPUT_REVISIONS.c.label_key == label_key, INPUT_REVISIONS.c.generation == generation)
            .order_by(INPUT_REVISIONS.c.number)
        )
        return [to_revision(row, Label(label), tuple(approvals.get(row.number, ()))) for row in rows]

    async def _save_revisions(self, input_set: InputSet, stored: dict[int, InputRevision]) -> None:
        identity = {"label_key": folded(input_set.label), "generation": input_set.generation}
        for revision in input_set.revisions:
            known = stored.get(revision.number)
            if known is None:
                values = {
                    "number": revision.number,
                    "content_hash": revision.content_hash,
                    "source": revision.source,
                    "row_counts_json": document(dict(revision.row_counts)),
                    "created_at": revision.created_at,
                }
                await self._insert(INPUT_REVISIONS, identity | values | standing(revision))
            elif standing(known) != standing(revision):
                await self._session.execute(
                    update(INPUT_REVISIONS)
                    .where(
                        INPUT_REVISIONS.c.label_key == identity["label_key"],
                        INPUT_REVISIONS.c.generation == identity["generation"],
                        INPUT_REVISIONS.c.number == revision.number,
                    )
                    .values(**standing(revision))
                )
            count = 0 if known is None else len(known.approvals)
            for sequence, approval in enumerate(revision.approvals[count:], start=count + 1):
                values = {"number": revision.number, "sequence": sequence, **approval_values(approval)}
                await self._insert(APPROVALS, identity | values)

    async def _insert(self, table: Table, values: Mapping[str, Any]) -> None:
        # Whoever has the set's row_version adds its rows alone: a key that is taken is a fault and has to show.
        await self._session.execute(insert(table).values(**values))

    async def _note_live(self, input_set: InputSet) -> None:
        label_key, generation = folded(input_set.label), input_set.generation
        last = await self._session.row(
            select(LABEL_HISTORY)
            .where(LABEL_HISTORY.c.label_key == label_key, LABEL_HISTORY.c.generation == generation)
            .order_by(LABEL_HISTORY.c.sequence.desc())
            .limit(1)
        )
        if (None if last is None else last.live) == input_set.live:
            return
        await self._insert(
            LABEL_HISTORY,
            {
                "label_key": label_key,
                "generation": generation,
                "sequence": 1 if last is None else last.sequence + 1,
                "live": input_set.live,
                "since": input_set.updated_at,
            },
        )


def _is_revision(revision: Any, number: Any) -> Any:
    return and_(
        revision.c.label_key == INPUT_SETS.c.label_key,
        revision.c.generation == INPUT_SETS.c.generation,
        revision.c.number == func.coalesce(number, 0),
    )
