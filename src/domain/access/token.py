"""Access tokens: shown once, stored as a hash."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from ..errors import IllegalTransitionError, UnauthenticatedError
from ..shared.events import EventDraft
from ..shared.ids import TokenId, folded
from .actor import Actor, Role, Verification

ACCESS_STREAM = "access"
_SHAPE = re.compile(r"pv_(?P<id>[a-z0-9]{8})_(?P<secret>[A-Za-z0-9_-]{43})(?P<check>[0-9a-f]{8})")
_ID_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A token as it is kept: whose it is, what it allows, and the SHA-256 of its secret."""

    token_id: TokenId
    actor_name: str
    roles: frozenset[Role]
    secret_hash: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    row_version: int = 0

    @classmethod
    def issue(
        cls,
        name: str,
        roles: Iterable[Role],
        *,
        by: Actor,
        at: datetime,
        expires_at: datetime | None = None,
    ) -> tuple[AccessToken, str]:
        """A new token and its text, which is nowhere kept: ``pv_<id>_<secret><checksum>``."""
        token_id = "".join(secrets.choice(_ID_ALPHABET) for _ in range(8))
        secret = secrets.token_urlsafe(32)
        token = cls(
            token_id=TokenId(token_id),
            actor_name=name,
            roles=frozenset(roles),
            secret_hash=_hashed(secret),
            created_at=at,
            created_by=by.name,
            expires_at=expires_at,
        )
        return token, f"pv_{token_id}_{secret}{_checksum(token_id, secret)}"

    def is_active(self, at: datetime) -> bool:
        """Whether the token opens doors at that moment."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)

    def covers(self, actor: Actor) -> bool:
        """Whether the actor is the token's holder, with no role that the token does not give."""
        return actor.key == folded(self.actor_name) and actor.roles <= self.roles

    def actor(self, secret: str, *, at: datetime) -> Actor:
        """The actor whom this secret proves.

        Raises:
            UnauthenticatedError: the secret is another, or the token is revoked or has expired.
        """
        if not hmac.compare_digest(self.secret_hash, _hashed(secret)) or not self.is_active(at):
            raise refused_token()
        return Actor(name=self.actor_name, roles=self.roles, verification=Verification.TOKEN, token_id=self.token_id)

    def revoke(self, *, at: datetime) -> AccessToken:
        """The token, closed for good.

        Raises:
            IllegalTransitionError: it was revoked before.
        """
        if self.revoked_at is not None:
            raise IllegalTransitionError(f"The token {self.token_id} is revoked already.")
        return replace(self, revoked_at=at)

    def event(self, action: str, by: Actor, comment: str | None = None) -> EventDraft:
        """What the ledger says of this token; never its secret."""
        return EventDraft(
            stream=ACCESS_STREAM,
            action=action,
            subject=f"token/{self.token_id}",
            actor=by,
            comment=comment,
            details={"token_id": self.token_id, "actor": self.actor_name, "roles": sorted(self.roles)},
        )


def parse_token(text: str) -> tuple[TokenId, str]:
    """Public id and secret of a token text.

    Raises:
        UnauthenticatedError: the text is not a token (its checksum tells a typing error from a forgery).
    """
    match = _SHAPE.fullmatch(text)
    if match is None or match["check"] != _checksum(match["id"], match["secret"]):
        raise refused_token()
    return TokenId(match["id"]), match["secret"]


def refused_token() -> UnauthenticatedError:
    """The one answer to every token that does not hold: it says nothing about why."""
    return UnauthenticatedError(
        "The token does not hold: it is unknown, mistyped, expired or revoked.",
        remedy="Ask an admin for a new one: planvault tokens create NAME --role ROLE.",
    )


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _checksum(token_id: str, secret: str) -> str:
    return f"{zlib.crc32(f'{token_id}{secret}'.encode()):08x}"
