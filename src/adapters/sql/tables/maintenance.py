"""Tables of maintenance."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Table

from .metadata import CLUSTERED, METADATA, instant, integer, text

# One row, or none.
MAINTENANCE_PAUSE = Table(
    "maintenance_pause",
    METADATA,
    integer("number", primary=True),
    text("reason", nullable=False),
    instant("since"),
    instant("until"),
    text("actor", nullable=False),
    CheckConstraint("number = 1", name="number"),
    **CLUSTERED,
)
