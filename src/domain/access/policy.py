"""The policy of approval: how many have to agree to inputs or to a plan, and whether an author may."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import InvalidRequestError

MOST_APPROVALS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPolicy:
    """How many must say yes, and whether an author may; it is written into every approval."""

    approvals_required: int = 1
    allow_self_approval: bool = False

    def __post_init__(self) -> None:
        """At least one approval is always required."""
        if not 1 <= self.approvals_required <= MOST_APPROVALS:
            raise InvalidRequestError(
                f"approvals_required is {self.approvals_required}; it must lie between 1 and {MOST_APPROVALS}."
            )

    def as_fields(self) -> dict[str, bool | int]:
        """The policy as events and signatures quote it."""
        return {"approvals_required": self.approvals_required, "allow_self_approval": self.allow_self_approval}

    def __str__(self) -> str:
        """The policy in words."""
        plural = "" if self.approvals_required == 1 else "s"
        authors = "authors may approve" if self.allow_self_approval else "not by an author"
        return f"{self.approvals_required} approval{plural}, {authors}"
