"""Tables of plan versions and their payload; every per-version table has ``version_id`` in its keys (ADR 12)."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, UniqueConstraint

from ....domain.plans.baseline import BaselineReason
from ....domain.plans.series import MEASURES, TEXT_COLUMNS
from ....domain.plans.stage import PlanStage
from ....domain.plans.version import PlanOrigin, PlanStatus
from ..types import key_text, real, whole
from .metadata import CLUSTERED, METADATA, STRICT, hex_digest, instant, integer, key, one_of, text, yes_or_no

PLAN_VERSIONS = Table(
    "plan_versions",
    METADATA,
    key("version_id", primary=True),
    key("version_key"),
    text("title"),
    text("status", nullable=False),
    integer("trial"),
    integer("pinned"),
    text("origin", nullable=False),
    integer("config_version_id", nullable=True),
    key("input_set_label", nullable=True),
    integer("input_set_revision", nullable=True),
    key("input_content_hash", nullable=True),
    text("engine_name"),
    text("engine_version"),
    text("engine_parameters_json", nullable=False),
    key("run_id", nullable=True),
    key("plan_job_id", nullable=True),
    key("base_version_id", nullable=True),
    text("cutover_date"),
    integer("recon_window_days", nullable=True),
    text("objective"),
    text("note"),
    text("payload_digest", nullable=False),
    text("plan_digest", nullable=False),
    integer("series_rows"),
    instant("created_at"),
    text("created_by", nullable=False),
    instant("updated_at"),
    integer("row_version"),
    # Their defaults are for rows that were there before these columns were.
    Column("created_by_key", key_text(), nullable=False, server_default=""),
    Column("stage", Text, one_of("stage", PlanStage), nullable=False, server_default=PlanStage.DRAFT),
    Column("stale_levels_json", Text, nullable=False, server_default="[]"),
    UniqueConstraint("version_key"),
    one_of("status", PlanStatus),
    one_of("origin", PlanOrigin),
    yes_or_no("trial"),
    yes_or_no("pinned"),
    hex_digest("payload_digest", may_be_empty=True),
    hex_digest("plan_digest", may_be_empty=True),
    Index(None, "created_at", "version_id"),
    Index(None, "input_set_label"),
    Index(None, "input_content_hash"),
    Index(None, "status", "version_id"),
    Index(None, "config_version_id"),
    **STRICT,
)


def version_key() -> Column[str]:
    """The version that a row belongs to; it goes with it."""
    return Column(
        "version_id",
        key_text(),
        ForeignKey("plan_versions.version_id", ondelete="CASCADE"),
        primary_key=True,
    )


PLAN_EDITORS = Table(
    "plan_editors",
    METADATA,
    version_key(),
    key("editor_key", primary=True),
    text("editor", nullable=False),
    integer("sequence"),
    **CLUSTERED,
)

PLAN_APPROVALS = Table(
    "plan_approvals",
    METADATA,
    version_key(),
    integer("sequence", primary=True),
    text("actor", nullable=False),
    key("actor_key"),
    text("verification", nullable=False),
    instant("approved_at"),
    text("comment"),
    integer("approvals_required"),
    integer("allow_self_approval"),
    text("signature", nullable=False),
    UniqueConstraint("version_id", "actor_key"),
    CheckConstraint("approvals_required > 0", name="approvals_required"),
    yes_or_no("allow_self_approval"),
    hex_digest("signature"),
    **CLUSTERED,
)

PLAN_BASELINES = Table(
    "plan_baselines",
    METADATA,
    Column(
        "config_version_id",
        whole(),
        ForeignKey("config_versions.config_version_id"),
        primary_key=True,
        autoincrement=False,
    ),
    integer("sequence", primary=True),
    key("version_id"),
    text("reason", nullable=False),
    instant("since"),
    text("actor", nullable=False),
    text("verification", nullable=False),
    text("comment"),
    one_of("reason", BaselineReason),
    Index(None, "version_id"),
    **CLUSTERED,
)

_SERIES_KEY = TEXT_COLUMNS[:5]

PLAN_SERIES = Table(
    "plan_series",
    METADATA,
    version_key(),
    *(key(name, primary=True) for name in _SERIES_KEY),
    *(text(name) for name in TEXT_COLUMNS[5:]),
    integer("cutover_flag"),
    integer("window_index", nullable=True),
    *(Column(name, real()) for name in MEASURES),
    text("splits_json", nullable=False),
    text("extra_json", nullable=False),
    integer("config_version_id", nullable=True),
    integer("scenario_id", nullable=True),
    text("source_run_id"),
    yes_or_no("cutover_flag"),
    Index(None, "version_id", "level", "item_key"),
    **CLUSTERED,
)

PLAN_LEVEL_SUMMARIES = Table(
    "plan_level_summaries",
    METADATA,
    version_key(),
    key("level", primary=True),
    integer("row_count"),
    text("digest", nullable=False),
    Column("demand", real()),
    Column("supply", real()),
    Column("supply_received", real()),
    Column("backlog", real()),
    Column("capacity_used", real()),
    hex_digest("digest"),
    CheckConstraint("row_count >= 0", name="row_count"),
    **CLUSTERED,
)

PLAN_DIGESTS = Table(
    "plan_digests",
    METADATA,
    version_key(),
    key("level", primary=True),
    key("time_bucket_type", primary=True),
    key("time_bucket_key", primary=True),
    text("digest", nullable=False),
    integer("row_count"),
    hex_digest("digest"),
    **CLUSTERED,
)

PLAN_KPIS = Table(
    "plan_kpis",
    METADATA,
    version_key(),
    key("metric", primary=True),
    key("bucket_type", primary=True),
    key("bucket_key", primary=True),
    Column("value", real(), nullable=False),
    text("unit", nullable=False),
    **CLUSTERED,
)

PLAN_ARTIFACTS = Table(
    "plan_artifacts",
    METADATA,
    version_key(),
    key("name", primary=True),
    key("kind", primary=True),
    text("json_text", nullable=False),
    one_of("kind", ("header", "artifact")),
    **CLUSTERED,
)
