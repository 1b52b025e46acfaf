"""The ledger as text to take away: a line per event and checkpoint, and one document of heads.

Every line is canonical JSON; an event's without its ``hash`` is exactly what was hashed.  So the same ledger always
gives the same bytes, and a line that is not as it was written is not read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ..errors import InvalidRequestError
from ..shared.canonical import document
from ..shared.clock import instant_text, parse_instant
from ..shared.events import Checkpoint, Event, EventFilter, Head

EVENTS_FILE = "events.jsonl"
CHECKPOINTS_FILE = "checkpoints.jsonl"
HEADS_FILE = "heads.json"
CHECKPOINT = "checkpoint"
_HEAD = re.compile(r"(?P<stream>.+):(?P<sequence>[1-9][0-9]{0,15}):(?P<hash>[0-9a-f]{64})")
_HOW = "Write STREAM:SEQUENCE:HASH or checkpoint:NUMBER:HASH, the hash with its 64 hex digits."


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Which part of a ledger: all of it unless said otherwise. ``since`` is the position before the first event."""

    since: int = 0
    wanted: EventFilter = field(default_factory=EventFilter)

    @property
    def unbroken(self) -> bool:
        """Whether every position from the first on belongs to it."""
        return self.wanted == EventFilter()

    @property
    def whole(self) -> bool:
        """Whether it is the whole ledger."""
        return self.since == 0 and self.unbroken


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerHeads:
    """Where a ledger stands: the newest position, the head of each stream by name, and the newest checkpoint."""

    position: int
    heads: tuple[Head, ...]
    checkpoint: Head | None = None
    extent: Extent = field(default_factory=Extent)


def head_text(head: Head) -> str:
    """A head on one line, to be written down elsewhere: ``plan/v1:3:9f3c…``."""
    return f"{head.stream}:{head.sequence}:{head.hash}"


def head_of_checkpoint(checkpoint: Checkpoint) -> Head:
    """A checkpoint as the head of all checkpoints."""
    return Head(stream=CHECKPOINT, sequence=checkpoint.number, hash=checkpoint.hash)


def is_head(text: str) -> bool:
    """Whether the text has the form of ``head_text``."""
    return _HEAD.fullmatch(text) is not None


def parse_head(text: str) -> Head:
    """The head that ``head_text`` wrote.

    Raises:
        InvalidRequestError: it did not write this.
    """
    match = _HEAD.fullmatch(text)
    if match is None:
        raise InvalidRequestError(f"{text[:200]!r} is no head of a stream.", remedy=_HOW)
    return Head(stream=match["stream"], sequence=int(match["sequence"]), hash=match["hash"])


def event_line(event: Event) -> str:
    """The event with every field, as one line."""
    return document(_said(event)) + "\n"


def checkpoint_line(checkpoint: Checkpoint) -> str:
    """The checkpoint with every field, as one line."""
    return document(_said(checkpoint)) + "\n"


def heads_fields(heads: LedgerHeads) -> dict[str, Any]:
    """The heads as JSON values."""
    return {
        "position": heads.position,
        "checkpoint": None if heads.checkpoint is None else _head_fields(heads.checkpoint),
        "streams": [_head_fields(head) for head in heads.heads],
        "extent": {
            "since": heads.extent.since,
            "stream": heads.extent.wanted.stream,
            "within": heads.extent.wanted.within,
        },
    }


def heads_text(heads: LedgerHeads) -> str:
    """The heads as one document."""
    return document(heads_fields(heads)) + "\n"


def parse_event(line: str) -> Event:
    """The event that ``event_line`` wrote.

    Raises:
        ValueError: it did not write exactly this.
    """
    event = Event(**_fields(line, Event))
    if event_line(event) != line:
        raise ValueError("the line is not as planvault writes an event")
    return event


def parse_checkpoint(line: str) -> Checkpoint:
    """The checkpoint that ``checkpoint_line`` wrote.

    Raises:
        ValueError: it did not write exactly this.
    """
    checkpoint = Checkpoint(**_fields(line, Checkpoint))
    if checkpoint_line(checkpoint) != line:
        raise ValueError("the line is not as planvault writes a checkpoint")
    return checkpoint


def parse_heads(text: str) -> LedgerHeads:
    """The heads that ``heads_text`` wrote, or that the same document laid out otherwise says.

    Raises:
        InvalidRequestError: it is no such document.
    """
    try:
        said = json.loads(text)
        extent = said["extent"]
        heads = LedgerHeads(
            position=_whole(said["position"]),
            heads=tuple(_head(head) for head in said["streams"]),
            checkpoint=None if said["checkpoint"] is None else _head(said["checkpoint"]),
            extent=Extent(
                since=_whole(extent["since"]),
                wanted=EventFilter(stream=_optional(extent["stream"]), within=_optional(extent["within"])),
            ),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InvalidRequestError(
            "The file of heads is not as planvault writes it.", remedy=f"Take {HEADS_FILE} of an audit export. {_HOW}"
        ) from error
    return heads


def _said(thing: Event | Checkpoint) -> dict[str, Any]:
    said = {member.name: getattr(thing, member.name) for member in fields(thing)}
    return said | {"recorded_at": instant_text(thing.recorded_at)}


def _fields(line: str, kind: type[Event | Checkpoint]) -> Mapping[str, Any]:
    try:
        said = json.loads(line)
    except RecursionError as error:
        raise ValueError("the line is nested too deeply") from error
    names = {member.name: str(member.type) for member in fields(kind)}
    if not isinstance(said, dict) or said.keys() != names.keys():
        raise ValueError("the line does not have the fields that planvault writes")
    for name, declared in names.items():
        value = said[name]
        fits = _is_whole(value) if declared == "int" else isinstance(value, str)
        if not fits and not (value is None and declared.endswith("None")):
            raise ValueError(f"the line has something else than planvault writes in {name}")
    return said | {"recorded_at": parse_instant(said["recorded_at"])}


def _head_fields(head: Head) -> dict[str, Any]:
    return {"stream": head.stream, "sequence": head.sequence, "hash": head.hash}


def _head(said: Any) -> Head:
    if said.keys() != {"stream", "sequence", "hash"}:
        raise ValueError("no head")
    return parse_head(f"{said['stream']}:{_whole(said['sequence'])}:{said['hash']}")


def _whole(value: Any) -> int:
    if not _is_whole(value) or value < 0:
        raise ValueError("no whole number")
    return int(value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _optional(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ValueError("no text")
    return value
