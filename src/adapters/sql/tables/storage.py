"""Tables of how payloads are kept."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Table, Text

from ....domain.storage.state import Side, StorageMode
from ..types import key_text
from .metadata import CLUSTERED, METADATA, STRICT, hex_digest, instant, integer, one_of, text

STORAGE_STATE = Table(
    "storage_state",
    METADATA,
    integer("id", primary=True),
    text("store_id", nullable=False),
    text("mode", nullable=False),
    text("primary_side", nullable=False),
    instant("since"),
    instant("verified_at", nullable=True),
    integer("verified_versions", nullable=True),
    integer("verified_findings", nullable=True),
    Column("epoch", Text, nullable=False, server_default=""),  # the default is for a row that was there before
    CheckConstraint("id = 1", name="id"),
    one_of("mode", StorageMode),
    one_of("primary_side", Side),
    **STRICT,
)

PLAN_FOLDERS = Table(
    "plan_folders",
    METADATA,
    Column(
        "version_id",
        key_text(),
        ForeignKey("plan_versions.version_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    text("digest", nullable=False),
    text("suffix", nullable=False),
    text("payload_digest", nullable=False),
    hex_digest("digest"),
    hex_digest("payload_digest"),
    **CLUSTERED,
)
