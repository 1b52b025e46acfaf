"""Shadow reads: in the mode ``both``, a share of reads is done again on both sides, and compared."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from ...domain.errors import IntegrityError, PlanvaultError
from ...domain.shared.clock import Clock
from ...domain.shared.ids import VersionId
from ...domain.storage.mismatch import MOST_SAMPLES, MismatchEvent
from ...domain.storage.state import Side, StorageMode
from ..json_values import plain
from ..telemetry import Telemetry
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .folders import PayloadFolders
from .placed_payload import PlacedPayload
from .placed_rows import PlacedRows
from .shadow_read import ShadowRead
from .side_by_side import StorageFinding, differing

_LOG = logging.getLogger("planvault.storage")
_WAITING = 100
_MOST_FINDINGS = 1_000


@dataclass(kw_only=True)
class ShadowReads:
    """Takes note of a ``share`` of reads and compares them later, beside whatever else goes on.

    Nobody waits for it and no read fails by it: what cannot be compared in time is left out and counted as skipped.
    A read that the sides answer differently is counted, logged, and told in the ledger once for each payload.
    """

    folders: PayloadFolders | None
    telemetry: Telemetry
    clock: Clock
    share: float = 0.0
    _waiting: asyncio.Queue[ShadowRead] = field(default_factory=lambda: asyncio.Queue(_WAITING), init=False)
    _told: set[tuple[str, str]] = field(default_factory=set, init=False)

    def offer(self, read: ShadowRead) -> None:
        """Perhaps take note of a read."""
        if self.share and random.random() < self.share:  # noqa: S311 (a sample, no secret)
            try:
                self._waiting.put_nowait(read)
            except asyncio.QueueFull:
                self.telemetry.shadow_read("skipped")

    @asynccontextmanager
    async def comparing(self, unit_of_work: UnitOfWorkFactory) -> AsyncIterator[None]:
        """Compare what was noted, meanwhile and at the end."""
        if not self.share:
            yield
            return
        task = asyncio.create_task(self._work(unit_of_work))
        try:
            yield
            await self._waiting.join()
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _work(self, unit_of_work: UnitOfWorkFactory) -> None:
        while True:
            read = await self._waiting.get()
            try:
                await self._compare(unit_of_work, read)
            except PlanvaultError as error:
                self.telemetry.shadow_read("skipped")
                _LOG.warning("a read of %s could not be compared: %s", read.version_id, error.message)
            except Exception:  # noqa: BLE001 (told in full; who waits for the rest would wait for ever)
                self.telemetry.shadow_read("skipped")
                _LOG.exception("a read of %s could not be compared", read.version_id)
            finally:
                self._waiting.task_done()

    async def _compare(self, unit_of_work: UnitOfWorkFactory, read: ShadowRead) -> None:
        async with unit_of_work(read_only=True) as uow:
            state = await uow.storage.state()
            version = await uow.plans.find(read.version_id)
            pointer = await uow.storage.pointer(read.version_id)
            if state is None or state.mode is not StorageMode.BOTH or version is None or pointer is None:
                return
            if pointer.payload_digest != version.payload_digest:  # it is not filed, which the status shows
                return
            findings = await self._findings(uow, read)
        self.telemetry.shadow_read("differs" if findings else "agrees")
        if findings:
            _LOG.error("%s does not read the same from tables and folder", version.version_id)
            if (told := (version.version_id, version.payload_digest)) not in self._told:
                self._told.add(told)
                await self._tell(unit_of_work, *told, findings)

    async def _findings(self, uow: UnitOfWork, read: ShadowRead) -> list[StorageFinding]:
        findings: list[StorageFinding] = []
        placed = PlacedRows(uow.tables, uow.storage, self.folders, primary=Side.FILES)
        there = read.batches(PlacedPayload(uow.tables, placed))
        try:
            async with aclosing(differing(read.batches(uow.tables), there, read.version_id)) as found:
                async for finding in found:
                    findings.append(finding)
                    if len(findings) == _MOST_FINDINGS:
                        break
        except IntegrityError as error:
            findings.append(StorageFinding(version_id=read.version_id, kind="damaged", message=error.message))
        finally:
            await placed.close()
        return findings

    async def _tell(
        self, unit_of_work: UnitOfWorkFactory, version_id: VersionId, digest: str, findings: list[StorageFinding]
    ) -> None:
        event = MismatchEvent(
            version_id=version_id,
            payload_digest=digest,
            found=len(findings),
            samples=[_sample(finding) for finding in findings[:MOST_SAMPLES]],
        )
        async with unit_of_work() as uow:
            await uow.events.append(event.draft(), at=self.clock.now())
            await uow.commit()


def _sample(finding: StorageFinding) -> dict[str, Any]:
    fields = {
        "kind": finding.kind,
        "level": finding.level,
        "key": list(finding.key),
        "field": finding.field,
        "in_database": plain(finding.in_database),
        "in_files": plain(finding.in_files),
    }
    return {name: value for name, value in fields.items() if value not in (None, [])}
