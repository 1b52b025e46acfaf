"""Verifying: whether tables and folders hold the same payloads, down to the cell."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from ...domain.errors import IntegrityError
from ...domain.plans.digests import SeriesDigester
from ...domain.plans.series import KEY_LENGTH, PlanSeries, SeriesRow
from ...domain.plans.version import PlanStatus, PlanVersion
from ...domain.shared.clock import Clock
from ...domain.shared.ids import VersionId
from ...domain.shared.ids import version_id as checked
from ...domain.storage.state import FolderPointer, Verification
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .filing import root_of
from .folders import PayloadFolder, PayloadFolders
from .matching import Batches, matched

_COLUMNS = SeriesRow._fields


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageFinding:
    """One thing in which the two sides of a version do not agree, or that is damaged.

    ``kind`` is ``unfiled``, ``damaged`` (the folder cannot be read), ``rows`` (the table's rows are not those of its
    digests), ``level``, ``row``, ``cell``, ``kpis`` or ``headers``; the place is as exact as the kind.
    """

    version_id: VersionId
    kind: str
    message: str
    level: str | None = None
    key: Sequence[str] = ()
    field: str | None = None
    in_database: Any = None
    in_files: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyStorage:
    """Compare the payloads in the tables with those in the folders."""

    unit_of_work: UnitOfWorkFactory
    folders: PayloadFolders | None
    clock: Clock

    async def __call__(
        self, wanted: Sequence[str] = (), *, sample: int | None = None, full: bool = False
    ) -> AsyncGenerator[StorageFinding]:
        """What does not agree, version by version, level by level, in key order; nothing where all agrees.

        Stored digests are trusted unless ``full``, which reads every row on both sides.  Whole verifications, those
        that leave no version out, are noted and shown by ``storage status``.

        Raises:
            NotFoundError: there is no such version.
            StorageError: the store or the files root cannot be read.
        """
        ids = await self._chosen(wanted, sample)
        findings = 0
        for version_id in ids:
            async with aclosing(self._of(version_id, full=full)) as found:
                async for finding in found:
                    findings += 1
                    yield finding
        if not wanted and sample is None:
            await self._note(len(ids), findings)

    async def _chosen(self, wanted: Sequence[str], sample: int | None) -> list[VersionId]:
        async with self.unit_of_work(read_only=True) as uow:
            if wanted:
                return [(await uow.plans.get(checked(text))).version_id for text in wanted]
            filed = [pointer.folder.version_id for pointer in await uow.storage.pointers()]
            ids = sorted({*filed, *await uow.storage.unfiled()}, key=str.lower)
        if sample is not None and sample < len(ids):
            ids = sorted(random.sample(ids, sample), key=str.lower)
        return ids

    async def _of(self, version_id: VersionId, *, full: bool) -> AsyncGenerator[StorageFinding]:
        # One snapshot of a version and its pointer: whoever changes it meanwhile points to a folder of his own.
        async with self.unit_of_work(read_only=True) as uow:
            version = await uow.plans.find(version_id)
            if version is None or version.status is PlanStatus.ARCHIVED:  # a trimmed one has no payload
                return
            pointer = await uow.storage.pointer(version_id)
            if pointer is None or pointer.payload_digest != version.payload_digest:
                yield StorageFinding(version_id=version_id, kind="unfiled", message="no folder holds its payload")
            else:
                try:
                    async with aclosing(_compared(uow, version, self.folders, pointer, full=full)) as found:
                        async for finding in found:
                            yield finding
                except IntegrityError as error:
                    yield StorageFinding(version_id=version_id, kind="damaged", message=error.message)
                else:
                    return
            if full:
                for series in await uow.payload.series(version_id):
                    rows = _Digested(uow, series)
                    async for _ in rows.batches():
                        pass
                    if not rows.told:
                        yield rows.finding

    async def _note(self, versions: int, findings: int) -> None:
        async with self.unit_of_work() as uow:
            state = await uow.storage.state()
            if state is not None:
                found = Verification(at=self.clock.now(), versions=versions, findings=findings)
                await uow.storage.save_state(replace(state, verification=found))
                await uow.commit()


class _Digested:
    """The rows of a level in the tables, digested as they are read."""

    def __init__(self, uow: UnitOfWork, series: PlanSeries) -> None:
        self._uow = uow
        self._series = series
        self._digester = SeriesDigester(series.version_id, series.level)

    async def batches(self) -> AsyncGenerator[list[SeriesRow]]:
        async for batch in self._uow.payload.rows(self._series.version_id, self._series.level):
            self._digester.take(batch)
            yield batch

    @property
    def told(self) -> bool:
        """Whether what was read, to its end, is what the stored digest tells of."""
        return self._digester.close().digest == self._series.digest

    @property
    def finding(self) -> StorageFinding:
        level = self._series.level
        return StorageFinding(
            version_id=self._series.version_id,
            kind="rows",
            level=level,
            message=f"the rows of {level} in the tables are not those of their digest",
        )


async def _compared(
    uow: UnitOfWork, version: PlanVersion, folders: PayloadFolders | None, pointer: FolderPointer, *, full: bool
) -> AsyncGenerator[StorageFinding]:
    """What does not agree between the tables and the folder, each read once after the files' own sums.

    Raises:
        IntegrityError: the folder is damaged.
    """
    folder = await root_of(folders).open(pointer.folder)
    try:
        if full:
            await folder.verify()
        async for finding in _levels(uow, version.version_id, folder, full=full):
            yield finding
        for kind, mine, other in (
            ("kpis", await uow.payload.kpis(version.version_id), await folder.kpis()),
            ("headers", await uow.payload.headers(version.version_id), await folder.headers()),
        ):
            if mine != other:
                message = f"the {kind} are not the same"
                yield StorageFinding(version_id=version.version_id, kind=kind, message=message)
    finally:
        await folder.close()


async def _levels(
    uow: UnitOfWork, version_id: VersionId, folder: PayloadFolder, *, full: bool
) -> AsyncIterator[StorageFinding]:
    here = {series.level: series for series in await uow.payload.series(version_id)}
    there = {series.level: series for series in folder.series}
    for level in sorted(here.keys() | there.keys()):
        if level not in here or level not in there:
            side = "tables" if level in here else "folder"
            yield StorageFinding(
                version_id=version_id, kind="level", level=level, message=f"only the {side} has the level {level}"
            )
        elif full or here[level].digest != there[level].digest:
            rows = _Digested(uow, here[level])
            async for finding in _rows(rows.batches(), folder.rows(level), version_id):
                yield finding
            if full and not rows.told:
                yield rows.finding


async def _rows(here: Batches, there: Batches, version_id: VersionId) -> AsyncIterator[StorageFinding]:
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
