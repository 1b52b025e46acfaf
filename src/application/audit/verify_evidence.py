"""Verifying evidence that was taken away: exported lines instead of a store."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ...domain.audit.evidence import LedgerHeads, parse_checkpoint, parse_event
from ...domain.audit.verdict import AuditVerdict
from ...domain.audit.verifier import LedgerVerifier
from ...domain.errors import IntegrityError
from ...domain.shared.events import Checkpoint, Event, Head
from .walking import walk

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What an export holds: lines with their ends, in order, and the heads if there are any."""

    events: Iterable[str]
    checkpoints: Iterable[str] = ()
    heads: LedgerHeads | None = None


async def verify_evidence(evidence: Evidence, expected: Sequence[Head] = ()) -> AuditVerdict:
    """The verdict on an export, of which a part is enough; memory grows with streams, not with events."""
    verifier = LedgerVerifier(expected, extent=None if evidence.heads is None else evidence.heads.extent)
    await walk(verifier, _events(evidence.events), _checkpoints(evidence.checkpoints))
    return verifier.close(evidence.heads)


async def _events(lines: Iterable[str]) -> AsyncGenerator[Sequence[Event], None]:
    for event in _parsed(lines, parse_event, "event"):
        yield (event,)


async def _checkpoints(lines: Iterable[str]) -> AsyncGenerator[Checkpoint, None]:
    for checkpoint in _parsed(lines, parse_checkpoint, "checkpoint"):
        yield checkpoint


def _parsed(lines: Iterable[str], parse: Callable[[str], T], what: str) -> Iterable[T]:
    number = 0
    try:
        for number, line in enumerate(lines, start=1):  # noqa: B007 (the error names the line)
            yield parse(line)
    except UnicodeDecodeError as error:  # raised while reading ahead
        raise IntegrityError(f"After line {number} of the {what}s come bytes that are no text.") from error
    except ValueError as error:
        raise IntegrityError(f"Line {number} of the {what}s cannot be read: {error}.") from error
