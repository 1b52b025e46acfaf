"""Tables of backfills, and how each version stands that one was about."""

from __future__ import annotations

from sqlalchemy import Index, Table

from ....domain.storage.backfill import BackfillStatus, Outcome
from .metadata import METADATA, STRICT, hex_digest, instant, integer, key, one_of, text

PLAN_BACKFILL_RUNS = Table(
    "plan_backfill_runs",
    METADATA,
    key("run_id", primary=True),
    text("source", nullable=False),
    text("status", nullable=False),
    text("options_json", nullable=False),
    text("counts_json", nullable=False),
    integer("series_rows"),
    instant("started_at"),
    text("started_by", nullable=False),
    instant("finished_at", nullable=True),
    text("message"),
    text("lease_owner"),
    instant("lease_until", nullable=True),
    integer("row_version"),
    one_of("status", BackfillStatus),
    Index(None, "started_at", "run_id"),
    Index(None, "status"),
    **STRICT,
)

# No link to the version: an item outlives it, and one that failed never had any.
PLAN_BACKFILL_ITEMS = Table(
    "plan_backfill_items",
    METADATA,
    key("version_id", primary=True),
    text("source_version", nullable=False),
    key("run_id"),
    text("outcome", nullable=False),
    text("source_digest"),
    text("payload_digest"),
    integer("series_rows"),
    integer("kpi_count"),
    integer("attempts"),
    text("reason"),
    text("differences_json", nullable=False),
    instant("updated_at"),
    one_of("outcome", Outcome),
    hex_digest("source_digest"),
    hex_digest("payload_digest"),
    Index(None, "run_id", "version_id"),
    **STRICT,
)
