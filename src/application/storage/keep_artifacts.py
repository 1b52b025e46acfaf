"""Keeping legacy-shaped artifacts in files, for readers that have not moved yet."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

from ...domain.errors import PlanvaultError
from ...domain.plans.version import PlanStatus, PlanVersion
from ...domain.shared.ids import VersionId, folded
from ..exchange import ArtifactRenderer
from ..plans.read_plans import rendered
from ..unit_of_work import AfterCommit, UnitOfWork, UnitOfWorkFactory
from .artifact_files import ArtifactFiles

_LOG = logging.getLogger("planvault.storage")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepArtifacts(AfterCommit):
    """After a unit of work is committed: render the artifacts of the plans that it wrote, where the store keeps files.

    They are derived and nobody's truth here: one that cannot be written is logged, and nothing else happens.  One after
    the other renders what stands then, so what is read last is what was written last, and no sweep comes in between.
    """

    unit_of_work: UnitOfWorkFactory
    files: ArtifactFiles | None
    artifacts: ArtifactRenderer
    wanted: bool = False

    async def __call__(self, uow: UnitOfWork) -> None:
        """Write them; those of versions that are gone or were trimmed are taken away."""
        if not self.wanted or self.files is None:
            return
        written = {folded(version_id) for version_id in uow.payloads_written}
        for key in sorted(written | uow.touched.versions):
            try:
                await self._kept(self.files, key, anew=key in written)
            except PlanvaultError as error:
                _LOG.error("the artifacts of %s could not be kept in files: %s", key, error.message)

    async def _kept(self, files: ArtifactFiles, key: str, *, anew: bool) -> None:
        async with self.unit_of_work() as uow:
            await uow.storage.hold_folders()
            state = await uow.storage.state()
            if state is None or not state.mode.has_files:
                return
            version = await uow.plans.find(VersionId(key))
            if version is None or version.status is PlanStatus.ARCHIVED:
                await files.remove(key)
            elif anew:
                await files.replace(version.version_id, self._rendered(uow, version))

    async def _rendered(self, uow: UnitOfWork, version: PlanVersion) -> AsyncGenerator[tuple[str, AsyncIterator[str]]]:
        levels = [series.level for series in await uow.payload.series(version.version_id)]
        headers = await uow.payload.headers(version.version_id)
        for name in self.artifacts.names(levels):
            yield name, rendered(uow, version, name, headers, self.artifacts)
