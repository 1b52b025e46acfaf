"""Looking at what happened to an input set."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.errors import NotFoundError
from ...domain.inputs.event import input_set_stream, input_set_streams
from ...domain.shared.events import Event, EventFilter
from ...domain.shared.ids import Label, label
from ...domain.shared.paging import Page, check_limit, page_of, parse_cursor
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory

DELETED = "deleted"
_LIST = "input_set_events"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSetEvents:
    """What happened to a label in all its generations, newest first, and how the set stands now.

    ``first_position`` is the position of the first event of the set that the label names now, or named last.
    """

    label: str
    status: str
    config_version_id: int | None
    first_position: int | None
    page: Page[Event]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadInputSetEvents:
    """Look at the events of an input set."""

    unit_of_work: UnitOfWorkFactory

    async def __call__(self, wanted: str, *, limit: int, cursor: str | None) -> InputSetEvents:
        """The events of that label, whatever its case, newest first; those of a deleted one too.

        Raises:
            NotFoundError: nothing ever happened to such a label.
            InvalidRequestError: limit or cursor are wrong.
        """
        name = label(wanted)
        before = parse_cursor(cursor, _LIST, int)
        within = EventFilter(within=input_set_streams(name))
        async with self.unit_of_work(read_only=True) as uow:
            found = await uow.events.newest(
                within, before=None if before is None else int(before[0]), limit=check_limit(limit) + 1
            )
            key = [found[limit - 1].position] if len(found) > limit else None
            return await self._standing(uow, name, page_of(found, limit, name=_LIST, key=key))

    async def _standing(self, uow: UnitOfWork, name: Label, page: Page[Event]) -> InputSetEvents:
        known = await uow.input_sets.find(name)
        if known is not None:
            stream = input_set_stream(known.label, known.generation)
        else:
            newest = await uow.events.newest(EventFilter(within=input_set_streams(name)), before=None, limit=1)
            if not newest:
                raise NotFoundError("input set", name, remedy="See planvault inputs list.")
            stream = newest[0].stream
        first = await uow.events.feed(EventFilter(stream=stream), after=0, limit=1)
        return InputSetEvents(
            label=known.label if known is not None else first[0].subject.partition("/")[2],
            status=DELETED if known is None else known.status,
            config_version_id=None if known is None else known.config_version_id,
            first_position=first[0].position if first else None,
            page=page,
        )
