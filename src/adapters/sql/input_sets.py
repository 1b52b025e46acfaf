"""Input sets in SQL, each with its revisions and their approvals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Table, delete, insert, select, update

from ...domain.errors import AlreadyExistsError, NotFoundError, StaleVersionError
from ...domain.inputs.history import LabelPointer
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.keeping import LabelTombstone
from ...domain.inputs.ports import InputSetFilter, InputSetRepository, InputSetSummary
from ...domain.inputs.revision import InputRevision
from ...domain.shared.canonical import document
from ...domain.shared.ids import Label, folded
from ...domain.shared.paging import Page
from .input_labels import buried, bury, note_live, pointers
from .input_set_lists import newest_sets, page_of_sets, revisions_of
from .input_set_rows import approval_values, set_values, standing, to_input_set
from .session import SqlSession
from .tables import APPROVALS, INPUT_REVISIONS, INPUT_SETS, LABEL_HISTORY


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
        return to_input_set(row, await revisions_of(self._session, row))

    async def get(self, label: Label) -> InputSet:
        """The set of that label in whatever case."""
        found = await self.find(label)
        if found is None:
            raise NotFoundError("input set", label, remedy="See planvault inputs list.")
        return found

    async def list(self, wanted: InputSetFilter, *, limit: int, cursor: str | None) -> Page[InputSetSummary]:
        """Input sets in order of label."""
        return await page_of_sets(self._session, wanted, limit=limit, cursor=cursor)

    async def newest(self, wanted: InputSetFilter, *, limit: int) -> Sequence[InputSet]:
        """At most so many input sets with their revisions, last changed first, then in order of label."""
        return await newest_sets(self._session, wanted, limit=limit)

    async def add(self, input_set: InputSet) -> None:
        """Keep a new set with its revisions."""
        values = {"label_key": folded(input_set.label), "row_version": 0, **set_values(input_set)}
        if not await self._session.insert_new(INPUT_SETS, values):
            raise AlreadyExistsError("input set", input_set.label)
        await self._save_revisions(input_set, stored={})
        await note_live(self._session, input_set)

    async def save(self, input_set: InputSet) -> InputSet:
        """Keep a changed set, its changed revisions and new approvals, and what the label now points to."""
        label_key, known = folded(input_set.label), input_set.row_version
        row = await self._session.row(select(INPUT_SETS).where(INPUT_SETS.c.label_key == label_key))
        stored = {} if row is None else {kept.number: kept for kept in await revisions_of(self._session, row)}
        await self._move_on(input_set, set_values(input_set))
        await self._save_revisions(input_set, stored)
        await note_live(self._session, input_set)
        return replace(input_set, row_version=known + 1)

    async def history(self, label: Label) -> Sequence[LabelPointer]:
        """What the label pointed to in its present life, newest first."""
        return await pointers(self._session, label)

    async def delete(self, input_set: InputSet, tombstone: LabelTombstone) -> None:
        """Remove a set with its revisions, approvals and history, and keep the tombstone instead."""
        await self._move_on(input_set, {})
        for table in (APPROVALS, INPUT_REVISIONS, LABEL_HISTORY, INPUT_SETS):
            await self._session.execute(delete(table).where(table.c.label_key == folded(input_set.label)))
        await bury(self._session, tombstone)

    async def tombstone(self, label: Label) -> LabelTombstone | None:
        """What is remembered of the last life of a label that was deleted."""
        return await buried(self._session, label)

    async def _move_on(self, input_set: InputSet, values: Mapping[str, Any]) -> None:
        known = input_set.row_version
        touched = await self._session.execute(
            update(INPUT_SETS)
            .where(
                INPUT_SETS.c.label_key == folded(input_set.label),
                INPUT_SETS.c.generation == input_set.generation,
                INPUT_SETS.c.row_version == known,
            )
            .values(row_version=known + 1, **values)
        )
        if touched != 1:
            raise StaleVersionError("input set", input_set.label)

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
