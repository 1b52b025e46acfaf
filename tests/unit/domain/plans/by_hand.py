"""The digests of plans once more, written from ``docs/reference/digests.md`` without the code."""

from __future__ import annotations

import hashlib
import struct
from itertools import groupby

from planvault.domain.plans.kpis import Kpi
from planvault.domain.plans.series import FIRST_DOCUMENT, FIRST_NUMBER, SeriesRow


def text(value: str | None) -> bytes:
    return b"\xff" * 4 if value is None else struct.pack(">I", len(value.encode())) + value.encode()


def number(value: float | None) -> bytes:
    return bytes.fromhex("7ff8000000000000") if value is None else struct.pack(">d", value)


def sha(tag: str, *parts: bytes) -> bytes:
    return hashlib.sha256(tag.encode() + b"\0" + b"".join(parts)).digest()


def row_by_hand(row: SeriesRow) -> bytes:
    parts = [text(value) for value in row[:FIRST_NUMBER]]
    parts += [number(value) for value in row[FIRST_NUMBER:FIRST_DOCUMENT]]
    parts += [text(value) for value in row[FIRST_DOCUMENT:]]
    return sha("planvault row 1", *parts)


def level_by_hand(rows: list[SeriesRow]) -> bytes:
    parts = [text(rows[0].level)]
    for (kind, key), members in groupby(rows, key=lambda row: row[1:3]):
        digests = [row_by_hand(row) for row in members]
        parts += [text(kind), text(key), number(len(digests)), sha("planvault bucket 1", *digests)]
    return sha("planvault level 1", *parts)


def kpis_by_hand(kpis: list[Kpi]) -> bytes:
    parts = [text(kpi.metric) + text(kpi.bucket_type) + text(kpi.bucket_key) + text(kpi.unit) + number(kpi.value)
             for kpi in kpis]  # fmt: skip
    return sha("planvault kpis 1", *parts)


def payload_by_hand(levels: list[list[SeriesRow]], kpis: list[Kpi]) -> str:
    parts = [text(rows[0].level) + number(len(rows)) + level_by_hand(rows) for rows in levels]
    return sha("planvault payload 1", *parts, kpis_by_hand(kpis)).hex()
