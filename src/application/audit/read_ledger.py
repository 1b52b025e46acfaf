"""Looking at the ledger: the feed of events, checkpoints, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.audit.evidence import LedgerHeads
from ...domain.errors import InvalidRequestError, NotFoundError
from ...domain.shared.events import Checkpoint, Event, EventFilter
from ...domain.shared.paging import Page, check_limit, cursor_of, page_of, parse_cursor
from ..unit_of_work import UnitOfWorkFactory
from .reading import EVERYTHING, ledger_heads

_LARGEST = 2**53
_FEED = "events"
_CHECKPOINTS = "checkpoints"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLedger:
    """Look at events and checkpoints."""

    unit_of_work: UnitOfWorkFactory

    async def events(self, wanted: EventFilter, *, after: int, cursor: str | None, limit: int) -> Page[Event]:
        """Events after a position, or after a page that ended with that cursor, oldest first.

        There is always a next cursor: from the end of what there is, it gives what came since.  Positions follow
        the order of commits, so that nothing ever appears before a page that was read already.

        Raises:
            InvalidRequestError: limit, position or cursor are wrong.
        """
        begin = _number(cursor, _FEED, after)
        async with self.unit_of_work(read_only=True) as uow:
            found = await uow.events.feed(wanted, after=begin, limit=check_limit(limit))
        return Page(items=found, next_cursor=cursor_of(_FEED, [found[-1].position if found else begin]))

    async def checkpoints(self, *, cursor: str | None, limit: int) -> Page[Checkpoint]:
        """Checkpoints in order of number.

        Raises:
            InvalidRequestError: limit or cursor are wrong.
        """
        begin = _number(cursor, _CHECKPOINTS, 0)
        async with self.unit_of_work(read_only=True) as uow:
            found = await uow.events.checkpoints(after=begin, limit=check_limit(limit) + 1)
        key = [found[limit - 1].number] if len(found) > limit else None
        return page_of(found, limit, name=_CHECKPOINTS, key=key)

    async def checkpoint(self, number: int) -> Checkpoint:
        """The checkpoint of that number.

        Raises:
            NotFoundError: there is none.
        """
        async with self.unit_of_work(read_only=True) as uow:
            found = await uow.events.checkpoints(after=number - 1, limit=1)
        if not found or found[0].number != number:
            raise NotFoundError("checkpoint", number, remedy="See planvault audit checkpoints.")
        return found[0]

    async def heads(self) -> LedgerHeads:
        """Where the ledger stands: the newest event of every stream, and the newest checkpoint."""
        async with self.unit_of_work(read_only=True) as uow:
            return await ledger_heads(uow.events, EVERYTHING)


def _number(cursor: str | None, name: str, otherwise: int) -> int:
    key = parse_cursor(cursor, name, int)
    number = otherwise if key is None else int(key[0])
    if not 0 <= number <= _LARGEST:
        raise InvalidRequestError(
            "There is no such place in the ledger.", remedy="Leave it out to begin with the first event."
        )
    return number
