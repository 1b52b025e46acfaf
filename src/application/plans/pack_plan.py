"""Taking a whole plan out: every level, its KPIs and edits, and a manifest, in one file."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ...domain.errors import TooLargeError
from ...domain.plans.series import PlanSeries, SeriesRow
from ...domain.plans.version import PlanVersion
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
PLAN_BYTES = (1 << 32) - (1 << 20)  # what is opened again when it is registered, and a margin for names and hashes
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
            TooLargeError: a level takes 2 GiB or more, or all of them 4 GiB.
            StorageFullError: there is no room for the temporary file.
        """
        async with self.unit_of_work(read_only=True) as uow:
            version, levels, small = await _outline(uow, wanted)
            room = _Room()
            files = [_file(name, partial(_once, text, room)) for name, text in small.items()]
            files += [
                _file(level_file(level), partial(self._rows, uow, version.version_id, level, room)) for level in levels
            ]
            packed = await self.archives.packed(files)
        return PlanArchive(
            version=version,
            name=f"plan_{version.version_id}.zip",
            tag=_tag(small),
            size=packed.size,
            file=packed.file,
            pieces=partial(pieces_of, packed.file),
        )

    async def tag(self, wanted: str) -> str:
        """The tag that the file would have now, without making it.

        Raises:
            NotFoundError: as for the file.
        """
        async with self.unit_of_work(read_only=True) as uow:
            return _tag((await _outline(uow, wanted))[2])

    async def _rows(self, uow: UnitOfWork, version: VersionId, level: str, room: _Room) -> AsyncGenerator[bytes, None]:
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
                room.take(piece)
                yield piece


@dataclass(slots=True)
class _Room:
    """What is left of the room of a zip."""

    left: int = field(default_factory=lambda: PLAN_BYTES)

    def take(self, piece: bytes) -> None:
        """Count a piece.

        Raises:
            TooLargeError: there is no room for it.
        """
        self.left -= len(piece)
        if self.left < 0:
            raise TooLargeError(
                f"The plan takes more than {PLAN_BYTES} bytes, which is more than a registration opens.",
                remedy="Write its levels one by one: planvault plans export V --level LEVEL -o FILE.jsonl.",
                limit=PLAN_BYTES,
            )


async def _outline(uow: UnitOfWork, wanted: str) -> tuple[PlanVersion, list[str], dict[str, str]]:
    """The version, its levels, and the texts of the files besides their rows: together they decide about the zip."""
    version = (await uow.plans.get(version_id(wanted))).require_rows()
    series = await uow.payload.series(version.version_id)
    fields: dict[str, Any] = {
        MANIFEST_FILE: manifest_fields(version, [_level_fields(level) for level in series]),
        KPIS_FILE: [[*kpi.key, kpi.value, kpi.unit] for kpi in await uow.payload.kpis(version.version_id)],
        HEADERS_FILE: await uow.payload.headers(version.version_id),
        OVERLAY_FILE: overlay_fields(await uow.overlays.load(version.version_id)),
    }
    texts = {name: document(value) + "\n" for name, value in fields.items()}
    return version, [level.level for level in series], texts


def _tag(texts: Mapping[str, str]) -> str:
    """SHA-256 over these files, of which the manifest names the digests of all rows."""
    return hashlib.sha256(document(dict(texts)).encode()).hexdigest()


def _level_fields(level: PlanSeries) -> dict[str, Any]:
    name = level.level
    return {"level": name, "rows": level.row_count, "digest": level.digest.hex(), "file": level_file(name)}


def _file(name: str, pieces: Callable[[], AsyncGenerator[bytes, None]]) -> OutgoingFile:
    return OutgoingFile(name=name, row_count=0, pieces=pieces)


async def _once(text: str, room: _Room) -> AsyncGenerator[bytes, None]:
    piece = text.encode()
    room.take(piece)
    yield piece
