"""Which rows of a level are wanted."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import InvalidRequestError
from ..shared.ids import is_keepable
from .series import SeriesRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesFilter:
    """Rows of one item, of one location, in a range of buckets; what is null does not matter.

    Buckets compare as text by code point, both ends included, which is the order of time for ``2026-01`` and
    ``2026-W01``.

    Raises:
        InvalidRequestError: a text can stand in no row.
    """

    item: str | None = None
    location: str | None = None
    bucket_from: str | None = None
    bucket_to: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no row can hold, and databases cannot be asked for."""
        for text in (self.item, self.location, self.bucket_from, self.bucket_to):
            if text is not None and not is_keepable(text):
                raise InvalidRequestError(f"{text[:80]!r} can be the key of no row.")

    @property
    def is_open(self) -> bool:
        """Whether every row is wanted."""
        return self == EVERY_ROW

    def wants(self, row: SeriesRow) -> bool:
        """Whether the row is wanted."""
        return (
            (self.item is None or row.item_key == self.item)
            and (self.location is None or row.location_key == self.location)
            and self.wants_bucket(row.time_bucket_key)
        )

    def wants_bucket(self, key: str) -> bool:
        """Whether rows of the bucket of that key may be wanted."""
        return (self.bucket_from is None or key >= self.bucket_from) and (
            self.bucket_to is None or key <= self.bucket_to
        )


EVERY_ROW = SeriesFilter()
