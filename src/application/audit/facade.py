"""The ledger, as the facade offers it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass

from ...domain.access.actor import Actor
from ...domain.audit.evidence import Extent, LedgerHeads, parse_head
from ...domain.audit.verdict import AuditVerdict
from ...domain.errors import InvalidRequestError
from ...domain.inputs.event import input_set_streams
from ...domain.shared.events import Checkpoint, Event, EventFilter, Head
from ...domain.shared.ids import label as checked_label
from ...domain.shared.paging import DEFAULT_LIMIT, Page
from .export_ledger import ExportLedger
from .pack_label import AuditPack, PackLabel
from .read_ledger import ReadLedger
from .take_checkpoint import TakeCheckpoint
from .verify_ledger import VerifyLedger


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Events to read, a chain to verify, evidence to take away.

    ``stream`` is one stream (``plan/v1``), ``subject`` what events are about (``input_set/weekly``), ``label`` an
    input set in all its generations; several narrow one another.
    """

    verify_ledger: VerifyLedger
    take_checkpoint: TakeCheckpoint
    export_ledger: ExportLedger
    pack_label: PackLabel
    read: ReadLedger

    async def verify(self, *, expected: Iterable[Head | str] = ()) -> AuditVerdict:
        """Whether the chain holds, and every expected head (``STREAM:SEQUENCE:HASH``) lies on it."""
        heads = [parse_head(head) if isinstance(head, str) else head for head in expected]
        return await self.verify_ledger(heads)

    async def checkpoint(self, *, actor: Actor, reason: str | None = None) -> Checkpoint:
        """Hash the heads of all streams now (``TakeCheckpoint``)."""
        return await self.take_checkpoint(actor=actor, reason=reason)

    async def checkpoints(self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[Checkpoint]:
        """Checkpoints in order of number."""
        return await self.read.checkpoints(limit=limit, cursor=cursor)

    async def get_checkpoint(self, number: int) -> Checkpoint:
        """The checkpoint of that number."""
        return await self.read.checkpoint(number)

    async def heads(self) -> LedgerHeads:
        """The newest event of every stream, and the newest checkpoint."""
        return await self.read.heads()

    async def events(
        self,
        *,
        after: int = 0,
        cursor: str | None = None,
        limit: int = DEFAULT_LIMIT,
        stream: str | None = None,
        subject: str | None = None,
        label: str | None = None,
    ) -> Page[Event]:
        """Events after a position or cursor, oldest first; the last page has a cursor too, for what comes later."""
        wanted = event_filter(stream=stream, subject=subject, label=label)
        return await self.read.events(wanted, after=after, cursor=cursor, limit=limit)

    def export(
        self, *, since: int = 0, stream: str | None = None, label: str | None = None
    ) -> AsyncGenerator[tuple[str, str], None]:
        """Names of files with pieces of their text: events, checkpoints and heads from one consistent state."""
        return self.export_ledger.files(Extent(since=since, wanted=event_filter(stream=stream, label=label)))

    def export_events(
        self, *, since: int = 0, stream: str | None = None, label: str | None = None
    ) -> AsyncGenerator[str, None]:
        """The lines of ``events.jsonl`` alone, in pieces."""
        return self.export_ledger.lines(Extent(since=since, wanted=event_filter(stream=stream, label=label)))

    async def pack(self, reference: str) -> AuditPack:
        """All that tells of ``LABEL`` or ``LABEL@N`` in one zip for an auditor; read its ``pieces`` or close it."""
        return await self.pack_label(reference)


def event_filter(*, stream: str | None = None, subject: str | None = None, label: str | None = None) -> EventFilter:
    """Which events are wanted.

    Raises:
        InvalidRequestError: a name holds what no name holds.
    """
    for what, name in (("stream", stream), ("subject", subject)):
        if name is not None and not (name and name.isprintable()):
            raise InvalidRequestError(f"{name[:80]!r} names no {what} of events.")
    return EventFilter(
        stream=stream, within=None if label is None else input_set_streams(checked_label(label)), subject=subject
    )
