"""Taking the ledger away: as files that can be verified without the store."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from ...domain.audit.evidence import (
    CHECKPOINTS_FILE,
    EVENTS_FILE,
    HEADS_FILE,
    Extent,
    checkpoint_line,
    event_line,
    heads_text,
)
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .reading import all_checkpoints, all_events, ledger_heads


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportLedger:
    """Write the ledger, or a part of it, as text; the same ledger gives the same bytes."""

    unit_of_work: UnitOfWorkFactory

    async def files(self, extent: Extent) -> AsyncGenerator[tuple[str, str], None]:
        """Names of files with pieces of their text, file after file, from one consistent state.

        Raises:
            IntegrityError: something stored cannot be read.
        """
        async with self.unit_of_work(read_only=True) as uow:
            yield EVENTS_FILE, ""
            async with aclosing(_lines(uow, extent)) as pieces:
                async for piece in pieces:
                    yield EVENTS_FILE, piece
            yield CHECKPOINTS_FILE, ""
            async with aclosing(all_checkpoints(uow.events)) as checkpoints:
                async for checkpoint in checkpoints:
                    yield CHECKPOINTS_FILE, checkpoint_line(checkpoint)
            yield HEADS_FILE, heads_text(await ledger_heads(uow.events, extent))

    async def lines(self, extent: Extent) -> AsyncGenerator[str, None]:
        """The events alone, a line each, in pieces.

        Raises:
            IntegrityError: something stored cannot be read.
        """
        async with self.unit_of_work(read_only=True) as uow, aclosing(_lines(uow, extent)) as pieces:
            async for piece in pieces:
                yield piece


async def _lines(uow: UnitOfWork, extent: Extent) -> AsyncGenerator[str, None]:
    async with aclosing(all_events(uow.events, extent)) as batches:
        async for batch in batches:
            yield "".join([event_line(event) for event in batch])
