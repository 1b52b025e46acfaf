"""Where access tokens are kept."""

from __future__ import annotations

from typing import Protocol

from ..shared.ids import TokenId
from .token import AccessToken


class TokenRepository(Protocol):
    """The access tokens of a store."""

    async def lock(self) -> None:
        """Wait for others who issue or revoke, and keep them waiting until this unit of work ends."""
        ...

    async def any(self) -> bool:
        """Whether a token was ever issued; revoked ones count."""
        ...

    async def find(self, token_id: TokenId) -> AccessToken | None:
        """The token of that public id, if there is one."""
        ...

    async def list(self) -> list[AccessToken]:
        """All tokens, oldest first."""
        ...

    async def add(self, token: AccessToken) -> None:
        """Keep a new token.

        Raises:
            AlreadyExistsError: the public id is taken.
        """
        ...

    async def save(self, token: AccessToken) -> AccessToken:
        """Keep a changed token; the answer carries the next ``row_version``.

        Raises:
            StaleVersionError: somebody saved it first.
        """
        ...
