"""Backfill: what becomes of a version of another system, given what was taken from there and what stands here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from ..errors import ConflictError, InProgressError, NotFoundError
from ..shared.canonical import json_value
from ..shared.ids import VersionId


class Outcome(StrEnum):
    """What became of one version of the source."""

    TAKEN = "taken"
    REPLACED = "replaced"
    SKIPPED = "skipped"
    CONFLICT = "conflict"
    FAILED = "failed"

    @property
    def is_done(self) -> bool:
        """Whether nothing of the version is left to do."""
        return self not in {Outcome.CONFLICT, Outcome.FAILED}


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillItem:
    """How one version stands: what was last taken of it, and what came of the last attempt.

    ``source_digest`` is over what the source said when it was taken, ``payload_digest`` over what then stood here;
    both are null until it was, and outlast attempts that failed.  ``differences`` are figures of the source's own that
    do not agree with its artifacts.
    """

    version_id: VersionId
    source_version: str
    run_id: str
    outcome: Outcome
    source_digest: str | None = None
    payload_digest: str | None = None
    series_rows: int = 0
    kpi_count: int = 0
    attempts: int = 1
    reason: str | None = None
    differences: Sequence[Mapping[str, Any]] = ()
    updated_at: datetime

    def __post_init__(self) -> None:
        """Differences are JSON values of the item's own, the same in every store."""
        differences = tuple(json_value(list(self.differences), what="differences of the version"))
        object.__setattr__(self, "differences", differences)


# Which versions a run is about ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A version that a source offers: its own id, the id that it has or would have here, and when it was made."""

    source_version: str
    version_id: VersionId
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which versions of a source are wanted: those named, those made since, those from one on; all if nothing is said.

    ``limit`` is how many may be attempted; what is skipped does not count.
    """

    only: Sequence[str] = ()
    since: datetime | None = None
    resume_from: str | None = None
    limit: int | None = None

    def of(self, offered: Sequence[Candidate]) -> list[Candidate]:
        """The wanted ones of those offered, in their order.

        Raises:
            NotFoundError: one that is named, or the one to resume from, is not offered.
        """
        for name in (*self.only, *((self.resume_from,) if self.resume_from is not None else ())):
            if not any(name in {one.source_version, one.version_id} for one in offered):
                raise NotFoundError("plan version in the source", name, remedy="See them with --dry-run.")
        first = self._start(offered)
        return [
            one
            for one in offered[first:]
            if (not self.only or {one.source_version, one.version_id} & set(self.only))
            and (self.since is None or one.created_at >= self.since)
        ]

    def passed_over(self, offered: Sequence[Candidate]) -> Sequence[Candidate]:
        """Those that stand before the one to resume from."""
        return offered[: self._start(offered)]

    def _start(self, offered: Sequence[Candidate]) -> int:
        if self.resume_from is None:
            return 0
        known = [self.resume_from in {one.source_version, one.version_id} for one in offered]
        return known.index(True) if True in known else 0


def require_no_gaps(passed_over: Sequence[Candidate], done: frozenset[VersionId]) -> None:
    """Let a resumption pass if everything before it is done.

    Raises:
        ConflictError: something is not; the sentence names the first of them.
    """
    missing = [one.source_version for one in passed_over if one.version_id not in done]
    if missing:
        named = ", ".join(missing[:5]) + (" …" if len(missing) > len(missing[:5]) else "")
        raise ConflictError(
            f"{len(missing)} versions before the one to resume from are not done: {named}.",
            remedy="Leave out --resume-from (what is done is skipped), or name what you want with --only.",
            missing=missing[:100],
        )


# Runs -----------------------------------------------------------------------------------------------------------------


_INPUTS = "inputs_"


class BackfillStatus(StrEnum):
    """How a run stands or ended."""

    RUNNING = "running"
    SUCCESS = "success"
    PARTIAL = "partial"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillLease:
    """Who carries a run out, and until when nobody else may begin one, by the store's clock."""

    owner: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillRun:
    """One backfill: from where, by whom, what it came to so far; ``counts`` are versions, and input sets, by outcome.

    ``series_rows`` counts the rows that were written.  ``row_version`` is what a run that was taken over fails at.
    """

    run_id: str
    source: str
    status: BackfillStatus = BackfillStatus.RUNNING
    options: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    series_rows: int = 0
    started_at: datetime
    started_by: str
    finished_at: datetime | None = None
    message: str | None = None
    lease: BackfillLease | None = None
    row_version: int = 0

    def __post_init__(self) -> None:
        """Options are JSON values of the run's own, the same in every store."""
        object.__setattr__(self, "options", json_value(self.options, what="options of the backfill"))

    def count(self, outcome: Outcome) -> int:
        """How many versions came to this."""
        return self.counts.get(str(outcome), 0)

    @property
    def attempted(self) -> int:
        """How many versions were more than skipped."""
        return self._versions - self.count(Outcome.SKIPPED)

    @property
    def _versions(self) -> int:
        return sum(self.count(outcome) for outcome in Outcome)

    def count_inputs(self, outcome: Outcome) -> int:
        """How many input sets came to this."""
        return self.counts.get(f"{_INPUTS}{outcome}", 0)

    @property
    def left(self) -> int:
        """How many versions and input sets failed, or are in conflict."""
        return sum(self.count(one) + self.count_inputs(one) for one in Outcome if not one.is_done)

    def counting_inputs(self, outcome: Outcome) -> BackfillRun:
        """The run with one more input set."""
        counts = dict(self.counts) | {f"{_INPUTS}{outcome}": self.count_inputs(outcome) + 1}
        return replace(self, counts=counts)

    def counting(self, outcome: Outcome, rows: int) -> BackfillRun:
        """The run with one more version."""
        counts = dict(self.counts) | {str(outcome): self.count(outcome) + 1}
        return replace(self, counts=counts, series_rows=self.series_rows + rows)

    def ended(self, *, at: datetime, interrupted: bool = False) -> BackfillRun:
        """The run at its end: a success if nothing was left, partial if something was done, else failed."""
        if interrupted:
            status = BackfillStatus.INTERRUPTED
        elif not self.left:
            status = BackfillStatus.SUCCESS
        else:
            status = BackfillStatus.PARTIAL if sum(self.counts.values()) > self.left else BackfillStatus.FAILED
        return replace(self, status=status, finished_at=at, lease=None)

    def failed(self, message: str, *, at: datetime) -> BackfillRun:
        """The run, broken off by something that concerns all versions."""
        return replace(self, status=BackfillStatus.FAILED, message=message, finished_at=at, lease=None)

    def abandoned(self, *, at: datetime) -> BackfillRun:
        """The run after whoever carried it out gave no more sign of life."""
        message = "Its lease lapsed without a sign of life."
        return replace(self, status=BackfillStatus.ABANDONED, message=message, finished_at=at, lease=None)


def under_way(running: BackfillRun) -> InProgressError:
    """The refusal of a second backfill beside one that is under way."""
    owner = "somebody" if running.lease is None else running.lease.owner
    return InProgressError(
        f"The backfill {running.run_id} from {running.source} is under way ({owner}).",
        remedy="Wait for its end; one that died is taken over once its lease lapses.",
        run_id=running.run_id,
    )
