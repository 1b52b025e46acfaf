"""Tables of the ledger that belong to no single context: events, checkpoints, counters, access tokens."""

from __future__ import annotations

from sqlalchemy import Column, Table, UniqueConstraint

from ..types import key_text, whole
from .metadata import CLUSTERED, METADATA, STRICT, hex_digest, instant, integer, key, one_of, text

COUNTERS = Table(
    "counters",
    METADATA,
    key("name", primary=True),
    integer("value"),
    **STRICT,
)

EVENTS = Table(
    "events",
    METADATA,
    key("stream", primary=True),
    integer("sequence", primary=True),
    Column("position", whole(), nullable=False),
    text("action", nullable=False),
    Column("subject", key_text(), nullable=False, index=True),
    text("actor", nullable=False),
    text("verification", nullable=False),
    text("comment"),
    text("details_json", nullable=False),
    instant("recorded_at"),
    text("previous_hash", nullable=False),
    text("hash", nullable=False),
    UniqueConstraint("position"),
    one_of("verification", ("asserted", "token", "jwt")),
    hex_digest("previous_hash"),
    hex_digest("hash"),
    **STRICT,
)

EVENT_HEADS = Table(
    "event_heads",
    METADATA,
    key("stream", primary=True),
    integer("sequence"),
    text("hash", nullable=False),
    hex_digest("hash"),
    **STRICT,
)

EVENT_CHECKPOINTS = Table(
    "event_checkpoints",
    METADATA,
    integer("number", primary=True),
    integer("position"),
    integer("stream_count"),
    instant("recorded_at"),
    text("reason", nullable=False),
    text("previous_hash", nullable=False),
    text("hash", nullable=False),
    hex_digest("previous_hash"),
    hex_digest("hash"),
    **STRICT,
)

ACCESS_TOKENS = Table(
    "access_tokens",
    METADATA,
    key("token_id", primary=True),
    text("actor_name", nullable=False),
    text("roles_json", nullable=False),
    text("secret_hash", nullable=False),
    instant("created_at"),
    text("created_by", nullable=False),
    instant("expires_at", nullable=True),
    instant("revoked_at", nullable=True),
    integer("row_version"),
    hex_digest("secret_hash"),
    **CLUSTERED,
)
