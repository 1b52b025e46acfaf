"""Tables of what lies over plans: overrides, locks and weights."""

from __future__ import annotations

from sqlalchemy import Column, Table

from ....domain.plans.editing.overlay import OverrideOrigin
from ..types import real
from .metadata import CLUSTERED, METADATA, instant, key, one_of, text
from .plans import version_key

_ROW = ("level", "time_bucket_key", "item_key", "location_key")

PLAN_OVERRIDES = Table(
    "plan_overrides",
    METADATA,
    version_key(),
    *(key(name, primary=True) for name in (*_ROW, "field")),
    Column("value", real(), nullable=False),
    text("origin", nullable=False),
    text("shares_json", nullable=False),
    text("author", nullable=False),
    instant("updated_at"),
    one_of("origin", OverrideOrigin),
    **CLUSTERED,
)

# A field that is empty stands for the whole row.
PLAN_LOCKS = Table(
    "plan_locks",
    METADATA,
    version_key(),
    *(key(name, primary=True) for name in (*_ROW, "field")),
    text("actor", nullable=False),
    instant("locked_at"),
    **CLUSTERED,
)

PLAN_WEIGHTS = Table(
    "plan_weights",
    METADATA,
    version_key(),
    *(key(name, primary=True) for name in _ROW),
    Column("weight", real(), nullable=False),
    **CLUSTERED,
)
