"""Inputs and config versions, as the facade offers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...domain.access.actor import Actor
from ...domain.inputs.config import ConfigVersion
from .comparing import Comparing
from .exporting import Exporting
from .following import Following
from .importing import Importing
from .keeping import Keeping
from .labels import Labels
from .manage_configs import CreateConfig, ReadConfigs
from .reading import Reading
from .reporting import Reporting
from .reviewing import Reviewing


@dataclass(frozen=True, slots=True, kw_only=True)
class Configs:
    """Config versions."""

    create_config: CreateConfig
    read: ReadConfigs

    async def create(
        self,
        name: str,
        *,
        actor: Actor,
        horizon_days: int | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> ConfigVersion:
        """Make a config version (``CreateConfig``)."""
        return await self.create_config(name, actor=actor, horizon_days=horizon_days, attributes=attributes)

    async def list(self) -> Sequence[ConfigVersion]:
        """All config versions, in order of id."""
        return await self.read.list()

    async def get(self, config_version_id: int) -> ConfigVersion:
        """The config version of that id."""
        return await self.read.get(config_version_id)


@dataclass(frozen=True, kw_only=True)
class Inputs(Importing, Reviewing, Keeping, Reading, Labels, Following, Comparing, Reporting, Exporting):
    """Input sets: how they come in, become live, are looked at, compared and taken out."""
