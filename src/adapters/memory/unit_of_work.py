"""The unit of work in memory: work on a copy, swap it in at commit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from ...application.plans.row_comparisons import RowComparisons
from ...application.plans.row_pivots import RowPivots
from ...application.unit_of_work import (
    BeforeCommit,
    Payloads,
    PlacesPayloads,
    UnitOfWork,
    UnitOfWorkFactory,
    in_tables,
    nothing_before_commit,
)
from ...domain.errors import ConflictError
from ...domain.plans.pivot import PlanPivotRepository
from ...domain.plans.ports import PlanComparisonRepository, PlanPayloadRepository
from ...domain.shared.ids import VersionId
from ...domain.storage.mirror import Touched
from .access import MemoryTokenRepository
from .backfills import MemoryBackfillRepository
from .baselines import MemoryBaselineRepository
from .events import MemoryEventLog
from .image import MemoryStoreImage
from .import_reports import MemoryImportReportRepository
from .input_sets import MemoryInputSetRepository
from .inputs import MemoryConfigRepository, MemoryInputContentRepository
from .jobs import MemoryJobRepository
from .maintenance import MemoryMaintenanceRepository
from .mirror import NoLedgerParts, NoOutbox
from .overlays import MemoryPlanOverlayRepository
from .payload import MemoryPlanPayloadRepository
from .plans import MemoryPlanVersionRepository
from .runs import MemoryRunRepository
from .state import MemoryState
from .storage import MemoryStorageRepository


class MemoryStore(UnitOfWorkFactory):
    """A store that ends with the process: one writer at a time, readers see the last committed state."""

    def __init__(
        self, *, before_commit: BeforeCommit = nothing_before_commit, places: PlacesPayloads = in_tables
    ) -> None:
        """Begin empty; ``before_commit`` is done at the end of every writing unit of work."""
        self.state = MemoryState()
        self.before_commit = before_commit
        self.places = places
        self._writers = asyncio.Lock()

    def __call__(self, *, read_only: bool = False) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work on a copy of the state."""
        return self._reader() if read_only else self._writer()

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[UnitOfWork]:
        uow = MemoryUnitOfWork(self, self.state, read_only=True)
        try:
            yield uow
        finally:
            await uow.close()

    @asynccontextmanager
    async def _writer(self) -> AsyncIterator[UnitOfWork]:
        async with self._writers:
            uow = MemoryUnitOfWork(self, self.state.copy(), read_only=False)
            try:
                yield uow
            finally:
                await uow.close()


class MemoryUnitOfWork(UnitOfWork):
    """The repositories of one copy of the state."""

    def __init__(self, store: MemoryStore, state: MemoryState, *, read_only: bool) -> None:
        """Work on this state; a commit puts a copy of it into the store."""
        self._store = store
        self._state = state
        self._read_only = read_only
        self._configs = MemoryConfigRepository(state)
        self._input_sets = MemoryInputSetRepository(state)
        self._contents = MemoryInputContentRepository(state)
        self._import_reports = MemoryImportReportRepository(state)
        self._plans = MemoryPlanVersionRepository(state)
        self._baselines = MemoryBaselineRepository(state)
        self._tables = MemoryPlanPayloadRepository(state)
        self._overlays = MemoryPlanOverlayRepository(state)
        self._storage = MemoryStorageRepository(state)
        self._touched = Touched()
        self._outbox = NoOutbox()
        self._parts = NoLedgerParts()
        tables = Payloads(
            payload=self._tables,
            comparisons=RowComparisons(self._tables.rows_in),
            pivots=RowPivots(self._tables),
        )
        self._placed = store.places(tables, self._storage)
        self._runs = MemoryRunRepository(state)
        self._jobs = MemoryJobRepository(state)
        self._backfills = MemoryBackfillRepository(state)
        self._tokens = MemoryTokenRepository(state)
        self._events = MemoryEventLog(state)
        self._maintenance = MemoryMaintenanceRepository(state)
        self._image = MemoryStoreImage()

    @property
    def configs(self) -> MemoryConfigRepository:
        """Config versions."""
        return self._configs

    @property
    def input_sets(self) -> MemoryInputSetRepository:
        """Input sets with their revisions."""
        return self._input_sets

    @property
    def contents(self) -> MemoryInputContentRepository:
        """The rows of revisions."""
        return self._contents

    @property
    def import_reports(self) -> MemoryImportReportRepository:
        """What imports came to."""
        return self._import_reports

    @property
    def plans(self) -> MemoryPlanVersionRepository:
        """Plan versions."""
        return self._plans

    @property
    def baselines(self) -> MemoryBaselineRepository:
        """The baselines of config versions."""
        return self._baselines

    @property
    def payload(self) -> PlanPayloadRepository:
        """Series rows, KPIs and artifacts."""
        return self._placed.payload

    @property
    def tables(self) -> MemoryPlanPayloadRepository:
        """The payload as the memory holds it."""
        return self._tables

    @property
    def comparisons(self) -> PlanComparisonRepository:
        """Comparisons of plans."""
        return self._placed.comparisons

    @property
    def pivots(self) -> PlanPivotRepository:
        """Pivots of plans."""
        return self._placed.pivots

    @property
    def overlays(self) -> MemoryPlanOverlayRepository:
        """Overrides, locks and weights of plans."""
        return self._overlays

    @property
    def storage(self) -> MemoryStorageRepository:
        """How payloads are kept."""
        return self._storage

    @property
    def payloads_written(self) -> AbstractSet[VersionId]:
        """The versions whose payload was written so far."""
        return self._tables.written

    @property
    def touched(self) -> Touched:
        """Nothing that anybody would mirror."""
        return self._touched

    @property
    def outbox(self) -> NoOutbox:
        """None: what ends with the process is not mirrored."""
        return self._outbox

    @property
    def parts(self) -> NoLedgerParts:
        """None."""
        return self._parts

    def keep_folder(self, version_id: VersionId) -> None:
        """Let the folder of a version stand, though its payload was written."""
        self._tables.written.discard(version_id)

    @property
    def runs(self) -> MemoryRunRepository:
        """Runs."""
        return self._runs

    @property
    def jobs(self) -> MemoryJobRepository:
        """Jobs."""
        return self._jobs

    @property
    def backfills(self) -> MemoryBackfillRepository:
        """Backfills."""
        return self._backfills

    @property
    def tokens(self) -> MemoryTokenRepository:
        """Access tokens."""
        return self._tokens

    @property
    def events(self) -> MemoryEventLog:
        """The event chain."""
        return self._events

    @property
    def maintenance(self) -> MemoryMaintenanceRepository:
        """The store as a whole."""
        return self._maintenance

    @property
    def image(self) -> MemoryStoreImage:
        """None; it says so."""
        return self._image

    async def close(self) -> None:
        """Let go of what was opened beside the memory."""
        await self._placed.close()

    async def commit(self) -> None:
        """Keep everything that was done since entering."""
        if self._read_only:
            raise ConflictError("A read-only unit of work has nothing to commit.")
        await self._store.before_commit(self)
        self._store.state = self._state.copy()
