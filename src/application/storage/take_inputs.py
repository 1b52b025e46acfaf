"""Taking one input set of a legacy system: readable at once, never live before somebody here adopts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ...domain.access.actor import Actor
from ...domain.errors import InvalidRequestError
from ...domain.inputs.arrival import arrive
from ...domain.inputs.event import InputSetEvent, input_set_stream
from ...domain.shared.events import EventDraft
from ...domain.shared.ids import Label
from ...domain.storage.backfill import Outcome
from ..unit_of_work import UnitOfWork
from .legacy_source import LegacyEvent, LegacyInputs

QUOTE = "quote"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenInputs:
    """What became of one input set of the source."""

    label: Label
    source_label: str
    outcome: Outcome
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeInputs:
    """Writes one input set within a unit of work; the caller commits, or does not."""

    uow: UnitOfWork
    source: str
    configs: Mapping[int, int]
    actor: Actor
    at: datetime

    async def __call__(self, inputs: LegacyInputs) -> TakenInputs:
        """What became of it; a label that is here already is left alone.

        Raises:
            InvalidRequestError: its config version is not there.
        """
        known = await self.uow.input_sets.find(inputs.label)
        if known is not None:
            same = inputs.content.content_hash in known.content_hashes
            return TakenInputs(
                label=known.label,
                source_label=inputs.source_label,
                outcome=Outcome.SKIPPED if same else Outcome.CONFLICT,
                reason=None if same else "A label of that name is here with other content; import it by hand.",
            )
        event = await self._add(inputs)
        for told in inputs.events:
            await self.uow.events.append(self._quote(event, told), at=self.at)
        return TakenInputs(label=inputs.label, source_label=inputs.source_label, outcome=Outcome.TAKEN)

    async def _add(self, inputs: LegacyInputs) -> InputSetEvent:
        number = None if inputs.config_id is None else self.configs.get(inputs.config_id)
        if number is None:
            raise InvalidRequestError(f"Its config version {inputs.config_id} is not there.")
        input_set, event = arrive(
            inputs.label,
            inputs.content.content_hash,
            config_version_id=number,
            row_counts=inputs.content.row_counts,
            archived=inputs.archived,
            comment=inputs.standing,
            quoted={"source": self.source, "label": inputs.source_label, **inputs.quoted},
            tombstone=await self.uow.input_sets.tombstone(inputs.label),
            actor=self.actor,
            created_at=inputs.created_at,
            at=self.at,
        )
        await self.uow.contents.add(inputs.content)
        await self.uow.input_sets.add(input_set)
        await self.uow.events.append(event.draft(), at=self.at)
        return event

    def _quote(self, event: InputSetEvent, told: LegacyEvent) -> EventDraft:
        return EventDraft(
            stream=input_set_stream(event.label, event.generation),
            action=QUOTE,
            subject=f"input_set/{event.label}",
            actor=self.actor,
            comment=told.line,
            details={"source": self.source, **told.quoted},
        )
