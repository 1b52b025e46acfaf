"""Runs: one computation of a plan, from its inputs to how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from ..errors import IllegalTransitionError
from ..shared.canonical import json_value
from ..shared.ids import JobId, RunId, VersionId


class RunStatus(StrEnum):
    """How far a run has come."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One computation: what it computed from, for which plan version, and how it ended.

    ``plan_version_id`` is null until the plan is stored, and stays so when the run fails; ``error`` says why.
    """

    run_id: RunId
    status: RunStatus = RunStatus.RUNNING
    started_at: datetime
    started_by: str
    finished_at: datetime | None = None
    config_version_id: int | None = None
    input_set_label: str | None = None
    input_revision: int | None = None
    input_content_hash: str | None = None
    engine_name: str
    engine_version: str
    engine_parameters: Mapping[str, Any] = field(default_factory=dict)
    plan_version_id: VersionId | None = None
    plan_job_id: JobId | None = None
    error: str | None = None
    row_version: int = 0

    def __post_init__(self) -> None:
        """Engine parameters are JSON values of the run's own, the same in every store."""
        object.__setattr__(self, "engine_parameters", json_value(self.engine_parameters, what="engine parameters"))

    @property
    def duration_ms(self) -> int | None:
        """Whole milliseconds from start to end; null while it runs."""
        if self.finished_at is None:
            return None
        return round((self.finished_at - self.started_at).total_seconds() * 1000)

    def succeeded(self, version_id: VersionId, *, at: datetime) -> Run:
        """The run, finished with a stored plan.

        Raises:
            IllegalTransitionError: it has ended already.
        """
        return replace(self._ended(RunStatus.SUCCEEDED), plan_version_id=version_id, finished_at=at)

    def failed(self, error: str, *, at: datetime) -> Run:
        """The run, finished without a plan.

        Raises:
            IllegalTransitionError: it has ended already.
        """
        return replace(self._ended(RunStatus.FAILED), error=error, finished_at=at)

    def _ended(self, status: RunStatus) -> Run:
        if self.status is not RunStatus.RUNNING:
            raise IllegalTransitionError(f"The run {self.run_id} is {self.status} and cannot become {status}.")
        return replace(self, status=status)
