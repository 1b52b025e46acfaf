"""Taking a whole plan out: every level, its KPIs and edits, and a manifest, in one file."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any

from ...domain.errors import TooLargeError
from ...domain.plans.series import PlanSeries, SeriesRow
from ...domain.shared.canonical import document
from ...domain.shared.ids import VersionId, version_id
from ..exchange import OutgoingFile
from ..sending import pieces_of
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .plan_archive import (
    HEADERS_FILE,
    KPIS_FILE,
    MANIFEST_FILE,
    OVERLAY_FILE,
    PlanArchive,
    PlanArchives,
    level_file,
    manifest_fields,
    overlay_fields,
)

LEVEL_BYTES = (1 << 31) - (1 << 20)  # what a zip holds in one entry without the form for larger ones, and a margin
Lines = Callable[[Iterable[SeriesRow]], Iterable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackPlan:
    """Pack a plan version so that registering the file gives the same payload digest."""

    unit_of_work: UnitOfWorkFactory
    archives: PlanArchives
    lines: Lines

    async def __call__(self, wanted: str) -> PlanArchive:
        """The file, complete when this returns; the same plan gives the same bytes.

        Raises:
            NotFoundError: there is no such version.
            TooLargeError: a level takes 2 GiB or more.
            StorageFullError: there is no room for the temporary file.
        """
        async with self.unit_of_work(read_only=True) as uow:
            version = await uow.plans.get(version_id(wanted))
            series = await uow.payload.series(version.version_id)
            kpis = [[*kpi.key, kpi.value, kpi.unit] for kpi in await uow.payload.kpis(version.version_id)]
            small = {
                MANIFEST_FILE: manifest_fields(version, [_level_fields(level) for level in series]),
                KPIS_FILE: kpis,
                HEADERS_FILE: await uow.payload.headers(version.version_id),
                OVERLAY_FILE: overlay_fields(await uow.overlays.load(version.version_id)),
            }
            files = [_file(name, partial(_once, document(fields) + "\n")) for name, fields in small.items()]
            files += [
                _file(level_file(level.level), partial(self._rows, uow, version.version_id, level.level))
                for level in series
            ]
            packed = await self.archives.packed(files)
        return PlanArchive(version=version, size=packed.size, file=packed.file, pieces=partial(pieces_of, packed.file))

    async def _rows(self, uow: UnitOfWork, version: VersionId, level: str) -> AsyncGenerator[bytes, None]:
        async with aclosing(uow.payload.rows(version, level)) as batches:
            size = 0
            async for batch in batches:
                piece = "".join(self.lines(batch)).encode()
                size += len(piece)
                if size > LEVEL_BYTES:
                    raise TooLargeError(
                        f"The level {level} takes more than {LEVEL_BYTES} bytes, which no zip here holds.",
                        remedy=f"Write it by itself: planvault plans series {version} --level {level} -o FILE.jsonl.",
                        limit=LEVEL_BYTES,
                    )
                yield piece


def _level_fields(level: PlanSeries) -> dict[str, Any]:
    name = level.level
    return {"level": name, "rows": level.row_count, "digest": level.digest.hex(), "file": level_file(name)}


def _file(name: str, pieces: Callable[[], AsyncGenerator[bytes, None]]) -> OutgoingFile:
    return OutgoingFile(name=name, row_count=0, pieces=pieces)


async def _once(text: str) -> AsyncGenerator[bytes, None]:
    yield text.encode()
