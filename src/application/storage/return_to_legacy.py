"""Going back to the legacy application: plans are written into a copy of its database, in its own shapes."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...domain.access.actor import Actor, Role
from ...domain.plans.ports import PlanFilter, PlanOrder
from ...domain.plans.series import SeriesRow
from ...domain.plans.version import PlanAction, PlanStatus, PlanVersion, plan_stream
from ...domain.shared.ids import VersionId
from ...domain.shared.ids import version_id as checked
from ..access.admission import Admission
from ..exchange import ArtifactRenderer
from ..plans.read_plans import rendered
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .legacy_copy import LegacyCopies, LegacyVersion, ReturnedVersion

_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnToLegacy:
    """Write versions into a copy of the legacy database, as the application reads them; our store stays as it is."""

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    artifacts: ArtifactRenderer
    copies: LegacyCopies

    async def __call__(
        self, place: Path, wanted: Sequence[str] = (), *, actor: Actor
    ) -> AsyncGenerator[ReturnedVersion]:
        """What the copy holds now, version by version, oldest first; all versions unless some are named.

        A version that came from there has the id that it had.  What the copy holds of trimmed plans, and artifacts
        that are not made here, stay.

        Each is a transaction of its own in the copy, so it can be stopped and begun again.

        Raises:
            ForbiddenError: the actor is no operator.
            NotFoundError: there is no such version, or no such file.
            InvalidRequestError: the file is no copy of a legacy database.
            StorageError: it cannot be written.
        """
        actor.require(Role.OPERATOR)
        async with self.unit_of_work(read_only=True) as uow:
            await self.admission.admit(uow, actor, during_pause=True)
            ids = [(await uow.plans.get(checked(text))).version_id for text in wanted] or await _all(uow)
        async with self.copies(place) as copy:
            for version_id in ids:
                async with self.unit_of_work(read_only=True) as uow:
                    version = await uow.plans.find(version_id)
                    # The rows of a trimmed plan are not here; what the copy has of it is all that there is.
                    if version is not None and version.status is not PlanStatus.ARCHIVED:
                        plan = await _described(uow, version)
                        levels = [series.level for series in await uow.payload.series(version_id)]
                        yield await copy.write(plan, _rows(uow, version_id, levels), self._rendered(uow, plan, levels))

    async def _rendered(
        self, uow: UnitOfWork, plan: LegacyVersion, levels: Sequence[str]
    ) -> AsyncIterator[tuple[str, str]]:
        headers = await uow.payload.headers(plan.version.version_id)
        for name in self.artifacts.names(levels):
            pieces = rendered(uow, plan.version, name, headers, self.artifacts, called=plan.legacy_id)
            yield name, "".join([piece async for piece in pieces])


async def _all(uow: UnitOfWork) -> list[VersionId]:
    ids: list[VersionId] = []
    cursor: str | None = None
    while True:
        page = await uow.plans.list(PlanFilter(order=PlanOrder.CREATED_ASC), limit=_PAGE, cursor=cursor)
        ids += [plan.version_id for plan in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return ids


async def _described(uow: UnitOfWork, version: PlanVersion) -> LegacyVersion:
    events = [event async for event in uow.events.stream(plan_stream(version.version_id))]
    came = (json.loads(event.details_json) for event in events if event.action == PlanAction.BACKFILL)
    number = version.provenance.config_version_id
    return LegacyVersion(
        version=version,
        config_name=None if number is None else (await uow.configs.get(number)).name,
        legacy_id=next((told["source_version"] for told in came), version.version_id),
        overlay=await uow.overlays.load(version.version_id),
        events=events,
        kpis=await uow.payload.kpis(version.version_id),
    )


async def _rows(uow: UnitOfWork, version_id: VersionId, levels: Sequence[str]) -> AsyncIterator[Sequence[SeriesRow]]:
    for level in levels:
        async for batch in uow.payload.rows(version_id, level):
            yield batch
