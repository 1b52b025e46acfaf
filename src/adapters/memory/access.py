"""Access tokens in memory."""

from __future__ import annotations

from dataclasses import replace

from ...domain.access.ports import TokenRepository
from ...domain.access.token import AccessToken
from ...domain.shared.ids import TokenId
from .state import MemoryState, add_new, compare


class MemoryTokenRepository(TokenRepository):
    """The access tokens of a memory store."""

    def __init__(self, state: MemoryState) -> None:
        """Work on this state."""
        self._tokens = state.tokens

    async def lock(self) -> None:
        """Nothing to wait for: there is one writer."""

    async def any(self) -> bool:
        """Whether a token was ever issued."""
        return bool(self._tokens)

    async def find(self, token_id: TokenId) -> AccessToken | None:
        """The token of that public id, if there is one."""
        return self._tokens.get(token_id)

    async def list(self) -> list[AccessToken]:
        """All tokens, oldest first."""
        return sorted(self._tokens.values(), key=lambda token: (token.created_at, token.token_id))

    async def add(self, token: AccessToken) -> None:
        """Keep a new token."""
        add_new(self._tokens, token.token_id, replace(token, row_version=0), kind="token", name=token.token_id)

    async def save(self, token: AccessToken) -> AccessToken:
        """Keep a changed token."""
        known = self._tokens.get(token.token_id)
        row_version = compare(
            None if known is None else known.row_version, token.row_version, kind="token", name=token.token_id
        )
        self._tokens[token.token_id] = replace(token, row_version=row_version)
        return self._tokens[token.token_id]
