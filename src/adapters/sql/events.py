"""The event chain in SQL. Triggers refuse UPDATE and DELETE on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Row, Select, insert, select, update

from ...domain.errors import IntegrityError
from ...domain.shared.events import Checkpoint, Event, EventDraft, EventFilter, EventLog, Head, checkpoint, sealed
from .session import SqlSession
from .tables import COUNTERS, EVENT_CHECKPOINTS, EVENT_HEADS, EVENTS

_POSITION = "events"
_BATCH = 1_000
_GIVEN_OUT = select(COUNTERS.c.value).where(COUNTERS.c.name == _POSITION)


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
        head = await self.head(draft.stream)
        event = sealed(draft, head=head, position=position, at=at)
        await self._session.execute(insert(EVENTS).values(**{name: getattr(event, name) for name in _NAMES}))
        await self._move_head(event, is_new=head is None)
        self._session.touched.event(event.stream, event.subject)
        return event

    async def _move_head(self, event: Event, *, is_new: bool) -> None:
        newest = {"sequence": event.sequence, "hash": event.hash}
        if is_new:
            await self._session.execute(insert(EVENT_HEADS).values(stream=event.stream, **newest))
        else:
            await self._session.execute(
                update(EVENT_HEADS).where(EVENT_HEADS.c.stream == event.stream).values(**newest)
            )

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
        row = await self._session.row(select(EVENT_HEADS).where(EVENT_HEADS.c.stream == stream))
        return None if row is None else Head(**row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)

    async def heads(self) -> list[Head]:
        """The newest event of every stream, in order of stream."""
        rows = await self._session.rows(select(EVENT_HEADS).order_by(EVENT_HEADS.c.stream))
        return [Head(**row._mapping) for row in rows]  # noqa: SLF001 (SQLAlchemy's public name)

    async def stream(self, stream: str) -> AsyncIterator[Event]:
        """The events of a stream, oldest first."""
        after = 0
        while events := await self.page(stream, after=after, limit=_BATCH):
            for event in events:
                yield event
            after = events[-1].position

    async def page(self, stream: str | None, *, after: int, limit: int) -> list[Event]:
        """Events after a position, of one stream or of all, in order of position."""
        return await self.feed(EventFilter(stream=stream), after=after, limit=limit)

    async def feed(self, wanted: EventFilter, *, after: int, limit: int) -> list[Event]:
        """Wanted events after a position, in order of position."""
        statement = _chosen(wanted).where(EVENTS.c.position > after).order_by(EVENTS.c.position).limit(limit)
        return [_event(row) for row in await self._readable(statement)]

    async def newest(self, wanted: EventFilter, *, before: int | None, limit: int) -> list[Event]:
        """Wanted events before a position, or the newest of all, newest first."""
        statement = _chosen(wanted).order_by(EVENTS.c.position.desc()).limit(limit)
        if before is not None:
            statement = statement.where(EVENTS.c.position < before)
        return [_event(row) for row in await self._readable(statement)]

    async def position(self) -> int:
        """The position that was given out last."""
        return int(await self._session.scalar(_GIVEN_OUT) or 0)

    async def checkpoints(self, *, after: int, limit: int) -> list[Checkpoint]:
        """Checkpoints after a number, in order of number."""
        statement = (
            select(EVENT_CHECKPOINTS)
            .where(EVENT_CHECKPOINTS.c.number > after)
            .order_by(EVENT_CHECKPOINTS.c.number)
            .limit(limit)
        )
        rows = await self._readable(statement)
        return [Checkpoint(**row._mapping) for row in rows]  # noqa: SLF001 (SQLAlchemy's public name)

    async def _readable(self, statement: Executable) -> Sequence[Row[Any]]:
        try:
            return await self._session.rows(statement)
        except ValueError as error:  # a point in time that somebody overwrote with something else
            raise IntegrityError(f"The ledger holds what cannot be read: {error}.") from error

    async def beginnings(self, streams: Iterable[str]) -> dict[str, int]:
        """The position of the first event of each of these streams that has one."""
        first = EVENTS.c.sequence == 1
        rows = await self._session.rows(
            select(EVENTS.c.stream, EVENTS.c.position).where(first, EVENTS.c.stream.in_(list(streams)))
        )
        return {row.stream: row.position for row in rows}

    async def last_checkpoint(self) -> Checkpoint | None:
        """The newest checkpoint, if there is one."""
        row = await self._session.row(select(EVENT_CHECKPOINTS).order_by(EVENT_CHECKPOINTS.c.number.desc()).limit(1))
        return None if row is None else Checkpoint(**row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)

    async def take_checkpoint(self, reason: str, *, at: datetime) -> Checkpoint:
        """Hash all heads, link it to the checkpoint before, and keep it with this unit of work."""
        # The counter first, as every event takes it: no event falls between position and heads, and nobody deadlocks.
        position = await self._session.scalar(self._session.for_update(_GIVEN_OUT))
        await self._session.lock("checkpoints")
        taken = checkpoint(
            await self.heads(), await self.last_checkpoint(), position=int(position or 0), at=at, reason=reason
        )
        await self._session.execute(
            insert(EVENT_CHECKPOINTS).values(
                **{column.name: getattr(taken, column.name) for column in EVENT_CHECKPOINTS.columns}
            )
        )
        return taken


def _chosen(wanted: EventFilter) -> Select[Any]:
    statement = select(EVENTS)
    if wanted.stream is not None:
        statement = statement.where(EVENTS.c.stream == wanted.stream)
    if wanted.within is not None:
        # A range, so that the key serves: names that begin with "a/" lie between "a/" and "a0", the next character.
        after_all = wanted.within[:-1] + chr(ord(wanted.within[-1]) + 1)
        statement = statement.where(EVENTS.c.stream >= wanted.within, EVENTS.c.stream < after_all)
    if wanted.subject is not None:
        statement = statement.where(EVENTS.c.subject == wanted.subject)
    return statement


_NAMES = tuple(column.name for column in EVENTS.columns)


def _event(row: Row[Any]) -> Event:
    return Event(**{name: getattr(row, name) for name in _NAMES})
