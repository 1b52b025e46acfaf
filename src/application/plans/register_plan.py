"""Registering a plan that was made elsewhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field

from ...domain.access.actor import Role
from ...domain.errors import InvalidRequestError, PlanvaultError
from ...domain.plans.series import SeriesRow
from ...domain.plans.version import PlanAction, PlanEvent, PlanOrigin, PlanVersion, Provenance
from ...domain.shared.clock import Clock
from ...domain.shared.ids import VersionId, comment, title, version_id
from ..access.admission import Admission
from ..exchange import NamedStream, RowSpool, RowSpoolFactory, SeriesReader
from ..retrying import retried
from ..telemetry import Telemetry
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .packed_plan import PackedPlan, packed_plan
from .plan_archive import PlanArchives
from .plan_inputs import require_inputs_kept, revision_registered_from
from .publication import Publication, spooled
from .register_request import RegisterRequest
from .row_guard import RowGuard

_ROWS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPlan:
    """Keep rows that some other program planned as a plan version of their own."""

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    reader: SeriesReader
    archives: PlanArchives
    spool: RowSpoolFactory
    telemetry: Telemetry
    clock: Clock
    guard: RowGuard = field(default_factory=RowGuard)

    async def file(self, file: NamedStream, request: RegisterRequest) -> PlanVersion:
        """Register the rows of a JSON lines or CSV file, or a whole plan that was packed into a zip.

        A packed plan is a draft of whoever registers it, with its edits, locks and weights; a trial stays one.

        Raises:
            ValidationError: a line breaks a rule; nothing was stored.
            ArchiveRejectedError: the zip is no packed plan, or was altered.
            PlanvaultError: as ``rows``.
        """
        request.actor.require(Role.PLANNER)
        version_id(request.version_id)
        if file.name.lower().endswith(".zip"):
            return await self._packed(file, request)
        with self.spool() as spool:
            await asyncio.to_thread(spool.add, self.reader.rows(file))
            return await self._register(spool, request, None)

    async def _packed(self, file: NamedStream, request: RegisterRequest) -> PlanVersion:
        with ExitStack() as stack:
            files = await asyncio.to_thread(lambda: stack.enter_context(self.archives.opened(file)))
            packed = await asyncio.to_thread(packed_plan, file.name, files)
            spool = stack.enter_context(self.spool())
            for name in packed.level_files:
                await asyncio.to_thread(spool.add, self.reader.rows(files[name]))
            return await self._register(spool, packed.describing(request), packed)

    async def rows(self, rows: Iterable[SeriesRow] | AsyncIterable[SeriesRow], request: RegisterRequest) -> PlanVersion:
        """Register rows of any levels, in any order; make each with ``series_row``, which checks it.

        Raises:
            ForbiddenError: the actor is no planner.
            AlreadyExistsError: the version id is taken.
            NotFoundError, InputSetMissingError, IllegalTransitionError: the inputs it names cannot be those.
            InvalidRequestError: there are no rows, a key stands twice, or a measure is not finite.
        """
        request.actor.require(Role.PLANNER)
        version_id(request.version_id)
        with self.spool() as spool:
            if isinstance(rows, AsyncIterable):
                batch: list[SeriesRow] = []
                async for row in rows:
                    batch.append(row)
                    if len(batch) >= _ROWS_AT_ONCE:
                        spool.add(batch)
                        batch = []
                spool.add(batch)
            else:
                await asyncio.to_thread(spool.add, rows)
            return await self._register(spool, request, None)

    async def _register(self, spool: RowSpool, request: RegisterRequest, packed: PackedPlan | None) -> PlanVersion:
        return await self.guard.with_room(lambda: self._registered(spool, request, packed), actor=request.actor)

    @retried
    async def _registered(self, spool: RowSpool, request: RegisterRequest, packed: PackedPlan | None) -> PlanVersion:
        if not spool.levels:
            raise InvalidRequestError(
                "There are no series rows, so there is no plan to register.",
                remedy="Give a file or rows with at least one level.",
            )
        began = time.perf_counter()
        try:
            version = await self._store(spool, request, packed)
        except PlanvaultError as error:
            self.telemetry.plan_not_stored(error=error.code)
            raise
        seconds = time.perf_counter() - began
        self.telemetry.plan_stored(origin=PlanOrigin.REGISTERED, rows=version.series_rows, seconds=seconds)
        if request.input_set is None:
            self.telemetry.run_without_inputs(entrypoint=request.trigger)
        return version

    async def _store(self, spool: RowSpool, request: RegisterRequest, packed: PackedPlan | None) -> PlanVersion:
        # Looked up beside the bulk write, which would otherwise keep the input set's writers waiting; what a
        # revision's number names never changes.
        async with self.unit_of_work(read_only=True) as uow:
            described = await self._version(uow, request)
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, request.actor)
            publication = Publication(uow, described)
            await publication.begin()
            for level in spool.levels:
                await publication.level(level, spooled(spool, level))
            version = await publication.finish({} if packed is None else packed.headers)
            if packed is not None:
                version = await packed.laid_over(uow, version)
            await self.guard.require_room(uow, adding=version.series_rows)
            event = PlanEvent(
                version=version, action=PlanAction.REGISTER, actor=request.actor, comment=comment(request.comment)
            )
            await require_inputs_kept(uow, version.provenance)
            await uow.events.append(event.draft(), at=version.created_at)
            await uow.commit()
        return version

    async def _version(self, uow: UnitOfWork, request: RegisterRequest) -> PlanVersion:
        input_set = revision = None
        if request.input_set is not None:
            input_set, revision = await revision_registered_from(uow, request.input_set, trial=request.trial)
        now = self.clock.now()
        return PlanVersion(
            version_id=VersionId(request.version_id),
            title=title(request.title),
            trial=request.trial,
            provenance=Provenance(
                origin=PlanOrigin.REGISTERED,
                config_version_id=None if input_set is None else input_set.config_version_id,
                input_label=None if input_set is None else input_set.label,
                input_revision=None if revision is None else revision.number,
                input_content_hash=None if revision is None else revision.content_hash,
                engine_name=title(request.engine_name),
                engine_version=title(request.engine_version),
                engine_parameters=request.engine_parameters,
            ),
            objective=comment(request.objective),
            note=comment(request.note),
            payload_digest="",
            plan_digest="",
            series_rows=0,
            created_at=now,
            created_by=request.actor.name,
            updated_at=now,
        )
