"""Tables of the mirror: commits that the files root does not have yet."""

from __future__ import annotations

from sqlalchemy import Table

from .metadata import METADATA, STRICT, instant, integer, text

OUTBOX = Table(
    "outbox",
    METADATA,
    integer("commit_seq", primary=True),
    integer("position"),
    instant("noted_at"),
    text("touched_json", nullable=False),
    **STRICT,
)
