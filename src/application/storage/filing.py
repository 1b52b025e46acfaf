"""Filing: the payload of a version is written to a folder in the unit of work that changes it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...domain.errors import IntegrityError, StorageError, StorageUnavailableError
from ...domain.plans.digests import SeriesDigester, payload_digest
from ...domain.plans.ports import PlanPayloadRepository
from ...domain.plans.series import PlanSeries, SeriesRow
from ...domain.plans.version import PlanStatus, PlanVersion
from ...domain.shared.ids import VersionId
from ...domain.storage.state import FolderPointer, Side, StorageMode, StorageState
from ..json_values import plain
from ..telemetry import NoTelemetry, Telemetry
from ..unit_of_work import BeforeCommit, UnitOfWork
from .folders import PayloadFolders, StagedFolder

_LOG = logging.getLogger("planvault.storage")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePayloads(BeforeCommit):
    """Before a unit of work is committed: file the payloads that it wrote, where the store keeps files.

    The folder is there, durable, before the commit that points to it: a process that dies in between leaves a folder
    that nothing points to, which ``storage sweep`` finds.  Where the tables are the primary, a folder that cannot be
    written does not keep the plan from being stored, unless ``strict``: the version is unfiled then, which
    ``storage status`` shows.  In the mode ``files`` the rows leave the tables again before the commit.
    """

    folders: PayloadFolders | None
    strict: bool = False
    telemetry: Telemetry = field(default_factory=NoTelemetry)

    async def __call__(self, uow: UnitOfWork) -> None:
        """File what the unit of work wrote.

        Raises:
            ConflictError: the files root is that of another store.
            IntegrityError: the rows are not those of the version's digest.
            StorageError: a folder could not be written, and ``strict`` or the primary asks for it.
        """
        if not uow.payloads_written:
            return
        state = await uow.storage.state()
        self.telemetry.store_keeps(str(StorageMode.DB if state is None else state.mode))
        if state is None or not state.mode.has_files:
            return
        for version_id in sorted(uow.payloads_written):
            version = await uow.plans.find(version_id)
            if version is not None and version.status is not PlanStatus.ARCHIVED:  # a trimmed one has no payload
                await self._file(uow, version, state)

    async def _file(self, uow: UnitOfWork, version: PlanVersion, state: StorageState) -> None:
        await uow.storage.hold_folders()
        try:
            folders = root_of(self.folders)
            await folders.require(state.store_id)
            pointer = await filed(folders, uow.tables, version)
        except IntegrityError:
            raise
        except StorageError as error:
            if self.strict or state.primary is Side.FILES:
                raise
            _LOG.error("%s could not be filed: %s", version.version_id, error.message)
            await uow.storage.unpoint(version.version_id)
            return
        await uow.storage.point(pointer)
        if not state.mode.has_tables:
            await uow.tables.clear_rows(version.version_id)


async def filed(
    folders: PayloadFolders, payload: PlanPayloadRepository, version: PlanVersion, *, checked: bool = False
) -> FolderPointer:
    """Write the payload of a version to a folder of its own.

    Stored digests are taken over and rows counted, which is right for rows whose digests were just taken; ``checked``
    takes them anew.

    Raises:
        IntegrityError: digests or, if they are ``checked``, rows are not those of the version's payload digest; the
            folder is gone.
        StorageError: the folder could not be written; it is gone.
    """
    staged = await folders.stage(version.version_id)
    try:
        write = _checked_level if checked else _level
        found = [await write(staged, payload, series) for series in await payload.series(version.version_id)]
        kpis = await payload.kpis(version.version_id)
        staged.save_kpis(kpis)
        staged.save_headers(await payload.headers(version.version_id))
        _require_told(version, payload_digest(found, kpis))
        name = await staged.publish(about(version))
    except BaseException:
        await staged.discard()
        raise
    return FolderPointer(folder=name, payload_digest=version.payload_digest)


def root_of(folders: PayloadFolders | None) -> PayloadFolders:
    """The folders of the files root.

    Raises:
        StorageUnavailableError: none is set.
    """
    if folders is None:
        raise StorageUnavailableError("No files root is set.", remedy="Set PLANVAULT_FILES_ROOT.")
    return folders


def _require_told(version: PlanVersion, digest: str) -> None:
    if digest != version.payload_digest:
        raise _others(version.version_id)


def _others(version_id: VersionId) -> IntegrityError:
    return IntegrityError(
        f"The rows of {version_id} are not those that its payload digest tells of.",
        remedy=f"See planvault storage verify {version_id} --full.",
        version_id=version_id,
    )


def about(version: PlanVersion) -> dict[str, Any]:
    """What a folder says of the version whose payload it holds."""
    made_from = version.provenance
    return {
        "title": version.title,
        "trial": version.trial,
        "created_at": plain(version.created_at),
        "created_by": version.created_by,
        "origin": str(made_from.origin),
        "input_set": made_from.input_reference,
        "input_content_hash": made_from.input_content_hash,
        "config_version_id": made_from.config_version_id,
        "engine_name": made_from.engine_name,
        "engine_version": made_from.engine_version,
        "engine_parameters": plain(made_from.engine_parameters),
        "run_id": made_from.run_id,
        "job_id": made_from.job_id,
        "payload_digest": version.payload_digest,
    }


async def _level(staged: StagedFolder, payload: PlanPayloadRepository, series: PlanSeries) -> PlanSeries:
    """Write a level under its stored digests, all of it: somebody may have taken rows out of the tables meanwhile."""
    written = await staged.write_rows(series.level, payload.rows(series.version_id, series.level))
    if written != series.row_count:
        raise _others(series.version_id)
    staged.save_series(series, await payload.buckets(series.version_id, series.level))
    return series


async def _checked_level(staged: StagedFolder, payload: PlanPayloadRepository, series: PlanSeries) -> PlanSeries:
    """Write a level, and tell what it came to."""
    version_id = series.version_id
    digester = SeriesDigester(version_id, series.level)

    async def digested() -> AsyncIterator[Sequence[SeriesRow]]:
        async for batch in payload.rows(version_id, series.level):
            digester.take(batch)
            yield batch

    await staged.write_rows(series.level, digested())
    found = digester.close()
    staged.save_series(found, digester.buckets)
    return found
