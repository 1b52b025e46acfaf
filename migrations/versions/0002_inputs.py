"""Config versions, input sets, revisions, approvals and their rows."""

import sqlalchemy as sa
from alembic import op
from planvault.migrations.triggers import refuse_changes

from planvault.adapters.sql.types import Instant, key_text, real, whole

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# What was approved, and what tells of it: rows are added and, with their whole set, removed.
_NEVER_CHANGED = (
    "planning_input_contents",
    "planning_bom_links",
    "planning_calendars",
    "planning_capacity_buckets",
    "planning_family_demands",
    "planning_inbound_orders",
    "planning_inventory_snapshots",
    "planning_items",
    "planning_mix_shares",
    "planning_parameters",
    "planning_period_metrics",
    "planning_approvals",
    "planning_label_history",
)


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "config_versions",
        sa.Column("config_version_id", whole(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", key_text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("horizon_days", whole(), autoincrement=False, nullable=True),
        sa.Column("attributes_json", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.CheckConstraint("horizon_days > 0", name=op.f("ck_config_versions_horizon_days")),
        sa.PrimaryKeyConstraint("config_version_id", name=op.f("pk_config_versions")),
        sa.UniqueConstraint("name_key", name=op.f("uq_config_versions_name_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "planning_input_contents",
        sa.Column("content_id", whole(), autoincrement=False, nullable=False),
        sa.Column("content_hash", key_text(), nullable=False),
        sa.Column("row_counts_json", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("length(content_hash) IN (64)", name=op.f("ck_planning_input_contents_content_hash")),
        sa.PrimaryKeyConstraint("content_id", name=op.f("pk_planning_input_contents")),
        sa.UniqueConstraint("content_hash", name=op.f("uq_planning_input_contents_content_hash")),
        sqlite_strict=True,
    )
    op.create_table(
        "planning_bom_links",
        sa.Column("content_id", whole(), autoincrement=False, nullable=False),
        sa.Column("parent_code", key_text(), nullable=False),
        sa.Column("child_code", key_text(), nullable=False),
        sa.Column("qty", real(), nullable=False),
        sa.Column("attributes_json", key_text(), nullable=False),
        sa.CheckConstraint("qty >= 0", name=op.f("ck_planning_bom_links_qty")),
        sa.ForeignKeyConstraint(
            ["content_id"],
            ["planning_input_contents.content_id"],
            name=op.f("fk_planning_bom_links_content_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("content_id", "parent_code", "child_code", name=op.f("pk_planning_bom_links")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "planning_calendars",
        sa.Column("content_id", whole(), autoincrement=False, nullable=False),
        sa.Column("period", key_text(), nullable=False),
        sa.Column("sequence", whole(), autoincrement=False, nullable=False),
        sa.Column("week_code", key_text(), nullable=False),
        sa.Column("week_start", key_text(), nullable=True),
        sa.Column("week_end", key_text(), nullable=True),
        sa.Column("period_start", key_text(), nullable=False),
        sa.Column("period_end", key_text(), nullable=False),
        sa.Column("weight", real(), nullable=False),
        sa.Column("attributes_json", key_text(), nullable=False),
        sa.CheckConstraint("weight >= 0", name=op.f("ck_planning_calendars_weight")),
        sa.ForeignKeyConstraint(
            ["content_id"],
            ["planning_input_contents.content_id"],
            name=op.f("fk_planning_calendars_content_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("content_id", "period", "sequence", "week_code", name=op.f("pk_planning_calendars")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "planning_capacity_buckets",
        sa.Column("content_id", whole(), autoincrement=False, nullable=False),
        sa.Column("resource_code", key_text(), nullable=False),
        sa.Column("period", key_text(), nullable=False),
        sa.Column("capacity", real(), nullable=False),
        sa.Column("resource_type", key_text(), nullable=False),
        sa.Column("calendar_code", key_text(), nullable=True),
        sa.Column("attributes_json", key_text(), nullable=False),
        sa.CheckConstraint(
            "resource_type IN ('workcenter', 'node', 'supplier')",
            name=op.f("ck_planning_capacity_buckets_resource_type"),
        ),
        sa.CheckConstraint("capacity >= 0", name=op.f("ck_planning_capacity_buckets_capacity")),
        sa.ForeignKeyConstraint(
            ["content_id"],
            ["planning_input_contents.content_id"],
            name=op.f("fk_planning_capacity_buckets_content_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("content_id", "resource_code", "period", name=op.f("pk_planning_capacity_buckets")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "planning_family_demands",
        sa.Column("content_id", whole(), autoincrement=False, nullable=False),
        sa.Column("family_code", key_text(), nullable=False),
        sa.Column("period", key_text(), nullable=False),
        sa.Column("demand", real(), nullable=False),
        sa.Column("source_type", key_text(), nullable=False),
        sa.Column("tolerance_abs", real(), nullable=True),
        sa.Column("attributes_json", key_text(), nullable=False),
        sa.CheckConstraint(
            "source_type IN ('canonical', 'override', 'imported', 'legacy')",
            name=op.f("ck_planning_family_demands_source_type"),
        ),
        sa.CheckConstraint("demand >= 0", name=op.f("ck_planning_family_demands_demand")),
        sa.CheckConstraint("tolerance_abs >= 0", name=op.f("ck_planning_family_demands_tolerance_abs")),
        sa.ForeignKeyConstraint(
            ["content_id"],
            ["planning_input_contents.content_id"],
            name=op.f("fk_planning_family_demands_content_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("content_id", "family_code", "period", name=op.f("pk_planning_family_demands")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "planning_inbound_orders",
        sa.Column("content_id", whole(), autoincrement=False, nullable=False),
        sa.Column("item_code", key_text(), nullable=False),
        sa.Column("due_date", key_text(), nullable=False),
        sa.Column("po_id", key_text(), nullable=False),
        sa.Column("source_node", key_text(), nullable=False),
        sa.Column("dest_node", key_text(), nullable=False),
        sa.Column("qty", real(), nullable=False),
        sa.Column("attributes_json", key_text(), nullable=False),
        sa.CheckConstraint("qty >= 0", name=op.f("ck_planning_inbound_orders_qty")),
        sa.ForeignKeyConstraint(
            ["content_id"],
            ["planning_input_contents.content_id"],
            name=op.f("fk_planning_inbound_orders_content_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "content_id",
            "item_code",
            "due_date",
            "po_id",
            "source_node",
            "dest_node",
            name=op.f("pk_planning_inbound_orders"),
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "planning_input_sets",
        sa.Column("label_key", key_text(), nullable=False),
        sa.Column("label", key_text(), nullable=False),
        sa.Column("generation", whole(), autoincrement=False, nullable=False),
        sa.Column("config_version_id", whole(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("live", whole(), autoincrement=False, nullable=True),
        sa.Column("candidate", whole(), autoincrement=False, nullable=True),
        sa.Column("archived", whole(), autoincrement=False, nullable=False),
        sa.Column("next_number", whole(), autoincrement=False, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("row_version", whole(), autoincrement=False, nullable=False),
        sa.CheckConstraint("archived IN (0, 1)", name=op.f("ck_planning_input_sets_archived")),
        sa.CheckConstraint("live <> candidate", name=op.f("ck_planning_input_sets_one_role")),
        sa.ForeignKeyConstraint(
            ["config_version_id"],
            ["config_versions.config_version_id"],
            name=op.f("fk_planning_input_sets_config_version_id"),
        ),
        sa.PrimaryKeyConstraint("label_key", name=op.f("pk_planning_input_sets")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_planning_input_sets_config_version_id"), "planning_input_sets", ["config_version_id"], unique=False
    )
    op.create_table(
        "planning_inventory_snapshots",
        sa.Column("content_id", whole(), autoincrement=False, nullable=False),
        sa.Column("node_code", key_text(), nullable=False),
        sa.Column("item_code", key_text(), nullable=False),
        sa.Column("initial_qty", real(), nullable=False),
        sa.Column("reorder_point", real(), nullable=True),
        sa.Column("order_up_to", real(), nullable=True),
        sa.Column("safety_stock", real(), nullable=True),
        sa.Column("attributes_json", key_text(), nullable=False),
        sa.CheckConstraint("initial_qty >= 0", name=op.f("ck_planning_inventory_snapshots_initial_qty")),
        sa.CheckConstraint("order_up_to >= 0", name=op.f("ck_planning_inventory_snapshots_order_up_to")),
        sa.CheckConstraint("reorder_point >= 0", name=op.f("ck_planning_inventory_snapshots_reorder_point")),
        sa.CheckConstraint("safety_stock >= 0", name=op.f("ck_planning_inventory_snapshots_safety_stock")),
        sa.ForeignKeyConstraint(
            ["content_id"],
            ["planning_input_contents.content_id"],
            name=op.f("fk_planning_inventory_snapshots_content_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("content_id", "node_code", "item_code", name=op.f("pk_planning_inventory_snapshots")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "planning_items",
        sa.Column("content_id", whole(), autoincrement=False, nullable=False),
        sa.Column("item_code", key_text(), nullable=False),
        sa.Column("lead_time", real(), nullable=False),
        sa.Column("lot_size", real(), nullable=False),
        sa.Column("min_order_qty", real(), nullable=False),
        sa.Column("item_name", key_text(), nullable=True),
        sa.Column("unit", key_text(), nullable=True),
        sa.Column("attributes_json", key_text(), nullable=False),
        sa.CheckConstraint("lead_time >= 0", name=op.f("ck_planning_items_lead_time")),
        sa.CheckConstraint("lot_size >= 0", name=op.f("ck_planning_items_lot_size")),
        sa.CheckConstraint("min_order_qty >= 0", name=op.f("ck_planning_items_min_order_qty")),
        sa.ForeignKeyConstraint(
            ["content_id"],
            ["planning_input_contents.content_id"],
            name=op.f("fk_planning_items_content_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("content_id", "item_code", name=op.f("pk_planning_items")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "planning_mix_shares",
        sa.Column("content_id", whole(), autoincrement=False, nullable=False),
        sa.Column("family_code", key_text(), nullable=False),
        sa.Column("sku_code", key_text(), nullable=False),
        sa.Column("effective_from", key_text(), nullable=False),
        sa.Column("share", real(), nullable=False),
        sa.Column("effective_to", key_text(), nullable=True),
        sa.Column("weight_source", key_text(), nullable=False),
        sa.Column("attributes_json", key_text(), nullable=False),
        sa.CheckConstraint(
            "weight_source IN ('historical', 'manual', 'promotion', 'other', 'legacy')",
            name=op.f("ck_planning_mix_shares_weight_source"),
        ),
        sa.CheckConstraint("share >= 0", name=op.f("ck_planning_mix_shares_share")),
        sa.ForeignKeyConstraint(
            ["content_id"],
            ["planning_input_contents.content_id"],
            name=op.f("fk_planning_mix_shares_content_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "content_id", "family_code", "sku_code", "effective_from", name=op.f("pk_planning_mix_shares")
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "planning_parameters",
        sa.Column("content_id", whole(), autoincrement=False, nullable=False),
        sa.Column("scope", key_text(), nullable=False),
        sa.Column("name", key_text(), nullable=False),
        sa.Column("value_json", key_text(), nullable=False),
        sa.CheckConstraint("scope IN ('planning', 'calendar', 'metadata')", name=op.f("ck_planning_parameters_scope")),
        sa.ForeignKeyConstraint(
            ["content_id"],
            ["planning_input_contents.content_id"],
            name=op.f("fk_planning_parameters_content_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("content_id", "scope", "name", name=op.f("pk_planning_parameters")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "planning_period_metrics",
        sa.Column("content_id", whole(), autoincrement=False, nullable=False),
        sa.Column("metric_code", key_text(), nullable=False),
        sa.Column("period", key_text(), nullable=False),
        sa.Column("value", real(), nullable=False),
        sa.Column("unit", key_text(), nullable=True),
        sa.Column("source", key_text(), nullable=True),
        sa.Column("attributes_json", key_text(), nullable=False),
        sa.CheckConstraint(
            "metric_code IN ('cost', 'score', 'custom')", name=op.f("ck_planning_period_metrics_metric_code")
        ),
        sa.ForeignKeyConstraint(
            ["content_id"],
            ["planning_input_contents.content_id"],
            name=op.f("fk_planning_period_metrics_content_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("content_id", "metric_code", "period", name=op.f("pk_planning_period_metrics")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "planning_input_revisions",
        sa.Column("label_key", key_text(), nullable=False),
        sa.Column("generation", whole(), autoincrement=False, nullable=False),
        sa.Column("number", whole(), autoincrement=False, nullable=False),
        sa.Column("content_hash", key_text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("authors_json", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("row_counts_json", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("replaced", whole(), autoincrement=False, nullable=True),
        sa.CheckConstraint(
            "status IN ('draft', 'submitted', 'ready', 'rejected', 'superseded', 'reverted')",
            name=op.f("ck_planning_input_revisions_status"),
        ),
        sa.ForeignKeyConstraint(
            ["content_hash"],
            ["planning_input_contents.content_hash"],
            name=op.f("fk_planning_input_revisions_content_hash"),
        ),
        sa.ForeignKeyConstraint(
            ["label_key"], ["planning_input_sets.label_key"], name=op.f("fk_planning_input_revisions_label_key")
        ),
        sa.PrimaryKeyConstraint("label_key", "generation", "number", name=op.f("pk_planning_input_revisions")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_planning_input_revisions_content_hash"), "planning_input_revisions", ["content_hash"], unique=False
    )
    op.create_table(
        "planning_label_history",
        sa.Column("label_key", key_text(), nullable=False),
        sa.Column("generation", whole(), autoincrement=False, nullable=False),
        sa.Column("sequence", whole(), autoincrement=False, nullable=False),
        sa.Column("live", whole(), autoincrement=False, nullable=True),
        sa.Column("since", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["label_key"], ["planning_input_sets.label_key"], name=op.f("fk_planning_label_history_label_key")
        ),
        sa.PrimaryKeyConstraint("label_key", "generation", "sequence", name=op.f("pk_planning_label_history")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "planning_approvals",
        sa.Column("label_key", key_text(), nullable=False),
        sa.Column("generation", whole(), autoincrement=False, nullable=False),
        sa.Column("number", whole(), autoincrement=False, nullable=False),
        sa.Column("sequence", whole(), autoincrement=False, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_key", key_text(), nullable=False),
        sa.Column("verification", sa.Text(), nullable=False),
        sa.Column("approved_at", Instant(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("approvals_required", whole(), autoincrement=False, nullable=False),
        sa.Column("allow_self_approval", whole(), autoincrement=False, nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.CheckConstraint("allow_self_approval IN (0, 1)", name=op.f("ck_planning_approvals_allow_self_approval")),
        sa.CheckConstraint("length(signature) IN (64)", name=op.f("ck_planning_approvals_signature")),
        sa.ForeignKeyConstraint(
            ["label_key", "generation", "number"],
            [
                "planning_input_revisions.label_key",
                "planning_input_revisions.generation",
                "planning_input_revisions.number",
            ],
            name=op.f("fk_planning_approvals_label_key_generation_number"),
        ),
        sa.PrimaryKeyConstraint("label_key", "generation", "number", "sequence", name=op.f("pk_planning_approvals")),
        sa.UniqueConstraint(
            "label_key",
            "generation",
            "number",
            "actor_key",
            name=op.f("uq_planning_approvals_label_key_generation_number_actor_key"),
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    for table in _NEVER_CHANGED:
        refuse_changes(table, verbs=("UPDATE",))


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("planning_approvals")
    op.drop_table("planning_label_history")
    op.drop_table("planning_input_revisions")
    op.drop_table("planning_period_metrics")
    op.drop_table("planning_parameters")
    op.drop_table("planning_mix_shares")
    op.drop_table("planning_items")
    op.drop_table("planning_inventory_snapshots")
    op.drop_table("planning_input_sets")
    op.drop_table("planning_inbound_orders")
    op.drop_table("planning_family_demands")
    op.drop_table("planning_capacity_buckets")
    op.drop_table("planning_calendars")
    op.drop_table("planning_bom_links")
    op.drop_table("planning_input_contents")
    op.drop_table("config_versions")
