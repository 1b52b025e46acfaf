"""Retention: which plan versions a trim puts away, and why it leaves the others alone."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ..errors import InvalidRequestError
from ..shared.ids import VersionId

KEPT_NEWEST = 5
_MOST_DAYS = 36_500
_MOST_MONTHS = 1_200
_MONTHS_OF_A_YEAR = 12
_LAST_DAY_OF_EVERY_MONTH = 28


class Protection(StrEnum):
    """Why a version is never trimmed."""

    APPROVED = "approved"
    SUBMITTED = "submitted"
    PINNED = "pinned"
    BASELINE = "baseline"
    AWAITED = "awaited"
    REFERENCED = "referenced"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldVersion:
    """A version whose rows are kept, as far as retention asks.

    ``baseline``: it is or was one; ``awaited``: a job that waits or is worked on names it; ``base_version_id``: the
    version that it was copied or made again from.
    """

    version_id: VersionId
    created_at: datetime
    series_rows: int
    status: str
    pinned: bool
    baseline: bool
    awaited: bool
    base_version_id: VersionId | None

    @property
    def protection(self) -> Protection | None:
        """What keeps this version by itself, whatever others there are."""
        if self.status in {Protection.APPROVED, Protection.SUBMITTED}:
            return Protection(self.status)
        if self.pinned:
            return Protection.PINNED
        if self.baseline:
            return Protection.BASELINE
        return Protection.AWAITED if self.awaited else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """What is to be kept: versions younger than so many days, at most so many series rows, the newest ones always.

    KPIs of trimmed versions go with their rows, unless ``kpis_months`` says for how many months they stay.
    """

    older_than_days: int | None = None
    max_rows: int | None = None
    keep_newest: int = KEPT_NEWEST
    kpis_months: int | None = None

    def __post_init__(self) -> None:
        """Something is asked for, and every figure is one that can be meant."""
        if self.older_than_days is None and self.max_rows is None and self.kpis_months is None:
            raise InvalidRequestError(
                "Nothing says what is to be trimmed.", remedy="Say --older-than DAYS, --max-rows N, or both."
            )
        for what, value, least, most in (
            ("The age in days", self.older_than_days, 1, _MOST_DAYS),
            ("The number of rows", self.max_rows, 0, None),
            ("The number of newest versions", self.keep_newest, 0, None),
            ("The age of KPIs in months", self.kpis_months, 1, _MOST_MONTHS),
        ):
            if value is not None and (value < least or (most is not None and value > most)):
                bounds = f"at least {least}" if most is None else f"between {least} and {most}"
                raise InvalidRequestError(f"{what} is {value}; it has to be {bounds}.")

    def kpis_before(self, now: datetime) -> datetime | None:
        """Before which moment a trimmed version was made whose KPIs go; none where they go with the rows."""
        return None if self.kpis_months is None else months_before(now, self.kpis_months)

    def keeps_kpis_of(self, created_at: datetime, now: datetime) -> bool:
        """Whether the KPIs of a version of that age stay when its rows go."""
        before = self.kpis_before(now)
        return before is not None and created_at >= before


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a trim puts away, oldest first, and how many versions stay for which reason.

    ``rows`` are those that are kept before it.  Versions that nothing protects, and that are neither old enough nor
    needed to come down to the limit, stay without a reason.
    """

    chosen: tuple[HeldVersion, ...]
    rows: int
    versions: int
    protected: Mapping[Protection, int]

    @property
    def rows_after(self) -> int:
        """How many rows stay."""
        return self.rows - sum(version.series_rows for version in self.chosen)


def select(versions: Collection[HeldVersion], retention: Retention, *, now: datetime) -> Selection:
    """Choose what a trim puts away: what is old enough, then the oldest until few enough rows stay.

    Never chosen are protected versions, the newest ones, and those that a version which stays was made from.
    """
    ordered = sorted(versions, key=lambda version: (version.created_at, version.version_id))
    newest = {version.version_id for version in ordered[max(0, len(ordered) - retention.keep_newest) :]}
    free = [version for version in ordered if version.protection is None and version.version_id not in newest]
    rows = sum(version.series_rows for version in ordered)
    count = 0
    if retention.older_than_days is not None:
        before = now - timedelta(days=retention.older_than_days)
        count = bisect_left(free, before, key=lambda version: version.created_at)
    if retention.max_rows is not None:
        count = _enough(ordered, free, count, rows - retention.max_rows)
    chosen = _without_bases(ordered, free[:count])
    return Selection(
        chosen=tuple(chosen),
        rows=rows,
        versions=len(ordered),
        protected=_reasons(ordered, newest, kept_back={v.version_id for v in free[:count]} - _ids(chosen)),
    )


def _enough(ordered: Sequence[HeldVersion], free: Sequence[HeldVersion], least: int, excess: int) -> int:
    """How many of the oldest have to be considered so that so many rows go; all where that is not enough."""

    def going(count: int) -> int:
        return sum(version.series_rows for version in _without_bases(ordered, free[:count]))

    # The more are considered, the more go: so halving finds the first count that is enough.
    return least + bisect_left(range(least, len(free)), excess, key=going)


def _without_bases(ordered: Sequence[HeldVersion], wanted: Sequence[HeldVersion]) -> list[HeldVersion]:
    """Those of the wanted that no version which stays was made from, directly or through others that stay."""
    going = {version.version_id: version for version in wanted}
    staying = [version for version in ordered if version.version_id not in going]
    while staying:
        base = staying.pop().base_version_id
        kept = None if base is None else going.pop(base, None)
        if kept is not None:
            staying.append(kept)
    return list(going.values())


def _reasons(
    ordered: Sequence[HeldVersion], newest: Collection[VersionId], kept_back: Collection[VersionId]
) -> dict[Protection, int]:
    counts: Counter[Protection] = Counter()
    for version in ordered:
        if version.protection is not None:
            counts[version.protection] += 1
        elif version.version_id in newest:
            counts[Protection.NEWEST] += 1
        elif version.version_id in kept_back:
            counts[Protection.REFERENCED] += 1
    return {reason: counts[reason] for reason in Protection if counts[reason]}


def _ids(versions: Collection[HeldVersion]) -> set[VersionId]:
    return {version.version_id for version in versions}


def months_before(moment: datetime, months: int) -> datetime:
    """The same day so many months earlier, or the 28th where that month may have no such day."""
    years, month = divmod(moment.month - 1 - months, _MONTHS_OF_A_YEAR)
    return moment.replace(year=moment.year + years, month=month + 1, day=min(moment.day, _LAST_DAY_OF_EVERY_MONTH))
