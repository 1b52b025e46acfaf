"""How files become content: what somebody may ask of an import."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.errors import InvalidRequestError
from ...domain.inputs.import_report import ApplyMode


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How an upload is read and what becomes of it.

    ``base_revision`` is the revision that somebody saw: another one is refused.  ``allow_empty`` lets an upload through
    that has no rows, or that empties a section.  ``encoding`` is that of every file; without it each one's is found.
    """

    apply_mode: ApplyMode = ApplyMode.REPLACE
    base_revision: int | None = None
    validate_only: bool = False
    allow_empty: bool = False
    encoding: str | None = None

    @property
    def merges(self) -> bool:
        """Whether rows of the base stay."""
        return self.apply_mode is ApplyMode.MERGE


def checked_mode(text: str) -> ApplyMode:
    """The apply mode of that name.

    Raises:
        InvalidRequestError: there is none.
    """
    try:
        return ApplyMode(text)
    except ValueError:
        raise InvalidRequestError(
            f"There is no apply mode {text[:80]!r}.", remedy=f"One of: {', '.join(ApplyMode)}."
        ) from None
