"""Issuing, listing and revoking access tokens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...domain.access.actor import Actor, Role
from ...domain.access.token import AccessToken, parse_token, refused_token
from ...domain.errors import ConflictError, InvalidRequestError, NotFoundError
from ...domain.shared.clock import Clock
from ...domain.shared.ids import TokenId, comment
from ..retrying import retried
from ..unit_of_work import UnitOfWorkFactory
from .admission import Admission

LONGEST_LIFE_DAYS = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueToken:
    """Make a token for somebody; its text is answered once and kept nowhere."""

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    clock: Clock

    @retried
    async def __call__(
        self, name: str, roles: Iterable[Role], *, actor: Actor, days: int = LONGEST_LIFE_DAYS
    ) -> tuple[AccessToken, str]:
        """The token and its text.

        While no admin's token is active, an asserted name may issue one, and it has the role admin besides those asked
        for: this makes the first token of a store, and the next after every admin's has expired.  HTTP asks for a
        token even then, once there ever was one; ``PLANVAULT_ACCESS=verified`` closes this door altogether.

        Raises:
            UnauthenticatedError: an admin's token is active, or only verified actors count, and the actor is none.
            ForbiddenError: the actor is no admin.
            InvalidRequestError: no role is asked for, or the life is not between 1 and 365 days.
        """
        wanted = frozenset(roles)
        actor.require(Role.ADMIN)
        if not 1 <= days <= LONGEST_LIFE_DAYS:
            raise InvalidRequestError(f"A token lives 1 to {LONGEST_LIFE_DAYS} days, not {days}.")
        if not wanted:
            raise InvalidRequestError("The token needs a role.", remedy=f"One of: {', '.join(Role)}.")
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            await uow.tokens.lock()
            without_admin = not any(_opens_admin(known, now) for known in await uow.tokens.list())
            if without_admin:
                wanted |= {Role.ADMIN}
            if not (without_admin and self.admission.believes(actor)):
                await self.admission.admit(uow, actor)
            await self.admission.require_open(uow)
            holder = Actor.asserted(name).name
            token, text = AccessToken.issue(holder, wanted, by=actor, at=now, expires_at=now + timedelta(days=days))
            await uow.tokens.add(token)
            await uow.events.append(token.event("issue", actor), at=now)
            await uow.commit()
        return token, text


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeToken:
    """Close a token for good; it still counts as one that was issued."""

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    clock: Clock

    @retried
    async def __call__(self, token_id: str, *, actor: Actor, said: str | None = None) -> AccessToken:
        """The revoked token.

        Raises:
            NotFoundError: there is no token of that public id.
            ConflictError: it is the last active token of an admin.
            ForbiddenError: the actor is no admin.
        """
        actor.require(Role.ADMIN)
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            await uow.tokens.lock()
            # Whoever stole a token is shut out at once, pause or not.
            await self.admission.admit(uow, actor, during_pause=True)
            token = await uow.tokens.find(TokenId(token_id))
            if token is None:
                raise NotFoundError("token", token_id, remedy="See planvault tokens list.")
            revoked = token.revoke(at=now)
            if _opens_admin(token, now) and not any(
                _opens_admin(other, now) for other in await uow.tokens.list() if other.token_id != token_id
            ):
                raise ConflictError(
                    f"{token_id} is the last active admin token and cannot be revoked.",
                    remedy="Create another admin token first.",
                )
            revoked = await uow.tokens.save(revoked)
            await uow.events.append(token.event("revoke", actor, comment(said)), at=now)
            await uow.commit()
        return revoked


def _opens_admin(token: AccessToken, at: datetime) -> bool:
    return Role.ADMIN in token.roles and token.is_active(at)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTokens:
    """Look at tokens, and find out whose one is."""

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    clock: Clock

    async def list(self) -> Sequence[AccessToken]:
        """All tokens, oldest first; none shows its secret."""
        async with self.unit_of_work(read_only=True) as uow:
            return await uow.tokens.list()

    async def authenticate(self, text: str) -> Actor:
        """The actor whom the token's text proves.

        Raises:
            UnauthenticatedError: it proves nobody; the answer does not say why.
        """
        token_id, secret = parse_token(text)
        async with self.unit_of_work(read_only=True) as uow:
            token = await uow.tokens.find(token_id)
        if token is None:
            raise refused_token()
        return token.actor(secret, at=self.clock.now())

    async def required(self) -> bool:
        """Whether only verified actors may write to this store."""
        async with self.unit_of_work(read_only=True) as uow:
            return await self.admission.requires_verification(uow)
