"""The port of telemetry: what happened, in the words of planning."""

from __future__ import annotations

from typing import Protocol


class Telemetry(Protocol):
    """Whoever counts what happens. Telling never fails and never waits."""

    def plan_stored(self, *, origin: str, rows: int, seconds: float) -> None:
        """A plan was stored with so many series rows; ``seconds`` covers writing and commit."""
        ...

    def plan_not_stored(self, *, error: str) -> None:
        """Storing a plan failed, with that error code."""
        ...

    def run_without_inputs(self, *, entrypoint: str) -> None:
        """A plan came in that names no input revision."""
        ...

    def inputs_missing(self) -> None:
        """Somebody asked where a plan comes from, and its inputs are gone."""
        ...

    def job_submitted(self, kind: str) -> None:
        """A job was asked for."""
        ...

    def job_finished(self, kind: str, *, succeeded: bool, seconds: float) -> None:
        """A job ended."""
        ...

    def jobs_stand(self, *, queued: int, running: int, waited_seconds: float) -> None:
        """How many jobs of the store wait, for how long the oldest has, and how many are worked on."""
        ...

    def versions_trimmed(self, *, cause: str, count: int) -> None:
        """Plan versions were put away; the cause is ``operator``, or ``max_rows`` where the row guard made room."""
        ...

    def store_stands(self, *, rows: int, bytes_taken: int) -> None:
        """How many series rows are kept, and how many bytes the store takes."""
        ...

    def sides_stand(self, *, unfiled: int, outbox: int, findings: int) -> None:
        """How many versions no folder holds, how many commits wait for the mirror, what was found to differ last."""
        ...

    def store_keeps(self, mode: str) -> None:
        """In which mode the store keeps the plan that is being written."""
        ...

    def shadow_read(self, result: str) -> None:
        """A read was compared on both sides: ``agrees`` or ``differs``; or it was ``skipped``."""
        ...

    def difference_computed(self, *, succeeded: bool) -> None:
        """The difference of two input revisions was computed, or could not be."""
        ...

    def difference_from_cache(self) -> None:
        """A difference was answered from the cache."""
        ...

    def difference_stale(self) -> None:
        """The cache held a difference that was too old or damaged."""
        ...


class NoTelemetry(Telemetry):
    """Nobody counts."""

    def plan_stored(self, *, origin: str, rows: int, seconds: float) -> None:
        """Let it pass."""

    def plan_not_stored(self, *, error: str) -> None:
        """Let it pass."""

    def run_without_inputs(self, *, entrypoint: str) -> None:
        """Let it pass."""

    def inputs_missing(self) -> None:
        """Let it pass."""

    def job_submitted(self, kind: str) -> None:
        """Let it pass."""

    def job_finished(self, kind: str, *, succeeded: bool, seconds: float) -> None:
        """Let it pass."""

    def jobs_stand(self, *, queued: int, running: int, waited_seconds: float) -> None:
        """Let it pass."""

    def versions_trimmed(self, *, cause: str, count: int) -> None:
        """Let it pass."""

    def store_stands(self, *, rows: int, bytes_taken: int) -> None:
        """Let it pass."""

    def sides_stand(self, *, unfiled: int, outbox: int, findings: int) -> None:
        """Let it pass."""

    def store_keeps(self, mode: str) -> None:
        """Let it pass."""

    def shadow_read(self, result: str) -> None:
        """Let it pass."""

    def difference_computed(self, *, succeeded: bool) -> None:
        """Let it pass."""

    def difference_from_cache(self) -> None:
        """Let it pass."""

    def difference_stale(self) -> None:
        """Let it pass."""
