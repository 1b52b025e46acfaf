"""Digests of plans: row → bucket → level → payload → plan, each SHA-256 over canonical bytes.

What goes in is named in ``docs/reference/digests.md``.  Version id, run, config and scenario ids, times and locks do
not, so that a copy, a rerun and a backfill of the same plan agree.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from ..errors import InvalidRequestError
from ..shared.canonical import NULL_NUMBER, digest, document, pack_number, pack_text
from ..shared.ids import VersionId
from .kpis import Kpi
from .series import (
    FIRST_DOCUMENT,
    FIRST_MEASURE,
    FIRST_NUMBER,
    MEASURES,
    BucketDigest,
    LevelTotals,
    PlanSeries,
    SeriesKey,
    SeriesRow,
    check_measures,
    check_order,
)

ROW_TAG = b"planvault row 1\0"
BUCKET_TAG = "planvault bucket 1"
LEVEL_TAG = "planvault level 1"
KPIS_TAG = "planvault kpis 1"
PAYLOAD_TAG = "planvault payload 1"
PLAN_TAG = "planvault plan 1"

BUCKET_LENGTH: Final = 3
MOST_REMEMBERED = 100_000

_NUMBERS = struct.Struct(f">{FIRST_DOCUMENT - FIRST_NUMBER}d")
_TOTALLED = {name: FIRST_MEASURE + MEASURES.index(name) for name in LevelTotals._fields}


class _Packed(dict[Any, bytes]):
    """Text fields packed and remembered: an item's columns repeat in every bucket."""

    def __missing__(self, texts: tuple[str | None, ...]) -> bytes:
        packed = b"".join(map(pack_text, texts))
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        self[texts] = packed
        return packed


def row_digests(rows: Iterable[SeriesRow], remembered: _Packed | None = None) -> Iterator[bytes]:
    """The digest of each row: texts in column order, then numbers, then the two documents."""
    packed = _Packed() if remembered is None else remembered
    sha256, pack, null = hashlib.sha256, _NUMBERS.pack, NULL_NUMBER
    for row in rows:
        numbers = [null if value is None else value + 0.0 for value in row[FIRST_NUMBER:FIRST_DOCUMENT]]
        splits, extra = row.splits_json.encode(), row.extra_json.encode()
        yield sha256(
            b"".join(
                (
                    ROW_TAG,
                    packed[row[:BUCKET_LENGTH]],
                    packed[row[BUCKET_LENGTH:FIRST_NUMBER]],
                    pack(*numbers),
                    len(splits).to_bytes(4, "big"),
                    splits,
                    len(extra).to_bytes(4, "big"),
                    extra,
                )
            )
        ).digest()


@dataclass(slots=True)
class SeriesDigester:
    """Digests and totals of one level, taken from rows that pass by in key order.

    Feed every batch to ``take``; ``close`` answers what they came to.  Memory holds one bucket's digests and the
    totals' partial sums, however many rows pass.
    """

    version_id: VersionId
    level: str
    buckets: list[BucketDigest] = field(default_factory=list)
    _packed: _Packed = field(default_factory=_Packed)
    _last: SeriesKey | None = None
    _open: tuple[str, str] | None = None
    _rows: list[bytes] = field(default_factory=list)
    _sums: dict[str, list[float]] = field(default_factory=dict)

    def take(self, rows: Sequence[SeriesRow]) -> None:
        """Let a batch pass.

        Raises:
            InvalidRequestError: a row of another level, a key twice or out of order, a measure that is not finite;
                the sentence names the row.
        """
        if {row[0] for row in rows} - {self.level}:
            raise InvalidRequestError(f"The rows of level {self.level} hold a row of another level.")
        self._last = check_order(self._last, rows)
        self._check_finite(rows)
        self._add(rows)
        for bucket, members in groupby(rows, key=_bucket):
            if bucket != self._open:
                self._close_bucket()
                self._open = bucket
            self._rows.extend(row_digests(members, self._packed))

    def _add(self, rows: Sequence[SeriesRow]) -> None:
        for name, position in _TOTALLED.items():
            present: list[Any] = [value for row in rows if (value := row[position]) is not None]
            if present:
                try:
                    self._sums[name] = exact_parts([*self._sums.get(name, ()), *present])
                except OverflowError as error:
                    raise InvalidRequestError(
                        f"The {name} of level {self.level} adds up to more than a float64 can hold.", field=name
                    ) from error

    @staticmethod
    def _check_finite(rows: Sequence[SeriesRow]) -> None:
        # A sum over everything is finite only if every part is; only then is it worth looking for the culprit.
        total = sum([value for row in rows for value in row[FIRST_MEASURE:FIRST_DOCUMENT] if value is not None])
        if not math.isfinite(total):
            check_measures(rows)

    def _close_bucket(self) -> None:
        if self._open is not None:
            bucket_type, bucket_key = self._open
            self.buckets.append(
                BucketDigest(
                    time_bucket_type=bucket_type,
                    time_bucket_key=bucket_key,
                    digest=digest(BUCKET_TAG, *self._rows),
                    row_count=len(self._rows),
                )
            )
            self._rows = []

    def close(self) -> PlanSeries:
        """What the rows that passed came to."""
        self._close_bucket()
        self._open = None
        return PlanSeries(
            version_id=self.version_id,
            level=self.level,
            row_count=sum(bucket.row_count for bucket in self.buckets),
            digest=level_digest(self.level, self.buckets),
            totals=LevelTotals(**{name: math.fsum(parts) for name, parts in self._sums.items()}),
        )


