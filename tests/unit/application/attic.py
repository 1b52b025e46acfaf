"""A legacy system that a test fills, changes and damages."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from planvault.application.storage.legacy_source import (
    LegacyConfig,
    LegacyInputs,
    LegacyPlan,
    LegacySource,
    LegacySources,
)
from planvault.domain.errors import NotFoundError
from planvault.domain.plans.series import SeriesRow
from planvault.domain.runs.job import Job
from planvault.domain.shared.ids import VersionId
from planvault.domain.storage.backfill import Candidate
from planvault.testing.builders import aggregate_rows, det_rows
from planvault.testing.clocks import NOON


def a_candidate(name: str = "old-1") -> Candidate:
    return Candidate(source_version=name, version_id=VersionId(name), created_at=NOON)


def a_legacy_plan(name: str = "old-1", *, demand: float = 10.0, **changes: Any) -> LegacyPlan:
    levels: dict[str, Sequence[SeriesRow]] = {"aggregate": aggregate_rows(), "det": det_rows(demand=demand)}
    fields: dict[str, Any] = {
        "candidate": a_candidate(name),
        "status": "active",
        "levels": levels,
        "quoted": {"status": "active", "input_set_label": "fy2025"},
    }
    return LegacyPlan(**{"source_digest": "", **fields, **changes})


class Attic(LegacySources, LegacySource):
    """One source by the name of attic; ``on_read`` is called before a plan is given."""

    def __init__(self, *plans: LegacyPlan) -> None:
        self.plans = {plan.candidate.source_version: plan for plan in plans}
        self.kept_configs: Sequence[LegacyConfig] = ()
        self.kept_inputs: dict[str, LegacyInputs] = {}
        self.kept_jobs: Sequence[Job] = ()
        self.on_read: Callable[[str], None] = lambda _: None
        self.read: list[str] = []

    def put(self, *plans: LegacyPlan) -> None:
        self.plans |= {plan.candidate.source_version: plan for plan in plans}

    @property
    def names(self) -> Sequence[str]:
        return ["attic"]

    @contextmanager
    def _opened(self) -> Iterator[LegacySource]:
        yield self

    def open(self, source: str | Path) -> Any:
        if source != "attic":
            raise NotFoundError("source", source)
        return self._opened()

    @property
    def name(self) -> str:
        return "attic"

    def configs(self) -> Sequence[LegacyConfig]:
        return self.kept_configs

    def versions(self) -> Sequence[Candidate]:
        offered = [plan.candidate for plan in self.plans.values()]
        return sorted(offered, key=lambda one: (one.created_at, one.source_version))

    def digest(self, source_version: str) -> str:
        return hashlib.sha256(repr(replace(self.plans[source_version], source_digest="")).encode()).hexdigest()

    def plan(self, source_version: str) -> LegacyPlan:
        self.read.append(source_version)
        self.on_read(source_version)
        return replace(self.plans[source_version], source_digest=self.digest(source_version))

    def input_sets(self) -> Sequence[str]:
        return list(self.kept_inputs)

    def inputs(self, source_label: str) -> LegacyInputs:
        return self.kept_inputs[source_label]

    def loose_jobs(self) -> Sequence[Job]:
        return self.kept_jobs
