"""Verifying the ledger: from the first event to the newest, in one consistent state."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from ...domain.audit.verdict import AuditVerdict
from ...domain.audit.verifier import LedgerVerifier
from ...domain.errors import IntegrityError
from ...domain.shared.events import Event, EventFilter, Head
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .approval_trail import ApprovalTrail, unapproved
from .reading import EVERYTHING, all_checkpoints, all_events, ledger_heads
from .walking import walk


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyLedger:
    """Find the first broken link of the ledger."""

    unit_of_work: UnitOfWorkFactory

    async def __call__(self, expected: Sequence[Head] = ()) -> AuditVerdict:
        """The verdict; ``expected`` are heads written down earlier, each of which has to lie on its chain.

        Where the chain holds, every approval is held against it as well, and what is live.  Memory grows with the
        number of streams and approvals, not of events.
        """
        verifier, trail = LedgerVerifier(expected), ApprovalTrail()
        async with self.unit_of_work(read_only=True) as uow:
            async with (
                aclosing(_followed(_up_to_what_cannot_be_read(uow), trail)) as events,
                aclosing(all_checkpoints(uow.events)) as checkpoints,
            ):
                await walk(verifier, events, checkpoints)
            verdict = verifier.close(await ledger_heads(uow.events, EVERYTHING))
            return verdict if not verdict.clean else replace(verdict, finding=await unapproved(uow, trail))


async def _followed(
    batches: AsyncGenerator[Sequence[Event], None], trail: ApprovalTrail
) -> AsyncGenerator[Sequence[Event], None]:
    async with aclosing(batches):
        async for batch in batches:
            yield batch
            trail.take(batch)


async def _up_to_what_cannot_be_read(uow: UnitOfWork) -> AsyncGenerator[Sequence[Event], None]:
    """Batches, and singly before an event that cannot be read, so that exactly this one is named."""
    position = 0
    try:
        async with aclosing(all_events(uow.events, EVERYTHING)) as batches:
            async for batch in batches:
                position = batch[-1].position
                yield batch
    except IntegrityError:
        while one := await uow.events.feed(EventFilter(), after=position, limit=1):
            position = one[0].position
            yield one
