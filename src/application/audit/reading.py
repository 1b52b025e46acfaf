"""Reading a whole event log in batches, and where it stands."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from ...domain.audit.evidence import Extent, LedgerHeads, head_of_checkpoint
from ...domain.shared.events import Checkpoint, Event, EventLog

EVERYTHING = Extent()
_BATCH = 1_000


async def all_events(log: EventLog, extent: Extent) -> AsyncGenerator[Sequence[Event], None]:
    """The events of a part, in order of position, in batches."""
    after = extent.since
    while batch := await log.feed(extent.wanted, after=after, limit=_BATCH):
        yield batch
        after = batch[-1].position


async def all_checkpoints(log: EventLog) -> AsyncGenerator[Checkpoint, None]:
    """All checkpoints in order of number."""
    after = 0
    while batch := await log.checkpoints(after=after, limit=_BATCH):
        for checkpoint in batch:
            yield checkpoint
        after = batch[-1].number


async def ledger_heads(log: EventLog, extent: Extent) -> LedgerHeads:
    """Where the log stands, as far as a part goes."""
    newest = await log.last_checkpoint()
    return LedgerHeads(
        position=await log.position(),
        heads=tuple(head for head in await log.heads() if extent.wanted.has_stream(head.stream)),
        checkpoint=None if newest is None else head_of_checkpoint(newest),
        extent=extent,
    )
