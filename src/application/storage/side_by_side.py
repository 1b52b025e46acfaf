"""Two sides of one version next to each other: what the tables hold of it, and what its folder does."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from ...domain.plans.digests import SeriesDigester, payload_digest
from ...domain.plans.series import KEY_LENGTH, BucketDigest, PlanSeries, SeriesRow
from ...domain.plans.version import PlanVersion
from ...domain.shared.ids import VersionId
from ..plans.matching import Batches, matched
from ..unit_of_work import UnitOfWork
from .folders import PayloadFolder

_COLUMNS = SeriesRow._fields


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageFinding:
    """One thing in which the two sides of a version do not agree, or that is damaged.

    ``kind`` is ``unfiled``, ``damaged`` (the folder cannot be read), ``rows`` (rows are not those of their digest),
    ``payload`` (digests and KPIs are not those of the payload digest), ``level``, ``row``, ``cell``, ``kpis`` or
    ``headers``; the place is as exact as the kind.  Those that begin with ``mirror-`` (``missing``, ``stale``,
    ``altered``, ``extra``, ``root``) are about a ``file`` of the mirror, which may belong to no version.
    """

    version_id: VersionId
    kind: str
    message: str
    level: str | None = None
    key: Sequence[str] = ()
    field: str | None = None
    in_database: Any = None
    in_files: Any = None
    file: str | None = None


async def in_tables_alone(uow: UnitOfWork, version: PlanVersion, *, full: bool) -> AsyncGenerator[StorageFinding]:
    """Whether the tables hold the payload that the version's digests tell of; rows are read if it is to be ``full``."""
    version_id = version.version_id
    levels = await uow.tables.series(version_id)
    if payload_digest(levels, await uow.tables.kpis(version_id)) != version.payload_digest:
        message = "digests and KPIs are not those of its payload digest"
        yield StorageFinding(version_id=version_id, kind="payload", message=message)
    if full:
        for series in levels:
            rows = _Digested(uow.tables.rows(version_id, series.level), series, "tables")
            async for _ in rows.batches():
                pass
            for finding in await rows.findings(uow):
                yield finding


async def beside_folder(
    uow: UnitOfWork, version: PlanVersion, folder: PayloadFolder, *, full: bool, rows_in_tables: bool = True
) -> AsyncGenerator[StorageFinding]:
    """What a folder holds otherwise than the ledger tells, and than the tables hold, where these hold rows.

    Each side is read once, after the files' own sums; without ``full``, only levels of which the digests differ.

    Raises:
        IntegrityError: the folder is damaged.
    """
    if full:
        await folder.verify()
    version_id = version.version_id
    here = {series.level: series for series in await uow.tables.series(version_id)}
    there = {series.level: series for series in folder.series}
    for level in sorted(here.keys() | there.keys()):
        if level not in here or level not in there:
            yield _only(version_id, level, "ledger" if level in here else "folder")
        elif full or here[level].digest != there[level].digest:
            found = _on_both(uow, here[level], folder) if rows_in_tables else _in_folder(uow, here[level], folder)
            async for finding in found:
                yield finding
    async for finding in _rest(uow, version_id, folder):
        yield finding


async def _on_both(uow: UnitOfWork, series: PlanSeries, folder: PayloadFolder) -> AsyncIterator[StorageFinding]:
    rows = _Digested(uow.tables.rows(series.version_id, series.level), series, "tables")
    async for finding in differing(rows.batches(), folder.rows(series.level), series.version_id):
        yield finding
    for finding in await rows.findings(uow):
        yield finding


async def _in_folder(uow: UnitOfWork, series: PlanSeries, folder: PayloadFolder) -> AsyncIterator[StorageFinding]:
    rows = _Digested(folder.rows(series.level), series, "folder")
    async for _ in rows.batches():
        pass
    for finding in await rows.findings(uow):
        yield finding


def _only(version_id: VersionId, level: str, side: str) -> StorageFinding:
    return StorageFinding(
        version_id=version_id, kind="level", level=level, message=f"only the {side} has the level {level}"
    )


async def _rest(uow: UnitOfWork, version_id: VersionId, folder: PayloadFolder) -> AsyncIterator[StorageFinding]:
    for kind, mine, other in (
        ("kpis", await uow.tables.kpis(version_id), await folder.kpis()),
        ("headers", await uow.tables.headers(version_id), await folder.headers()),
    ):
        if mine != other:
            yield StorageFinding(version_id=version_id, kind=kind, message=f"the {kind} are not the same")


class _Digested:
    """The rows of a level on one side, digested as they are read."""

    def __init__(self, rows: Batches, series: PlanSeries, side: str) -> None:
        self._rows = rows
        self._series = series
        self._side = side
        self._digester = SeriesDigester(series.version_id, series.level)

    async def batches(self) -> AsyncGenerator[Sequence[SeriesRow]]:
        async with aclosing(self._rows) as batches:
            async for batch in batches:
                self._digester.take(batch)
                yield batch

    async def findings(self, uow: UnitOfWork) -> Sequence[StorageFinding]:
        """The buckets of which other rows were read, to the end, than the ledger's digests tell of."""
        version_id, level = self._series.version_id, self._series.level
        if self._digester.close().digest == self._series.digest:
            return []
        here = {bucket[:2]: bucket for bucket in map(_of_bucket, self._digester.buckets)}
        told = {bucket[:2]: bucket for bucket in map(_of_bucket, await uow.tables.buckets(version_id, level))}
        keys: list[Sequence[str]] = [key for key in sorted(here | told) if here.get(key) != told.get(key)]
        return [
            StorageFinding(
                version_id=version_id,
                kind="rows",
                level=level,
                key=key,
                message=f"the rows of {level} in the {self._side} are not those of their digest",
            )
            for key in keys or [()]
        ]


def _of_bucket(bucket: BucketDigest) -> tuple[str, str, bytes]:
    return bucket.time_bucket_type, bucket.time_bucket_key, bucket.digest


async def differing(here: Batches, there: Batches, version_id: VersionId) -> AsyncGenerator[StorageFinding]:
    """The rows and cells that differ in a level; whole buckets with equal digests are read all the same."""
    async for mine, other in matched(here, there):
        row = mine or other
        if row is None or mine == other:
            continue
        key = [str(part) for part in row[1:KEY_LENGTH]]
        place: dict[str, Any] = {"version_id": version_id, "level": row.level, "key": key}
        if mine is None or other is None:
            side = "folder" if mine is None else "tables"
            yield StorageFinding(**place, kind="row", message=f"only the {side} has the row")
            continue
        for number, name in enumerate(_COLUMNS):
            if mine[number] != other[number]:
                yield StorageFinding(
                    **place,
                    kind="cell",
                    field=name,
                    in_database=mine[number],
                    in_files=other[number],
                    message="the two sides differ",
                )
