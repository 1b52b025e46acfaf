"""Verifying: whether tables and folders hold the same payloads, down to the cell."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from ...domain.errors import IntegrityError
from ...domain.plans.version import PlanStatus, PlanVersion
from ...domain.shared.clock import Clock
from ...domain.shared.ids import VersionId
from ...domain.shared.ids import version_id as checked
from ...domain.storage.state import StorageMode, Verification
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .filing import root_of
from .folders import PayloadFolders
from .side_by_side import StorageFinding, beside_folder, in_tables_alone
from .verify_mirror import VerifyMirror

# Kinds of findings after which the tables are looked at by themselves.
_WITHOUT_FOLDER = frozenset({"unfiled", "damaged"})


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyStorage:
    """Compare the payloads in the tables with those in the folders; where there is one side, with its digests."""

    unit_of_work: UnitOfWorkFactory
    folders: PayloadFolders | None
    clock: Clock
    mirror: VerifyMirror | None = None

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
        whole = not wanted and sample is None
        if self.mirror is not None:
            async with aclosing(self.mirror(None if whole else ids, full=full)) as mirrored:
                async for finding in mirrored:
                    findings += 1
                    yield finding
        if whole:
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
            state = await uow.storage.state()
            mode = StorageMode.DB if state is None else state.mode
            if mode.has_files:
                async with aclosing(self._filed(uow, version, mode, full=full)) as found:
                    whole = True
                    async for finding in found:
                        whole = whole and finding.kind not in _WITHOUT_FOLDER
                        yield finding
                if whole:
                    return
            if mode.has_tables:
                async with aclosing(in_tables_alone(uow, version, full=full)) as found:
                    async for finding in found:
                        yield finding

    async def _filed(
        self, uow: UnitOfWork, version: PlanVersion, mode: StorageMode, *, full: bool
    ) -> AsyncGenerator[StorageFinding]:
        version_id = version.version_id
        pointer = await uow.storage.pointer(version_id)
        if pointer is None or pointer.payload_digest != version.payload_digest:
            yield StorageFinding(version_id=version_id, kind="unfiled", message="no folder holds its payload")
            return
        try:
            folder = await root_of(self.folders).open(pointer.folder)
            try:
                async with aclosing(
                    beside_folder(uow, version, folder, full=full, rows_in_tables=mode.has_tables)
                ) as found:
                    async for finding in found:
                        yield finding
            finally:
                await folder.close()
        except IntegrityError as error:
            yield StorageFinding(version_id=version_id, kind="damaged", message=error.message)

    async def _note(self, versions: int, findings: int) -> None:
        async with self.unit_of_work() as uow:
            state = await uow.storage.state()
            if state is not None:
                found = Verification(at=self.clock.now(), versions=versions, findings=findings)
                await uow.storage.save_state(replace(state, verification=found))
                await uow.commit()
