"""Writing what a files root holds into the tables of an empty store."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ...domain.errors import IntegrityError
from ...domain.inputs.content import InputContent
from ...domain.plans.digests import SeriesDigester
from ...domain.plans.ports import RowStamp
from ...domain.plans.series import SeriesRow
from ...domain.plans.version import PlanVersion
from ...domain.shared.clock import instant_text
from ...domain.storage.mirror import Tables
from ...domain.storage.state import FolderPointer, StorageMode
from ..threads import in_thread
from ..unit_of_work import UnitOfWork
from .folders import PayloadFolder
from .mirrored_root import MirroredRoot
from .root_survey import BASELINES, CONFIGS, CONTENTS, Survey

_COUNTERS, _EVENTS, _HEADS, _CHECKPOINTS = "counters", "events", "event_heads", "event_checkpoints"
_AT_ONCE = 2_000


@dataclass(slots=True, kw_only=True)
class Writing:
    """One rebuild, within a unit of work that the caller commits."""

    uow: UnitOfWork
    root: MirroredRoot
    survey: Survey
    mode: StorageMode
    _columns: dict[str, tuple[str, ...]] = field(default_factory=dict)

    async def everything(self) -> None:
        """Write all that the survey found usable, each part after those that it refers to.

        Raises:
            IntegrityError: the root no longer holds what the survey found.
        """
        self._columns = {table.name: table.columns for table in self.uow.image.tables}
        store = self.survey.store
        await self._take(CONFIGS, store.get(CONFIGS, ()))
        for content_hash, row in self.survey.contents.items():
            await self._content(row, await in_thread(partial(self.root.content, content_hash)))
        for key in self.survey.labels:
            await self._part((await in_thread(partial(self.root.label, key))).tables)
        for key in self.survey.versions:
            await self._version(key)
        await self._take(BASELINES, store.get(BASELINES, ()))
        counters = [*store.get(_COUNTERS, ()), ["events", self.survey.last], ["commits", self.survey.commit_seq]]
        await self._take(_COUNTERS, counters)
        await self._events()

    async def _content(self, row: Sequence[Any], content: InputContent) -> None:
        content_id = dict(zip(self._columns[CONTENTS], row, strict=True))["content_id"]
        await self._take(CONTENTS, [row])
        for section, rows in content.sections.items():
            await self._take(self.uow.image.section_table(section), [[content_id, *values] for values in rows])

    async def _version(self, key: str) -> None:
        current = await in_thread(partial(self.root.current, key))
        await self._part(current.tables)
        if current.folder is None:
            return
        version = await self.uow.plans.get(current.version_id)
        pointer = FolderPointer(folder=current.folder, payload_digest=version.payload_digest)
        await self.uow.storage.point(pointer)
        if self.mode.has_tables:
            folder = await in_thread(partial(self.root.open, current.folder))
            try:
                for series in folder.series:
                    await self._rows(version, folder, series.level, series.digest)
            finally:
                await folder.close()

    async def _rows(self, version: PlanVersion, folder: PayloadFolder, level: str, digest: bytes) -> None:
        digester = SeriesDigester(version.version_id, level)

        async def digested() -> AsyncIterator[Sequence[SeriesRow]]:
            async for batch in folder.rows(level):
                digester.take(batch)
                yield batch

        made_from = version.provenance
        stamp = RowStamp(config_version_id=made_from.config_version_id, source_run_id=made_from.run_id)
        await self.uow.payload.write_rows(version.version_id, level, digested(), stamp)
        if digester.close().digest != digest:
            raise IntegrityError(f"The rows of {level} of {version.version_id} are not those that its folder tells of.")

    async def _events(self) -> None:
        columns, last = self._columns[_EVENTS], self.survey.last
        for stream in self.survey.heads:
            found = await in_thread(partial(self.root.events, stream))
            rows = [
                [_plain(getattr(event, name)) for name in columns] for event in found.events if event.position <= last
            ]
            await self._take(_EVENTS, rows)
        heads = [[getattr(head, name) for name in self._columns[_HEADS]] for head in self.survey.heads.values()]
        await self._take(_HEADS, heads)
        named = self._columns[_CHECKPOINTS]
        await self._take(
            _CHECKPOINTS, [[_plain(getattr(one, name)) for name in named] for one in self.survey.checkpoints]
        )

    async def _part(self, tables: Tables) -> None:
        """Write the rows of a label or version, a table after those that it refers to; contents are there already."""
        for name in self._columns:
            if name != CONTENTS and tables.get(name):
                await self._take(name, tables[name])

    async def _take(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        if rows:
            await self.uow.image.take(table, _lines(rows))


async def _lines(rows: Sequence[Sequence[Any]]) -> AsyncGenerator[bytes]:
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        yield b"".join([json.dumps(list(row), ensure_ascii=False).encode() + b"\n" for row in some])


def _plain(value: Any) -> Any:
    return instant_text(value) if hasattr(value, "astimezone") else value
