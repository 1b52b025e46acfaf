"""Admission: whether an actor is believed, asked in the transaction of every write."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.access.actor import Actor, Verification
from ...domain.access.token import refused_token
from ...domain.errors import UnauthenticatedError
from ...domain.shared.clock import Clock
from ...domain.shared.ids import TokenId
from ..unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Who may write at all, and whether anybody may at present.

    A name that somebody merely asserts is believed while the store never issued a token, and never when
    ``verified_only`` is set.  What the actor may then do is a question of roles, which the domain asks.
    """

    clock: Clock
    verified_only: bool = False

    async def admit(self, uow: UnitOfWork, actor: Actor, *, during_pause: bool = False) -> None:
        """Let a believed actor pass, unless writes are paused; maintenance goes on ``during_pause``.

        Raises:
            UnauthenticatedError: the name is only asserted where that is not enough, or the token no longer holds.
            PausedError: an operator paused writes.
        """
        await self._believe(uow, actor)
        if not during_pause:
            await self.require_open(uow)

    async def require_open(self, uow: UnitOfWork) -> None:
        """Let writes pass, unless an operator paused them.

        Raises:
            PausedError: an operator did.
        """
        pause, now = await uow.maintenance.pause(), self.clock.now()
        if pause is not None and pause.holds(now):
            raise pause.refusal(now)

    async def _believe(self, uow: UnitOfWork, actor: Actor) -> None:
        if actor.verification is Verification.ASSERTED:
            if await self.requires_verification(uow):
                raise UnauthenticatedError(
                    f"{actor.name} is only a name here: this store takes verified actors.",
                    remedy="Set PLANVAULT_TOKEN (or send it as 'Authorization: Bearer …').",
                )
        elif actor.verification is Verification.TOKEN:
            token = None if actor.token_id is None else await uow.tokens.find(TokenId(actor.token_id))
            if token is None or not token.is_active(self.clock.now()) or not token.covers(actor):
                raise refused_token()

    def believes(self, actor: Actor) -> bool:
        """Whether a store without tokens would take the actor's bare word."""
        return actor.verification is Verification.ASSERTED and not self.verified_only

    async def requires_verification(self, uow: UnitOfWork) -> bool:
        """Whether an asserted name is no longer enough."""
        return self.verified_only or await uow.tokens.any()
