"""The commits that wait for the mirror, in SQL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update

from ...domain.shared.canonical import document
from ...domain.storage.mirror import OutboxEntry, OutboxStanding, Touched, touched_of
from ...domain.storage.mirror_ports import Outbox
from .session import SqlSession
from .tables import COUNTERS, OUTBOX

_COMMITS, _EVENTS = "commits", "events"
_MIRROR = "mirror"


class SqlOutbox(Outbox):
    """The outbox of a database."""

    def __init__(self, session: SqlSession) -> None:
        """Work in this transaction."""
        self._session = session
        self._noted: int | None = None

    @property
    def noted(self) -> int | None:
        """The number of this unit of work's own commit, once it was noted."""
        return self._noted

    async def note(self, touched: Touched, *, at: datetime) -> int:
        """Number this unit of work's commit and keep what it touched."""
        # The counter's row is locked from here to the commit: numbers follow the order of commits.
        number = int(
            await self._session.scalar(
                update(COUNTERS)
                .where(COUNTERS.c.name == _COMMITS)
                .values(value=COUNTERS.c.value + 1)
                .returning(COUNTERS.c.value)
            )
        )
        position = await self._session.scalar(select(COUNTERS.c.value).where(COUNTERS.c.name == _EVENTS))
        await self._session.execute(
            insert(OUTBOX).values(
                commit_seq=number,
                position=int(position or 0),
                noted_at=at,
                touched_json=document(touched.as_fields()),
            )
        )
        self._noted = number
        return number

    async def last_commit(self) -> int:
        """The number that was given out last."""
        return int(await self._session.scalar(select(COUNTERS.c.value).where(COUNTERS.c.name == _COMMITS)) or 0)

    async def raise_to(self, commit_seq: int) -> None:
        """Go on after this number, if it is higher than the last."""
        await self._session.execute(
            update(COUNTERS).where(COUNTERS.c.name == _COMMITS, COUNTERS.c.value < commit_seq).values(value=commit_seq)
        )

    async def pending(self, *, limit: int) -> Sequence[OutboxEntry]:
        """Commits that wait, oldest first."""
        rows = await self._session.rows(select(OUTBOX).order_by(OUTBOX.c.commit_seq).limit(limit))
        return [
            OutboxEntry(
                commit_seq=row.commit_seq,
                position=row.position,
                noted_at=row.noted_at,
                touched=touched_of(json.loads(row.touched_json)),
            )
            for row in rows
        ]

    async def done(self, commits: Sequence[int]) -> None:
        """Forget commits that the mirror has."""
        await self._session.execute(delete(OUTBOX).where(OUTBOX.c.commit_seq.in_(list(commits))))

    async def standing(self) -> OutboxStanding:
        """How many wait, and since when."""
        row = await self._session.row(
            select(func.count().label("waiting"), func.min(OUTBOX.c.noted_at).label("oldest"))
        )
        return OutboxStanding(count=0) if row is None else OutboxStanding(count=row.waiting, oldest=row.oldest)

    async def hold_mirror(self) -> None:
        """Keep everybody else from mirroring until this unit of work ends."""
        await self._session.lock(_MIRROR)