def exact_parts(values: list[float]) -> list[float]:
    """A few numbers with exactly the sum of these, so that sums of sums lose nothing; ``values`` grows."""
    parts: list[float] = []
    while part := math.fsum(values):
        parts.append(part)
        values.append(-part)
    return parts


def _bucket(row: SeriesRow) -> tuple[str, str]:
    return row[1], row[2]


def level_digest(level: str, buckets: Iterable[BucketDigest]) -> bytes:
    """The digest of a level over its buckets in key order."""
    parts = [pack_text(level)]
    for bucket in buckets:
        parts += [
            pack_text(bucket.time_bucket_type),
            pack_text(bucket.time_bucket_key),
            pack_number(bucket.row_count),
            bucket.digest,
        ]
    return digest(LEVEL_TAG, *parts)


def kpi_digest(kpis: Iterable[Kpi]) -> bytes:
    """The digest of base KPIs in key order: metric, bucket type, bucket, value, unit."""
    parts: list[bytes] = []
    for kpi in sorted(kpis, key=lambda kpi: kpi.key):
        parts += [pack_text(text) for text in (*kpi.key, kpi.unit)]
        parts.append(pack_number(kpi.value))
    return digest(KPIS_TAG, *parts)


def payload_digest(levels: Iterable[PlanSeries], kpis: Iterable[Kpi]) -> str:
    """What stores, copies, reruns and backfills of a plan must agree on: all levels by name, and the base KPIs."""
    parts: list[bytes] = []
    for series in sorted(levels, key=lambda series: series.level):
        parts += [pack_text(series.level), pack_number(series.row_count), series.digest]
    return digest(PAYLOAD_TAG, *parts, kpi_digest(kpis)).hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanContent:
    """Everything that approval of a plan signs.

    ``overrides``, ``locks`` and ``weights`` are (cell, field, value) in order of cell and field.
    """

    payload_digest: str
    input_content_hash: str | None
    engine_name: str | None
    engine_version: str | None
    engine_parameters: Mapping[str, Any]
    overrides: Sequence[tuple[str, str, float | None]] = ()
    locks: Sequence[tuple[str, str | None]] = ()
    weights: Sequence[tuple[str, float]] = ()

    @property
    def digest(self) -> str:
        """The ``plan_digest``, 64 hex digits."""
        text = document(
            {
                "payload": self.payload_digest,
                "overrides": sorted(self.overrides, key=lambda override: override[:2]),
                "locks": sorted(self.locks, key=lambda lock: (lock[0], lock[1] or "")),
                "weights": sorted(self.weights),
                "input": self.input_content_hash,
                "engine": {
                    "name": self.engine_name,
                    "version": self.engine_version,
                    "parameters": dict(self.engine_parameters),
                },
            }
        )
        return digest(PLAN_TAG, text.encode()).hex()
