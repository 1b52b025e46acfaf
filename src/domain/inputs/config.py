"""Config versions: the scope that input sets belong to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..access.actor import Actor
from ..errors import InvalidRequestError
from ..shared.canonical import json_value
from ..shared.events import EventDraft
from ..shared.ids import free_text

CONFIG_NAME_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigVersion:
    """A scope of planning: an id, a name, a horizon and what else the team notes; it holds no rows of its own.

    ``horizon_days`` is null where the calendar alone says how far plans reach.
    """

    config_version_id: int
    name: str
    status: str = "active"
    horizon_days: int | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime
    created_by: str

    def __post_init__(self) -> None:
        """A name is needed, a horizon is at least a day, and attributes are JSON that can be kept."""
        name = free_text("name of the config version", self.name, limit=CONFIG_NAME_LENGTH)
        if not name:
            raise InvalidRequestError("The config version needs a name.")
        if self.horizon_days is not None and self.horizon_days < 1:
            raise InvalidRequestError(f"The horizon is {self.horizon_days} days; it must be at least 1.")
        attributes = json_value(self.attributes, what="attributes of the config version")
        object.__setattr__(self, "attributes", attributes)
        object.__setattr__(self, "name", name)

    def created_event(self, actor: Actor) -> EventDraft:
        """What the ledger says of its making."""
        return EventDraft(
            stream=f"config/{self.config_version_id}",
            action="create",
            subject=f"config/{self.config_version_id}",
            actor=actor,
            details={"name": self.name, "horizon_days": self.horizon_days, "attributes": dict(self.attributes)},
        )
