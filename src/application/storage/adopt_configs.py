"""Config versions of a legacy system: found by name, or made under their own ids where those are free."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ...domain.access.actor import Actor
from ...domain.inputs.config import ConfigVersion
from ...domain.shared.ids import folded
from ..unit_of_work import UnitOfWork
from .legacy_source import LegacyConfig


async def adopt_configs(
    uow: UnitOfWork, configs: Sequence[LegacyConfig], *, actor: Actor, at: datetime
) -> dict[int, int]:
    """The config versions here by the source's ids; those that are not here yet are made."""
    known = await uow.configs.list()
    by_name = {folded(config.name): config.config_version_id for config in known}
    taken = {config.config_version_id for config in known}
    mapped: dict[int, int] = {}
    for config in configs:
        number = by_name.get(folded(config.name))
        if number is None:
            number = await uow.configs.next_id() if config.config_id in taken else config.config_id
            made = ConfigVersion(
                config_version_id=number,
                name=config.name,
                status=config.status,
                horizon_days=config.horizon_days,
                attributes=config.attributes,
                created_at=config.created_at,
                created_by=actor.name,
            )
            await uow.configs.add(made)
            await uow.events.append(made.created_event(actor), at=at)
            by_name[folded(config.name)] = number
            taken.add(number)
        mapped[config.config_id] = number
    return mapped
