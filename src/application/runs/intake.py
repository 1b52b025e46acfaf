"""Whether jobs are taken in at all."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.errors import PausedError


@dataclass(frozen=True, slots=True, kw_only=True)
class JobIntake:
    """The gate before the queue; what is queued or at work goes on behind a closed one."""

    open: bool = True

    def require_open(self) -> None:
        """Let a job pass.

        Raises:
            PausedError: no jobs are taken in.
        """
        if not self.open:
            raise PausedError(
                "No jobs are taken in here: JOBS_ENABLED is 0. Those that are queued or at work go on.",
                remedy="Try again later, or make the plan while you wait: planvault plans create.",
                setting="JOBS_ENABLED",
            )
