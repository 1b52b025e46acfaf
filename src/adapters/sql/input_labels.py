"""What labels pointed to and when, and what is remembered of deleted ones, in SQL."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from ...domain.inputs.history import LabelPointer
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.keeping import LabelTombstone
from ...domain.shared.ids import Label, folded
from .session import SqlSession
from .tables import INPUT_SETS, LABEL_HISTORY, LABEL_TOMBSTONES


async def note_live(session: SqlSession, input_set: InputSet) -> None:
    """Write down what the label points to now, if that is not what it pointed to before."""
    label_key, generation = folded(input_set.label), input_set.generation
    last = await session.row(
        select(LABEL_HISTORY)
        .where(LABEL_HISTORY.c.label_key == label_key, LABEL_HISTORY.c.generation == generation)
        .order_by(LABEL_HISTORY.c.sequence.desc())
        .limit(1)
    )
    if (None if last is None else last.live) == input_set.live:
        return
    # Whoever has the set's row_version writes alone: a key that is taken is a fault and has to show.
    await session.execute(
        insert(LABEL_HISTORY).values(
            label_key=label_key,
            generation=generation,
            sequence=1 if last is None else last.sequence + 1,
            live=input_set.live,
            since=input_set.updated_at,
        )
    )


async def pointers(session: SqlSession, label: Label) -> list[LabelPointer]:
    """What a label pointed to in its present life, newest first."""
    rows = await session.rows(
        select(LABEL_HISTORY)
        .join(INPUT_SETS, INPUT_SETS.c.label_key == LABEL_HISTORY.c.label_key)
        .where(LABEL_HISTORY.c.label_key == folded(label), LABEL_HISTORY.c.generation == INPUT_SETS.c.generation)
        .order_by(LABEL_HISTORY.c.sequence.desc())
    )
    return [LabelPointer(sequence=row.sequence, live=row.live, since=row.since) for row in rows]


async def bury(session: SqlSession, tombstone: LabelTombstone) -> None:
    """Keep the tombstone in the place of an earlier one."""
    label_key = folded(tombstone.label)
    await session.execute(delete(LABEL_TOMBSTONES).where(LABEL_TOMBSTONES.c.label_key == label_key))
    await session.execute(
        insert(LABEL_TOMBSTONES).values(
            label_key=label_key,
            label=tombstone.label,
            generation=tombstone.generation,
            next_number=tombstone.next_number,
            deleted_at=tombstone.deleted_at,
        )
    )


async def buried(session: SqlSession, label: Label) -> LabelTombstone | None:
    """The tombstone of a label, if it was ever deleted."""
    row = await session.row(select(LABEL_TOMBSTONES).where(LABEL_TOMBSTONES.c.label_key == folded(label)))
    if row is None:
        return None
    return LabelTombstone(
        label=Label(row.label), generation=row.generation, next_number=row.next_number, deleted_at=row.deleted_at
    )
