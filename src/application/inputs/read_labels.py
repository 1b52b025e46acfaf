"""Looking at labels through time: what they pointed to, and which of them changed last."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from ...domain.inputs.event import input_set_stream
from ...domain.inputs.history import LabelPointer, LabelStep, PointingMove, moves_of
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.ports import InputSetFilter
from ...domain.shared.events import Event
from ...domain.shared.ids import label
from ...domain.shared.paging import check_limit
from ..unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedInputSet:
    """An input set, and the position of its first event: a number that stays its own; null without any event."""

    input_set: InputSet
    position: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLabels:
    """Look at labels through time."""

    unit_of_work: UnitOfWorkFactory

    async def history(self, wanted: str) -> Sequence[LabelStep]:
        """What the label pointed to in its present life, newest first: since when, which content, by whose move.

        Raises:
            NotFoundError: there is no such label.
        """
        async with self.unit_of_work(read_only=True) as uow:
            input_set = await uow.input_sets.get(label(wanted))
            pointers = tuple(reversed(await uow.input_sets.history(input_set.label)))
            stream = input_set_stream(input_set.label, input_set.generation)
            moves = moves_of(pointers, [_move(event) async for event in uow.events.stream(stream)])
        steps = [_step(input_set, pointer, move) for pointer, move in zip(pointers, moves, strict=True)]
        return steps[::-1]

    async def newest(self, wanted: InputSetFilter, *, limit: int) -> Sequence[PlacedInputSet]:
        """At most so many input sets with their revisions, last changed first.

        Raises:
            InvalidRequestError: the limit is wrong.
        """
        async with self.unit_of_work(read_only=True) as uow:
            known = await uow.input_sets.newest(wanted, limit=check_limit(limit))
            streams = [input_set_stream(one.label, one.generation) for one in known]
            begun = await uow.events.beginnings(streams)
        return [
            PlacedInputSet(input_set=one, position=begun.get(stream))
            for one, stream in zip(known, streams, strict=True)
        ]


def _move(event: Event) -> PointingMove:
    return PointingMove(
        action=event.action,
        live=json.loads(event.details_json).get("live"),
        actor=event.actor,
        verification=event.verification,
        comment=event.comment,
    )


def _step(input_set: InputSet, pointer: LabelPointer, move: PointingMove | None) -> LabelStep:
    revision = None if pointer.live is None else input_set.revision(pointer.live)
    return LabelStep(
        pointer=pointer,
        reference=None if revision is None else revision.reference,
        content_hash=None if revision is None else revision.content_hash,
        move=move,
    )
