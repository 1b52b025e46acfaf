"""Config versions: making one, and finding the one that is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...domain.access.actor import Actor, Role
from ...domain.errors import InvalidRequestError
from ...domain.inputs.config import ConfigVersion
from ...domain.shared.clock import Clock
from ...domain.shared.events import EventDraft
from ..access.admission import Admission
from ..retrying import retried
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory

DEFAULT_CONFIG = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigChoice:
    """Which config version is meant: one by id, a new one by name, or whichever is obvious.

    ``new_config_version_id`` names one by id too, and has it made if there is none, under the name ``new_config``.
    """

    config_version_id: int | None = None
    new_config: str | None = None
    new_config_version_id: int | None = None

    def fits(self, config_version_id: int) -> bool:
        """Whether that config version is what is meant, or at least nothing else."""
        named = {self.config_version_id, self.new_config_version_id} - {None}
        return named <= {config_version_id} and (self.new_config is None or bool(named))

    async def made(self, uow: UnitOfWork, *, actor: Actor, clock: Clock) -> tuple[ConfigVersion, EventDraft | None]:
        """The config version that is meant, and what is to be told of it if it was made now.

        Without a choice it is the only one there is, or ``default`` made now when there is none.  The event is the
        caller's to append, late.

        Raises:
            InvalidRequestError: both kinds of choice were given, or none where several exist; they are listed.
            NotFoundError: there is none of that id.
            AlreadyExistsError: the new name is taken.
        """
        new = (self.new_config, self.new_config_version_id)
        if self.config_version_id is not None and new != (None, None):
            raise InvalidRequestError("Choose a config version by id or make a new one, not both.")
        if self.config_version_id is not None:
            return await uow.configs.get(self.config_version_id), None
        if self.new_config_version_id is not None:
            return await self._by_new_id(uow, self.new_config_version_id, actor=actor, clock=clock)
        if self.new_config is None:
            await uow.configs.next_id()  # whoever makes the first one lets us see it
            known = await uow.configs.list()
            if len(known) == 1:
                return known[0], None
            if known:
                choices = ", ".join(f"{config.config_version_id} {config.name}" for config in known)
                raise InvalidRequestError(
                    f"There are {len(known)} config versions: {choices}.",
                    remedy="Choose one with --config ID, or make one with --new-config NAME.",
                    choices=[[config.config_version_id, config.name] for config in known],
                )
        config = await make_config(uow, self.new_config or DEFAULT_CONFIG, actor=actor, clock=clock)
        return config, config.created_event(actor)

    async def _by_new_id(
        self, uow: UnitOfWork, number: int, *, actor: Actor, clock: Clock
    ) -> tuple[ConfigVersion, EventDraft | None]:
        await uow.configs.next_id()  # whoever makes it at this moment lets us see it
        known = [config for config in await uow.configs.list() if config.config_version_id == number]
        if known:
            return known[0], None
        name = self.new_config or f"version {number}"
        config = await make_config(uow, name, actor=actor, clock=clock, config_version_id=number)
        return config, config.created_event(actor)


async def make_config(
    uow: UnitOfWork,
    name: str,
    *,
    actor: Actor,
    clock: Clock,
    horizon_days: int | None = None,
    attributes: Mapping[str, Any] | None = None,
    config_version_id: int | None = None,
) -> ConfigVersion:
    """A new config version, of that id or the next free one, in somebody's unit of work; its event is to be told."""
    config = ConfigVersion(
        config_version_id=await uow.configs.next_id() if config_version_id is None else config_version_id,
        name=name,
        horizon_days=horizon_days,
        attributes=dict(attributes or {}),
        created_at=clock.now(),
        created_by=actor.name,
    )
    await uow.configs.add(config)
    return config


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateConfig:
    """Make a config version."""

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    clock: Clock

    @retried
    async def __call__(
        self,
        name: str,
        *,
        actor: Actor,
        horizon_days: int | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> ConfigVersion:
        """The new config version.

        Raises:
            ForbiddenError: the actor is no planner.
            AlreadyExistsError: the name is taken, in whatever case.
        """
        actor.require(Role.PLANNER)
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, actor)
            config = await make_config(
                uow, name, actor=actor, clock=self.clock, horizon_days=horizon_days, attributes=attributes
            )
            await uow.events.append(config.created_event(actor), at=config.created_at)
            await uow.commit()
        return config


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadConfigs:
    """Look at config versions."""

    unit_of_work: UnitOfWorkFactory

    async def list(self) -> Sequence[ConfigVersion]:
        """All config versions, in order of id."""
        async with self.unit_of_work(read_only=True) as uow:
            return await uow.configs.list()

    async def get(self, config_version_id: int) -> ConfigVersion:
        """The config version of that id.

        Raises:
            NotFoundError: there is none.
        """
        async with self.unit_of_work(read_only=True) as uow:
            return await uow.configs.get(config_version_id)
