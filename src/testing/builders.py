"""Builders: small valid things, of which a test says only what matters to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from ..domain.access.actor import Actor, Role, Verification
from ..domain.access.policy import ApprovalPolicy
from ..domain.inputs.config import ConfigVersion
from ..domain.inputs.content import InputContent, parameter_rows
from ..domain.inputs.input_set import InputSet, new_input_set
from ..domain.inputs.rows import (
    BomLink,
    CalendarWeek,
    CapacityBucket,
    FamilyDemand,
    InboundOrder,
    InventorySnapshot,
    Item,
    MixShare,
    PeriodMetric,
)
from ..domain.plans.digests import SeriesDigester
from ..domain.plans.kpis import Kpi
from ..domain.plans.series import BucketDigest, PlanSeries, SeriesRow, Split, splits_text
from ..domain.plans.version import PlanOrigin, PlanVersion, Provenance
from ..domain.runs.job import Job, Lease
from ..domain.runs.run import Run
from ..domain.shared.events import EventDraft
from ..domain.shared.ids import JobId, Label, RunId, VersionId
from .clocks import NOON

AYA = Actor.asserted("aya")
BEN = Actor.asserted("ben")
DIGEST = "0" * 64


def an_actor(name: str, *roles: Role, verification: Verification = Verification.JWT) -> Actor:
    """Somebody with exactly these roles, verified by the host."""
    return Actor(name=name, roles=frozenset(roles), verification=verification)


def a_content(*, demand: float = 100.0) -> InputContent:
    """A content with a row in every section."""
    return InputContent.of(
        {
            "family_demands": [FamilyDemand("F1", "2026-01", demand), FamilyDemand("F1", "2026-02", 120.0)],
            "capacity_buckets": [CapacityBucket("WC1", "2026-01", 500.0), CapacityBucket("WC1", "2026-02", 500.0)],
            "mix_shares": [MixShare("F1", "SKU1", "", 0.6), MixShare("F1", "SKU2", "2026-01-01", 0.4, "2026-12-31")],
            "inventory_snapshots": [InventorySnapshot("WH1", "SKU1", 50.0, safety_stock=5.5)],
            "inbound_orders": [InboundOrder("COMP1", "2026-01-10", "PO-1", "", "WH1", 100.0)],
            "period_metrics": [PeriodMetric("cost", "2026-01", -1.5, "EUR", None, '{"note":"é"}')],
            "items": [Item("SKU1", 7.0, 10.0, 0.0, "Drill"), Item("COMP1", 14.0)],
            "bom_links": [BomLink("SKU1", "COMP1", 1.0)],
            "calendar_weeks": [
                CalendarWeek("2026-01", 1, "2026-W01", "2026-01-01", "2026-01-04", "2026-01-01", "2026-01-31", 4.0),
                CalendarWeek("2026-02", 1, "", None, None, "2026-02-01", "2026-02-28"),
            ],
            "parameters": parameter_rows("planning", {"lt_unit": "day"}),
        }
    )


def a_config(number: int = 1, name: str = "default") -> ConfigVersion:
    """A config version."""
    return ConfigVersion(config_version_id=number, name=name, created_at=NOON, created_by="aya")


def an_input_set(
    label: str = "weekly", *, config_version_id: int = 1, content: InputContent | None = None, at: datetime = NOON
) -> InputSet:
    """A set whose first revision is a draft candidate brought by Aya."""
    brought = content or a_content()
    empty = new_input_set(Label(label), config_version_id=config_version_id, title="Weekly inputs", at=at)
    after, _, _ = empty.bring(brought.content_hash, actor=AYA, at=at, source="csv", row_counts=brought.row_counts)
    return after


def approved(input_set: InputSet, *, at: datetime = NOON) -> InputSet:
    """The set, its candidate submitted by Aya and approved by Ben."""
    candidate = input_set.candidate_revision
    submitted, _ = input_set.submit(candidate.number, actor=AYA, at=at)
    live, _ = submitted.approve(
        candidate.number, candidate.content_hash, actor=BEN, policy=ApprovalPolicy(), at=at, comment="seen"
    )
    return live


def a_plan(version_id: str = "v1", *, at: datetime = NOON, **changes: Any) -> PlanVersion:
    """A draft plan version made elsewhere."""
    fields: dict[str, Any] = {
        "version_id": VersionId(version_id),
        "provenance": Provenance(origin=PlanOrigin.REGISTERED, engine_parameters={"round_mode": "int"}),
        "payload_digest": DIGEST,
        "plan_digest": DIGEST,
        "series_rows": 0,
        "created_at": at,
        "created_by": "aya",
        "updated_at": at,
    }
    return PlanVersion(**fields | changes)


def a_run(run_id: str = "run-1", *, at: datetime = NOON, **changes: Any) -> Run:
    """A run that has just begun."""
    fields: dict[str, Any] = {
        "run_id": RunId(run_id),
        "started_at": at,
        "started_by": "aya",
        "input_set_label": "weekly",
        "engine_name": "reference",
        "engine_version": "1.0",
        "engine_parameters": {"weeks": 4},
    }
    return Run(**fields | changes)


A_LEASE = Lease(owner="worker-1", until=NOON + timedelta(seconds=30))


def a_job(job_id: str = "job-1", *, at: datetime = NOON, **changes: Any) -> Job:
    """A queued planning job."""
    fields: dict[str, Any] = {
        "job_id": JobId(job_id),
        "kind": "planning",
        "trigger": "test",
        "parameters": {"input_set": "weekly"},
        "submitted_at": at,
        "submitted_by": "aya",
    }
    return Job(**fields | changes)


def an_event(stream: str = "plan/v1", action: str = "create", **changes: Any) -> EventDraft:
    """Something Aya did."""
    fields: dict[str, Any] = {"stream": stream, "action": action, "subject": stream, "actor": AYA}
    return EventDraft(**fields | changes)


def det_rows(count: int = 10, *, weeks: int = 5, demand: float = 10.0) -> list[SeriesRow]:
    """Rows of the level ``det`` in key order, spread over some weeks."""
    per_week = -(-count // weeks)
    rows = [
        SeriesRow(
            level="det",
            time_bucket_type="week",
            time_bucket_key=f"2026-W{week:02d}",
            item_key=f"SKU{item:04d}",
            item_name="Drill" if item % 2 else None,
            location_type="global",
            demand=demand + item,
            supply=demand,
            backlog=float(item),
            inventory_open=0.0,
            splits_json=splits_text([Split("2026-01", "F1", demand + item, demand, float(item))]),
            extra_json='{"lot":10}' if item % 3 == 0 else "{}",
        )
        for week in range(1, weeks + 1)
        for item in range(per_week)
    ]
    return rows[:count]


def aggregate_rows() -> list[SeriesRow]:
    """Two families in two months, with a backlog in the second."""
    return [
        SeriesRow(
            level="aggregate",
            time_bucket_type="month",
            time_bucket_key=month,
            item_key=family,
            demand=100.0,
            supply=supply,
            backlog=100.0 - supply,
            capacity_used=200.0,
        )
        for month, supply in (("2026-01", 100.0), ("2026-02", 80.0))
        for family in ("F1", "F2")
    ]


def digested(rows: Sequence[SeriesRow], version_id: str = "v1") -> tuple[PlanSeries, list[BucketDigest]]:
    """What the rows of a level come to."""
    digester = SeriesDigester(VersionId(version_id), rows[0].level)
    digester.take(rows)
    return digester.close(), digester.buckets


def some_kpis() -> list[Kpi]:
    """Two KPIs in key order."""
    return [
        Kpi(metric="backlog_total", bucket_type="total", bucket_key="total", value=40.0, unit="units"),
        Kpi(metric="fill_rate", bucket_type="month", bucket_key="2026-01", value=1.0, unit="ratio"),
    ]


async def in_batches(rows: Iterable[SeriesRow], size: int = 3) -> AsyncIterator[list[SeriesRow]]:
    """Rows as writers take them."""
    batch: list[SeriesRow] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def moments(count: int, *, start: datetime = NOON) -> Iterator[datetime]:
    """So many moments, a second apart."""
    for number in range(count):
        yield start + timedelta(seconds=number)
