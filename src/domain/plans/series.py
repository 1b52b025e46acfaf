"""Series rows: one (time bucket, item, location) of one level of a plan, with its measures."""

from __future__ import annotations

import json
import math
import operator
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from ..errors import InvalidRequestError
from ..shared.canonical import document
from ..shared.ids import KEY_TEXT_LENGTH, TextLengthError, VersionId, is_keepable
from ..shared.numbers import finite

SeriesKey = tuple[str, str, str, str, str]

TEXT_COLUMNS = (
    "level",
    "time_bucket_type",
    "time_bucket_key",
    "item_key",
    "location_key",
    "item_name",
    "location_type",
    "region_key",
    "network_key",
    "source",
    "policy",
    "boundary_zone",
    "quality_flag",
)
FLAG_COLUMNS = ("cutover_flag", "window_index")
MEASURES = (
    "demand",
    "supply",
    "supply_received",
    "backlog",
    "inventory_open",
    "inventory_close",
    "prod_qty",
    "ship_qty",
    "capacity_used",
    "cost_total",
    "service_level",
    "spill_in",
    "spill_out",
    "adjustment",
    "carryover_in",
    "carryover_out",
)
DOCUMENT_COLUMNS = ("splits_json", "extra_json")
KEY_LENGTH: Final = 5
FIRST_NUMBER: Final = 13
FIRST_MEASURE: Final = 15
FIRST_DOCUMENT: Final = 31


class Split(NamedTuple):
    """The share of a row that belongs to one period and one family.

    A week that lies in two months, or a SKU in two families, is one row whose splits add up to it, so that det rolls
    up to aggregate exactly.
    """

    period: str
    family: str
    demand: float
    supply: float
    backlog: float


class SeriesRow(NamedTuple):
    """One row of a plan series; its fields are columns of ``plan_series`` in their order.

    A tuple, because rows are made by the million and a tuple is what drivers take.  Quantities are in units of the
    item, a missing measure is null and never 0.  ``splits_json`` and ``extra_json`` are canonical JSON text, read by
    ``splits`` and ``extra``.  ``cutover_flag`` is 0 or 1.  Make rows with ``series_row``, which checks them.
    """

    level: str
    time_bucket_type: str
    time_bucket_key: str
    item_key: str
    location_key: str = "global"
    item_name: str | None = None
    location_type: str | None = None
    region_key: str | None = None
    network_key: str | None = None
    source: str | None = None
    policy: str | None = None
    boundary_zone: str | None = None
    quality_flag: str | None = None
    cutover_flag: int = 0
    window_index: int | None = None
    demand: float | None = None
    supply: float | None = None
    supply_received: float | None = None
    backlog: float | None = None
    inventory_open: float | None = None
    inventory_close: float | None = None
    prod_qty: float | None = None
    ship_qty: float | None = None
    capacity_used: float | None = None
    cost_total: float | None = None
    service_level: float | None = None
    spill_in: float | None = None
    spill_out: float | None = None
    adjustment: float | None = None
    carryover_in: float | None = None
    carryover_out: float | None = None
    splits_json: str = "[]"
    extra_json: str = "{}"

    @property
    def key(self) -> SeriesKey:
        """(level, bucket type, bucket, item, location): unique in a version, and the order of every stream."""
        return self[:KEY_LENGTH]

    @property
    def splits(self) -> tuple[Split, ...]:
        """The row's shares by period and family, in key order."""
        return tuple(Split(*part) for part in json.loads(self.splits_json))

    @property
    def extra(self) -> dict[str, Any]:
        """What the level keeps beside the measures."""
        extra: dict[str, Any] = json.loads(self.extra_json)
        return extra

    def as_fields(self) -> dict[str, Any]:
        """The row under its column names, documents opened: for answers, not for bulk work."""
        fields: dict[str, Any] = dict(zip(self._fields, self, strict=True))
        fields["splits_json"] = json.loads(self.splits_json)
        fields["extra_json"] = self.extra
        return fields


def splits_text(splits: Iterable[Split]) -> str:
    """Splits as canonical JSON text: a list of [period, family, demand, supply, backlog]."""
    return document([list(split) for split in splits])


