"""The event chain in SQL. Triggers refuse UPDATE and DELETE on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, insert, select, update

from ...domain.shared.events import Checkpoint, Event, EventDraft, EventLog, Head, checkpoint, sealed
from .session import SqlSession
from .tables import COUNTERS, EVENT_CHECKPOINTS, EVENTS

_POSITION = "events"
_BATCH = 1_000


class SqlEventLog(EventLog):
    """The events of a database."""

    def __init__(self, session: SqlSession) -> None:
        """Work in this transaction."""
        self._session = session

    async def append(self, draft: EventDraft, *, at: datetime) -> Event:
        """Seal the draft as the next event of its stream."""
        # Taking the position first makes writers queue here, so that a stream's head cannot move before we are done
        # and positions follow the order of commits.
        position = await self._next_position()
        event = sealed(draft, head=await self.head(draft.stream), position=position, at=at)
        await self._session.execute(insert(EVENTS).values(**{name: getattr(event, name) for name in _NAMES}))
        return event

    async def _next_position(self) -> int:
        return int(
            await self._session.scalar(
                update(COUNTERS)
                .where(COUNTERS.c.name == _POSITION)
                .values(value=COUNTERS.c.value + 1)
                .returning(COUNTERS.c.value)
            )
        )

    async def head(self, stream: str) -> Head | None:
        """The newest event of a stream."""
        row = await self._session.row(
            select(EVENTS.c.sequence, EVENTS.c.hash)
            .where(EVENTS.c.stream == stream)
            .order_by(EVENTS.c.sequence.desc())
            .limit(1)
        )
        return None if row is None else Head(stream=stream, sequence=row.sequence, hash=row.hash)

    async def heads(self) -> list[Head]:
        """The newest event of every stream, in order of stream."""
        newest = (
            select(EVENTS.c.stream, func.max(EVENTS.c.sequence).label("sequence")).group_by(EVENTS.c.stream).subquery()
        )
        rows = await self._session.rows(
            select(EVENTS.c.stream, EVENTS.c.sequence, EVENTS.c.hash)
            .join(newest, and_(EVENTS.c.stream == newest.c.stream, EVENTS.c.sequence == newest.c.sequence))
            .order_by(EVENTS.c.stream)
        )
        return [Head(stream=row.stream, sequence=row.sequence, hash=row.hash) for row in rows]

    async def stream(self, stream: str) -> AsyncIterator[Event]:
        """The events of a stream, oldest first."""
        after = 0
        while events := await self.page(stream, after=after, limit=_BATCH):
            for event in events:
                yield event
            after = events[-1].position

    async def page(self, stream: str | None, *, after: int, limit: int) -> list[Event]:
        """Events after a position, of one stream or of all, in order of position."""
        statement = select(EVENTS).where(EVENTS.c.position > after).order_by(EVENTS.c.position).limit(limit)
        if stream is not None:
            statement = statement.where(EVENTS.c.stream == stream)
        return [_event(row) for row in await self._session.rows(statement)]

    async def last_checkpoint(self) -> Checkpoint | None:
        """The newest checkpoint, if there is one."""
        row = await self._session.row(select(EVENT_CHECKPOINTS).order_by(EVENT_CHECKPOINTS.c.number.desc()).limit(1))
        return None if row is None else Checkpoint(**row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)

    async def take_checkpoint(self, reason: str, *, at: datetime) -> Checkpoint:
        """Hash all heads, link it to the checkpoint before, and keep it with this unit of work."""
        await self._session.lock("checkpoints")
        position = await self._session.scalar(select(COUNTERS.c.value).where(COUNTERS.c.name == _POSITION))
        taken = checkpoint(
            await self.heads(), await self.last_checkpoint(), position=int(position or 0), at=at, reason=reason
        )
        await self._session.execute(
            insert(EVENT_CHECKPOINTS).values(
                **{column.name: getattr(taken, column.name) for column in EVENT_CHECKPOINTS.columns}
            )
        )
        return taken


_NAMES = tuple(column.name for column in EVENTS.columns)


def _event(row: Row[Any]) -> Event:
    return Event(**{name: getattr(row, name) for name in _NAMES})
