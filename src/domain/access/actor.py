"""Actors: who does something, in which roles, and how we know."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..errors import ForbiddenError, InvalidRequestError
from ..shared.ids import folded, free_text


class Role(StrEnum):
    """What an actor may do. Every role reads; none implies another."""

    VIEWER = "viewer"
    PLANNER = "planner"
    APPROVER = "approver"
    OPERATOR = "operator"
    ADMIN = "admin"


class Verification(StrEnum):
    """How the name of an actor came to be believed."""

    ASSERTED = "asserted"
    TOKEN = "token"  # noqa: S105 (the word, not a secret)
    JWT = "jwt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody who acts. A host that verified its user itself makes one with ``verification=JWT``."""

    name: str
    roles: frozenset[Role]
    verification: Verification
    token_id: str | None = None

    def __post_init__(self) -> None:
        """Names are NFC text on one line, at most 200 characters."""
        name = free_text("actor's name", self.name, limit=200)
        if not name:
            raise InvalidRequestError("The actor has no name.", remedy="Say who acts: --actor NAME, or a token.")
        object.__setattr__(self, "name", name)

    @classmethod
    def asserted(cls, name: str) -> Actor:
        """Somebody who says so: every role, for as long as the store has no token."""
        return cls(name=name, roles=frozenset(Role), verification=Verification.ASSERTED)

    @property
    def key(self) -> str:
        """The name as it is compared: ``Aya`` and ``aya`` are one person when it comes to four eyes."""
        return folded(self.name)

    def require(self, role: Role) -> None:
        """Let an actor with this role pass.

        Raises:
            ForbiddenError: the actor does not have it.
        """
        if role not in self.roles:
            held = ", ".join(sorted(self.roles)) or "none"
            raise ForbiddenError(
                f"{self.name} lacks the role {role} (has: {held}).",
                remedy=f"Ask somebody with the role {role}, or an admin for another token.",
                role=str(role),
                actor=self.name,
            )