def series_row(fields: Mapping[str, Any]) -> SeriesRow:
    """A checked row from its column names: this is the door for rows made elsewhere.

    Numbers become float64 and ``-0.0`` becomes ``0.0``; documents may be given as JSON values.

    Raises:
        InvalidRequestError: an unknown or missing field, a key that is empty, longer than 200 characters or holds
            control characters, or a number that is not finite; the sentence names the field.
    """
    unknown = set(fields) - set(SeriesRow._fields)
    if unknown:
        raise InvalidRequestError(f"A series row has no field {min(unknown)}.")
    values: dict[str, Any] = {}
    for name, value in fields.items():
        try:
            values[name] = _checked(name, value)
        except ValueError as error:
            raise InvalidRequestError(f"{name}: {_shown(value)!r} {error}.", field=name) from error
    missing = [name for name in TEXT_COLUMNS[:4] if name not in values]
    if missing:
        raise InvalidRequestError(f"A series row needs its {missing[0]}.", field=missing[0])
    return SeriesRow(**values)


def _shown(value: Any) -> str:
    try:
        return str(value)[:80]
    except (ValueError, RecursionError):  # thousands of digits or of levels
        return f"a value of type {type(value).__name__}"


def _checked(name: str, value: Any) -> Any:
    if name in MEASURES:
        return None if value is None else finite(value)
    if name in DOCUMENT_COLUMNS:
        return _document(name, value)
    if name == "cutover_flag":
        if not isinstance(value, int) or value not in {0, 1}:
            raise ValueError("is neither 0 nor 1")
        return int(value)
    if name == "window_index":
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise ValueError("is not a whole number")
        return None if value is None else int(finite(value))
    return _text(name, value)


def _text(name: str, value: Any) -> str | None:
    if value is None and name not in TEXT_COLUMNS[:KEY_LENGTH]:
        return None
    if not isinstance(value, str) or not value:
        raise ValueError("is not a text")
    if not is_keepable(value):
        raise ValueError("holds a character that cannot be kept")
    text = unicodedata.normalize("NFC", value)
    if name in TEXT_COLUMNS[:KEY_LENGTH] and len(text) > KEY_TEXT_LENGTH:
        raise TextLengthError(f"is longer than {KEY_TEXT_LENGTH} characters")
    return text


def _document(name: str, value: Any) -> str:
    try:
        content = json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError) as error:
        raise ValueError("is not JSON") from error
    if name == "extra_json":
        if not isinstance(content, dict):
            raise ValueError("is not a JSON object")
        return document(content)
    if not isinstance(content, list):
        raise ValueError("is not a list of splits")  # noqa: TRY004 (callers report one kind of refusal)
    return splits_text(sorted(_split(part) for part in content))


def _split(part: Any) -> Split:
    try:
        if isinstance(part, dict):
            part = Split(**part)
        period, family, *measures = part
        demand, supply, backlog = (finite(measure) for measure in measures)
    except (TypeError, ValueError) as error:
        raise ValueError("is not a list of [period, family, demand, supply, backlog]") from error
    return Split(str(period), str(family), demand, supply, backlog)


def check_order(previous: SeriesKey | None, rows: Sequence[SeriesRow]) -> SeriesKey | None:
    """The key of the last row, after checking that keys rise strictly from ``previous`` on.

    Raises:
        InvalidRequestError: a key stands twice, or rows are out of key order; the sentence names the key.
    """
    keys = [row[:KEY_LENGTH] for row in rows]
    if not keys:
        return previous
    rising = all(map(operator.lt, keys, keys[1:]))
    if rising and (previous is None or previous < keys[0]):
        return keys[-1]
    for key in keys:
        if previous is not None and key <= previous:
            where = " ".join(key)
            if key == previous:
                raise InvalidRequestError(f"The series row {where} stands twice.", key=where)
            raise InvalidRequestError(f"The series row {where} is out of key order.", key=where)
        previous = key
    return previous


def check_measures(rows: Iterable[SeriesRow]) -> None:
    """Let rows pass whose measures are all finite or null.

    Raises:
        InvalidRequestError: one is NaN or infinite; the sentence names row and measure.
    """
    for row in rows:
        for name, value in zip(MEASURES, row[FIRST_MEASURE:FIRST_DOCUMENT], strict=True):
            if value is not None and not math.isfinite(value):
                raise InvalidRequestError(f"{name} of {' '.join(row.key)} is not a finite number.", field=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketDigest:
    """The digest of one bucket of a level: a node of the digest tree."""

    time_bucket_type: str
    time_bucket_key: str
    digest: bytes
    row_count: int


class LevelTotals(NamedTuple):
    """Sums over the rows of a level (``math.fsum`` of those that are not null; null when all are)."""

    demand: float | None = None
    supply: float | None = None
    supply_received: float | None = None
    backlog: float | None = None
    capacity_used: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSeries:
    """All rows of one level of one plan version: how many, their digest and their totals."""

    version_id: VersionId
    level: str
    row_count: int
    digest: bytes
    totals: LevelTotals
