"""Access tokens in SQL."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, select, update

from ...domain.access.actor import Role
from ...domain.access.ports import TokenRepository
from ...domain.access.token import AccessToken
from ...domain.errors import AlreadyExistsError, StaleVersionError
from ...domain.shared.canonical import document
from ...domain.shared.ids import TokenId
from .session import SqlSession
from .tables import ACCESS_TOKENS


class SqlTokenRepository(TokenRepository):
    """The access tokens of a database."""

    def __init__(self, session: SqlSession) -> None:
        """Work in this transaction."""
        self._session = session

    async def lock(self) -> None:
        """Wait for others who issue or revoke."""
        await self._session.lock("access_tokens")

    async def any(self) -> bool:
        """Whether a token was ever issued."""
        return await self._session.row(select(ACCESS_TOKENS.c.token_id).limit(1)) is not None

    async def find(self, token_id: TokenId) -> AccessToken | None:
        """The token of that public id, if there is one."""
        row = await self._session.row(select(ACCESS_TOKENS).where(ACCESS_TOKENS.c.token_id == token_id))
        return None if row is None else _entity(row)

    async def list(self) -> list[AccessToken]:
        """All tokens, oldest first; a writing transaction keeps others from changing them meanwhile."""
        statement = select(ACCESS_TOKENS).order_by(ACCESS_TOKENS.c.created_at, ACCESS_TOKENS.c.token_id)
        return [_entity(row) for row in await self._session.rows(self._session.for_update(statement))]

    async def add(self, token: AccessToken) -> None:
        """Keep a new token."""
        values = {"token_id": token.token_id, "row_version": 0, **_values(token)}
        if not await self._session.insert_new(ACCESS_TOKENS, values):
            raise AlreadyExistsError("token", token.token_id)

    async def save(self, token: AccessToken) -> AccessToken:
        """Keep a changed token."""
        touched = await self._session.execute(
            update(ACCESS_TOKENS)
            .where(ACCESS_TOKENS.c.token_id == token.token_id, ACCESS_TOKENS.c.row_version == token.row_version)
            .values(row_version=token.row_version + 1, **_values(token))
        )
        if touched != 1:
            raise StaleVersionError("token", token.token_id)
        return replace(token, row_version=token.row_version + 1)


def _values(token: AccessToken) -> dict[str, Any]:
    return {
        "actor_name": token.actor_name,
        "roles_json": document(sorted(token.roles)),
        "secret_hash": token.secret_hash,
        "created_at": token.created_at,
        "created_by": token.created_by,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
    }


def _entity(row: Row[Any]) -> AccessToken:
    return AccessToken(
        token_id=row.token_id,
        actor_name=row.actor_name,
        roles=frozenset(Role(role) for role in json.loads(row.roles_json)),
        secret_hash=row.secret_hash,
        created_at=row.created_at,
        created_by=row.created_by,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        row_version=row.row_version,
    )
