"""Walking through a ledger, wherever its events come from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from ...domain.audit.verifier import LedgerVerifier
from ...domain.errors import IntegrityError
from ...domain.shared.events import Checkpoint, Event


async def walk(
    verifier: LedgerVerifier, events: AsyncIterator[Iterable[Event]], checkpoints: AsyncIterator[Checkpoint]
) -> None:
    """Give the verifier batches of events, and each checkpoint after the last event that it covers."""
    ahead = await _next(verifier, checkpoints)
    try:
        async for batch in events:
            for event in batch:
                # A checkpoint beyond the events so far waits: it is the event before it that is missing.
                while ahead is not None and ahead.position < event.position and ahead.position <= verifier.position:
                    verifier.take_checkpoint(ahead)
                    ahead = await _next(verifier, checkpoints)
                verifier.take_event(event)
    except IntegrityError as error:
        verifier.unreadable(error.message)
    while ahead is not None:
        verifier.take_checkpoint(ahead)
        ahead = await _next(verifier, checkpoints)


async def _next(verifier: LedgerVerifier, checkpoints: AsyncIterator[Checkpoint]) -> Checkpoint | None:
    try:
        return await anext(checkpoints, None)
    except IntegrityError as error:
        verifier.unreadable(error.message, checkpoint=True)
        return None
