"""Access tokens, as the facade offers them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...domain.access.actor import Actor, Role
from ...domain.access.token import AccessToken
from .manage_tokens import LONGEST_LIFE_DAYS, IssueToken, ReadTokens, RevokeToken


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Access tokens."""

    issue_token: IssueToken
    revoke_token: RevokeToken
    read: ReadTokens

    async def create(
        self, name: str, roles: Iterable[Role], *, actor: Actor, days: int = LONGEST_LIFE_DAYS
    ) -> tuple[AccessToken, str]:
        """Make a token; its text is answered this once (``IssueToken``)."""
        return await self.issue_token(name, roles, actor=actor, days=days)

    async def revoke(self, token_id: str, *, actor: Actor, comment: str | None = None) -> AccessToken:
        """Close a token for good (``RevokeToken``)."""
        return await self.revoke_token(token_id, actor=actor, said=comment)

    async def list(self) -> Sequence[AccessToken]:
        """All tokens, oldest first."""
        return await self.read.list()

    async def authenticate(self, text: str) -> Actor:
        """The actor whom a token's text proves."""
        return await self.read.authenticate(text)

    async def required(self) -> bool:
        """Whether only verified actors may write."""
        return await self.read.required()
