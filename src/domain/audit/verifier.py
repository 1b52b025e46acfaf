"""The verifier: follows all chains of a ledger at once and finds the first link that does not fit.

It takes events in order of position, and each checkpoint after the last event that it covers.  It keeps one head per
stream, so that its memory grows with the streams and not with the events.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..shared.events import Checkpoint, Event, Head, checkpoint, genesis_hash
from .evidence import CHECKPOINT, Extent, LedgerHeads, head_of_checkpoint
from .verdict import AuditVerdict, Finding, Rule


class LedgerVerifier:
    """One look through a ledger, or through a part of it.

    ``expected`` are heads that were written down earlier: each must lie on the chain of its stream.  In a part, what
    comes before the first event of a stream is believed, and the hashes of checkpoints are not recomputed: they cover
    streams that are not there.
    """

    def __init__(self, expected: Iterable[Head] = (), *, extent: Extent | None = None) -> None:
        """Begin before the first event."""
        self._extent = extent or Extent()
        self._position = self._extent.since
        self._heads: dict[str, Head] = {}
        self._events = 0
        self._streams = 0
        self._checkpoint: Checkpoint | None = None
        self._expected: dict[tuple[str, int], set[str]] = {}
        for head in expected:
            self._expected.setdefault((head.stream, head.sequence), set()).add(head.hash)
        self._expected_count = sum(len(hashes) for hashes in self._expected.values())
        self._expected_held = 0
        self._finding: Finding | None = None

    @property
    def position(self) -> int:
        """The position of the newest event that holds."""
        return self._position

    def take_event(self, event: Event) -> None:
        """Follow the chain of its stream by one event."""
        if self._finding is None:
            self._finding = next(self._faults(event), None)
        if self._finding is not None:
            self._locate(event)
            return
        self._heads[event.stream] = Head(stream=event.stream, sequence=event.sequence, hash=event.hash)
        self._position = event.position
        self._events += 1
        self._streams = len(self._heads)

    def take_checkpoint(self, taken: Checkpoint) -> None:
        """Follow the chain of checkpoints by one."""
        if self._finding is None:
            self._finding = next(self._checkpoint_faults(taken), None)
        if self._finding is None:
            self._checkpoint = taken

    def unreadable(self, message: str, *, checkpoint: bool = False) -> None:
        """Take what can no longer be read in the place of the next event or checkpoint."""
        if self._finding is not None:
            return
        self._finding = Finding(
            rule=Rule.UNREADABLE,
            message=message,
            position=None if checkpoint else self._position + 1,
            checkpoint=self._next_checkpoint() if checkpoint else None,
        )

    def close(self, heads: LedgerHeads | None) -> AuditVerdict:
        """The verdict, once everything was taken. ``heads`` is where the ledger itself says that it stands."""
        if self._finding is None:
            self._finding = next(self._faults_of_the_end(heads), None)
        if self._finding is not None and self._finding.rule is Rule.MISSING and heads is not None:
            self._locate_by(heads)
        return AuditVerdict(
            event_count=self._events,
            stream_count=self._streams,
            checkpoint_count=0 if self._checkpoint is None else self._checkpoint.number,
            position=self._position,
            checkpoint=None if self._checkpoint is None else head_of_checkpoint(self._checkpoint),
            expected_count=self._expected_count,
            expected_held=self._expected_held,
            extent=self._extent,
            finding=self._finding,
        )

    def _faults(self, event: Event) -> Iterator[Finding]:
        def found(rule: Rule, message: str) -> Finding:
            return Finding(
                rule=rule, message=message, stream=event.stream, sequence=event.sequence, position=event.position
            )

        if event.position <= self._position:
            yield found(Rule.ORDER, f"It stands after position {self._position}.")
        elif self._extent.unbroken and event.position != self._position + 1:
            yield Finding(
                rule=Rule.MISSING,
                message=f"It is missing: position {event.position} stands where it belongs.",
                position=self._position + 1,
            )
        head = self._heads.get(event.stream)
        if head is not None or event.sequence == 1 or self._extent.whole:
            sequence, previous = (1, genesis_hash(event.stream)) if head is None else (head.sequence + 1, head.hash)
            if event.sequence != sequence:
                yield found(Rule.SEQUENCE, f"#{sequence} of this stream belongs here.")
            if event.previous_hash != previous:
                yield found(Rule.PREVIOUS_HASH, f"It says that {event.previous_hash} comes before it, not {previous}.")
        words = event.recomputed_hash()
        if event.hash != words:
            yield found(Rule.HASH, f"Its words give the hash {words}; it carries {event.hash}.")
        yield from self._unexpected(Head(stream=event.stream, sequence=event.sequence, hash=event.hash), event.position)

    def _unexpected(self, head: Head, position: int) -> Iterator[Finding]:
        expected = self._expected.pop((head.stream, head.sequence), set())
        self._expected_held += len(expected & {head.hash})
        for other in sorted(expected - {head.hash}):
            is_checkpoint = head.stream == CHECKPOINT
            yield Finding(
                rule=Rule.EXPECTED_HEAD,
                message=f"It carries the hash {head.hash}; {other} was written down. The chain was made anew.",
                stream=None if is_checkpoint else head.stream,
                sequence=None if is_checkpoint else head.sequence,
                position=None if is_checkpoint else position,
                checkpoint=head.sequence if is_checkpoint else None,
            )

    def _next_checkpoint(self) -> int:
        return 1 if self._checkpoint is None else self._checkpoint.number + 1

    def _checkpoint_faults(self, taken: Checkpoint) -> Iterator[Finding]:
        def found(rule: Rule, message: str, number: int = taken.number) -> Finding:
            return Finding(rule=rule, message=message, checkpoint=number)

        number = self._next_checkpoint()
        if taken.number != number:
            yield found(Rule.CHECKPOINT_MISSING, f"It is missing: {taken.number} stands where it belongs.", number)
        before = genesis_hash("checkpoints") if self._checkpoint is None else self._checkpoint.hash
        if taken.previous_hash != before:
            yield found(Rule.CHECKPOINT_LINK, f"It says that {taken.previous_hash} comes before it, not {before}.")
        if self._extent.whole:
            if taken.position > self._position:
                yield found(
                    Rule.CHECKPOINT_AHEAD,
                    f"It covers position {taken.position}, but the newest event has position {self._position}.",
                )
            again = checkpoint(
                self._heads.values(),
                self._checkpoint,
                position=taken.position,
                at=taken.recorded_at,
                reason=taken.reason,
            )
            if taken != again:
                yield found(
                    Rule.CHECKPOINT_HASH,
                    f"The heads of {again.stream_count} streams at position {taken.position} give the hash "
                    f"{again.hash}; it carries {taken.hash} over {taken.stream_count}.",
                )
        yield from self._unexpected(head_of_checkpoint(taken), taken.position)

    def _faults_of_the_end(self, heads: LedgerHeads | None) -> Iterator[Finding]:
        if heads is not None:
            yield from self._faults_of_heads(heads)
        yield from self._faults_of_expected()
        # Since a position that is still to come, there is nothing yet.
        counted = None if heads is None else max(heads.position, self._extent.since)
        if heads is not None and self._extent.unbroken and counted != self._position:
            yield Finding(
                rule=Rule.COUNTER,
                message=f"The ledger counts {heads.position} positions, but its newest event has {self._position}.",
                position=min(self._position, heads.position) + 1,
            )
        newest = None if self._checkpoint is None else head_of_checkpoint(self._checkpoint)
        if heads is not None and heads.checkpoint is not None and heads.checkpoint != newest:
            yield Finding(
                rule=Rule.CHECKPOINT_MISSING,
                message="The heads name it as the newest checkpoint, but it is not there.",
                checkpoint=heads.checkpoint.sequence,
            )

    def _faults_of_heads(self, heads: LedgerHeads) -> Iterator[Finding]:
        told = {head.stream: head for head in heads.heads}
        differing = []
        for stream in sorted(told.keys() | self._heads.keys()):
            head, known = told.get(stream), self._heads.get(stream)
            before_the_part = known is None and not self._extent.whole
            if head != known and not before_the_part:
                differing.append((stream, head, known))
        for stream, head, known in differing:
            newest = 0 if known is None else known.sequence
            if head is not None and head.sequence > newest:
                one = len(differing) == 1 and self._extent.unbroken
                message = f"It is missing: the head of its stream is #{head.sequence}, its newest event #{newest}."
                position = self._position + 1 if one else None
                yield Finding(rule=Rule.HEAD, message=message, stream=stream, sequence=newest + 1, position=position)
            else:
                told_text = "no head" if head is None else f"the head #{head.sequence} {head.hash}"
                known_text = "no event" if known is None else f"#{known.sequence} {known.hash}"
                message = f"Its stream has {told_text}, but its newest event is {known_text}."
                yield Finding(rule=Rule.HEAD, message=message, stream=stream, sequence=newest)

    def _faults_of_expected(self) -> Iterator[Finding]:
        for stream, sequence in sorted(self._expected):
            if stream == CHECKPOINT:
                newest = self._next_checkpoint() - 1
                if newest < sequence:
                    message = f"It was written down, but the newest checkpoint is {newest}."
                    yield Finding(rule=Rule.EXPECTED_HEAD, message=message, checkpoint=sequence)
                continue
            known = self._heads.get(stream)
            if known is None and not self._extent.whole:
                continue
            newest = 0 if known is None else known.sequence
            if newest < sequence:
                yield Finding(
                    rule=Rule.EXPECTED_HEAD,
                    message=f"It is missing: #{sequence} was written down, but #{newest} is the newest of its stream.",
                    stream=stream,
                    sequence=newest + 1,
                )

    def _locate(self, event: Event) -> None:
        """Whose event is missing shows where its stream goes on."""
        if self._finding is None or self._finding.rule is not Rule.MISSING or self._finding.stream is not None:
            return
        head = self._heads.get(event.stream)
        sequence = 1 if head is None else head.sequence + 1
        begins_in_a_part = head is None and not self._extent.whole
        if event.sequence > sequence and not begins_in_a_part:
            self._finding = replace(self._finding, stream=event.stream, sequence=sequence)
        elif event.sequence == sequence or begins_in_a_part:
            self._heads[event.stream] = Head(stream=event.stream, sequence=event.sequence, hash=event.hash)

    def _locate_by(self, heads: LedgerHeads) -> None:
        """Or in the head of its stream, where the stream does not go on."""
        for head in heads.heads:
            known = self._heads.get(head.stream)
            if known is None and not self._extent.whole:
                continue
            newest = 0 if known is None else known.sequence
            if self._finding is not None and self._finding.stream is None and head.sequence > newest:
                self._finding = replace(self._finding, stream=head.stream, sequence=newest + 1)
