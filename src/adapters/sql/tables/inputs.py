"""Tables of config versions, input sets, their revisions, and the rows of contents."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, ForeignKeyConstraint, Index, Table, UniqueConstraint

from ....domain.inputs.fields import Field, FieldKind
from ....domain.inputs.import_report import ApplyMode, ImportOutcome
from ....domain.inputs.revision import RevisionStatus
from ....domain.inputs.sections import SECTIONS, Section
from ..types import key_text, real, whole
from .metadata import CLUSTERED, METADATA, STRICT, hex_digest, instant, integer, key, one_of, text, yes_or_no

CONFIG_VERSIONS = Table(
    "config_versions",
    METADATA,
    integer("config_version_id", primary=True),
    text("name", nullable=False),
    key("name_key"),
    text("status", nullable=False),
    integer("horizon_days", nullable=True),
    text("attributes_json", nullable=False),
    instant("created_at"),
    text("created_by", nullable=False),
    UniqueConstraint("name_key"),
    CheckConstraint("horizon_days > 0", name="horizon_days"),
    **STRICT,
)

INPUT_SETS = Table(
    "planning_input_sets",
    METADATA,
    key("label_key", primary=True),
    key("label"),
    integer("generation"),
    Column(
        "config_version_id",
        whole(),
        ForeignKey("config_versions.config_version_id"),
        nullable=False,
        index=True,
    ),
    text("title"),
    integer("live", nullable=True),
    integer("candidate", nullable=True),
    integer("archived"),
    integer("next_number"),
    instant("created_at"),
    instant("updated_at"),
    integer("row_version"),
    yes_or_no("archived"),
    CheckConstraint("live <> candidate", name="one_role"),
    **CLUSTERED,
)

INPUT_CONTENTS = Table(
    "planning_input_contents",
    METADATA,
    integer("content_id", primary=True),
    key("content_hash"),
    text("row_counts_json", nullable=False),
    instant("created_at"),
    UniqueConstraint("content_hash"),
    hex_digest("content_hash"),
    **STRICT,
)

INPUT_REVISIONS = Table(
    "planning_input_revisions",
    METADATA,
    Column("label_key", key_text(), ForeignKey("planning_input_sets.label_key"), primary_key=True),
    integer("generation", primary=True),
    integer("number", primary=True),
    Column(
        "content_hash",
        key_text(),
        ForeignKey("planning_input_contents.content_hash"),
        nullable=False,
        index=True,
    ),
    text("status", nullable=False),
    text("authors_json", nullable=False),
    text("source", nullable=False),
    text("row_counts_json", nullable=False),
    instant("created_at"),
    integer("replaced", nullable=True),
    one_of("status", RevisionStatus),
    **CLUSTERED,
)

APPROVALS = Table(
    "planning_approvals",
    METADATA,
    key("label_key", primary=True),
    integer("generation", primary=True),
    integer("number", primary=True),
    integer("sequence", primary=True),
    text("actor", nullable=False),
    key("actor_key"),
    text("verification", nullable=False),
    instant("approved_at"),
    text("comment"),
    integer("approvals_required"),
    integer("allow_self_approval"),
    text("signature", nullable=False),
    ForeignKeyConstraint(
        ["label_key", "generation", "number"],
        [
            "planning_input_revisions.label_key",
            "planning_input_revisions.generation",
            "planning_input_revisions.number",
        ],
    ),
    UniqueConstraint("label_key", "generation", "number", "actor_key"),
    yes_or_no("allow_self_approval"),
    hex_digest("signature"),
    **CLUSTERED,
)

LABEL_HISTORY = Table(
    "planning_label_history",
    METADATA,
    Column("label_key", key_text(), ForeignKey("planning_input_sets.label_key"), primary_key=True),
    integer("generation", primary=True),
    integer("sequence", primary=True),
    integer("live", nullable=True),
    instant("since"),
    **CLUSTERED,
)

# What is remembered of a label that was deleted: numbers go on from there, in another generation.
LABEL_TOMBSTONES = Table(
    "planning_label_tombstones",
    METADATA,
    key("label_key", primary=True),
    key("label"),
    integer("generation"),
    integer("next_number"),
    instant("deleted_at"),
    **CLUSTERED,
)

IMPORT_REPORTS = Table(
    "planning_import_reports",
    METADATA,
    key("report_id", primary=True),
    key("label_key"),
    key("label"),
    text("outcome", nullable=False),
    integer("revision", nullable=True),
    text("actor", nullable=False),
    text("verification", nullable=False),
    text("source", nullable=False),
    text("apply_mode", nullable=False),
    text("message"),
    integer("problem_count"),
    text("problems_json", nullable=False),
    text("files_json", nullable=False),
    instant("created_at"),
    one_of("outcome", ImportOutcome),
    one_of("apply_mode", ApplyMode),
    Index(None, "label_key", "created_at"),
    Index(None, "created_at", "report_id"),
    **STRICT,
)

_TABLE_NAMES = {"calendar_weeks": "planning_calendars"}


def _column(section: Section, rule: Field) -> Column[object]:
    primary = rule.name in section.key
    nullable = not primary and not rule.required and rule.default is None
    if rule.kind is FieldKind.NUMBER:
        return Column(rule.name, real(), nullable=nullable)
    if rule.kind is FieldKind.INTEGER:
        return Column(rule.name, whole(), primary_key=primary, nullable=nullable, autoincrement=False)
    return Column(rule.name, key_text(), primary_key=primary, nullable=nullable)


def _section_table(section: Section) -> Table:
    return Table(
        _TABLE_NAMES.get(section.name, f"planning_{section.name}"),
        METADATA,
        Column(
            "content_id",
            whole(),
            ForeignKey("planning_input_contents.content_id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        *(_column(section, rule) for rule in section.fields),
        *(
            CheckConstraint(f"{rule.name} >= {rule.minimum:g}", name=rule.name)
            for rule in section.fields
            if rule.kind is FieldKind.NUMBER and rule.minimum is not None
        ),
        *(one_of(rule.name, rule.choices) for rule in section.fields if rule.kind is FieldKind.CHOICE),
        **CLUSTERED,
    )


SECTION_TABLES = {section.name: _section_table(section) for section in SECTIONS}
