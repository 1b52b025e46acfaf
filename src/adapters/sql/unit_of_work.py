"""The unit of work over SQL: one connection, one transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from ...application.unit_of_work import (
    AfterCommit,
    BeforeCommit,
    Payloads,
    PlacesPayloads,
    UnitOfWork,
    UnitOfWorkFactory,
    in_tables,
    nothing_after_commit,
    nothing_before_commit,
)
from ...domain.errors import ConflictError
from ...domain.plans.pivot import PlanPivotRepository
from ...domain.plans.ports import PlanComparisonRepository, PlanPayloadRepository
from ...domain.shared.clock import Clock
from ...domain.shared.ids import VersionId
from ...domain.storage.mirror import Touched
from .access import SqlTokenRepository
from .backfills import SqlBackfillRepository
from .baselines import SqlBaselineRepository
from .comparisons import SqlPlanComparisonRepository
from .configs import SqlConfigRepository
from .contents import SqlInputContentRepository
from .dialects import SqlDialect
from .events import SqlEventLog
from .image import SqlStoreImage
from .import_reports import SqlImportReportRepository
from .input_sets import SqlInputSetRepository
from .jobs import SqlJobRepository
from .ledger_parts import SqlLedgerParts
from .maintenance import SqlMaintenanceRepository
from .outbox import SqlOutbox
from .overlays import SqlPlanOverlayRepository
from .payload import SqlPlanPayloadRepository
from .pivots import SqlPlanPivotRepository
from .plans import SqlPlanVersionRepository
from .runs import SqlRunRepository
from .session import SqlSession, translating
from .storage import SqlStorageRepository


class Terms(NamedTuple):
    """On what terms units of work are done."""

    clock: Clock
    before_commit: BeforeCommit
    after_commit: AfterCommit
    places: PlacesPayloads


class SqlUnitOfWork(UnitOfWork):
    """The repositories of one SQL transaction."""

    def __init__(self, connection: AsyncConnection, dialect: SqlDialect, terms: Terms, *, read_only: bool) -> None:
        """Take a connection that is in a transaction."""
        self._before_commit = terms.before_commit
        session = SqlSession(connection, dialect, read_only=read_only)
        self._connection = connection
        self._session = session
        self._dialect = dialect
        self._read_only = read_only
        self.committed = False
        self._configs = SqlConfigRepository(session)
        self._input_sets = SqlInputSetRepository(session)
        self._contents = SqlInputContentRepository(session, terms.clock)
        self._import_reports = SqlImportReportRepository(session)
        self._plans = SqlPlanVersionRepository(session)
        self._baselines = SqlBaselineRepository(session)
        self._tables = SqlPlanPayloadRepository(session)
        self._overlays = SqlPlanOverlayRepository(session)
        self._storage = SqlStorageRepository(session)
        self._outbox = SqlOutbox(session)
        self._parts = SqlLedgerParts(session)
        tables = Payloads(
            payload=self._tables,
            comparisons=SqlPlanComparisonRepository(session),
            pivots=SqlPlanPivotRepository(session),
        )
        self._placed = terms.places(tables, self._storage)
        self._runs = SqlRunRepository(session)
        self._jobs = SqlJobRepository(session)
        self._backfills = SqlBackfillRepository(session)
        self._tokens = SqlTokenRepository(session)
        self._events = SqlEventLog(session)
        self._maintenance = SqlMaintenanceRepository(session)
        self._image = SqlStoreImage(session)

    @property
    def configs(self) -> SqlConfigRepository:
        """Config versions."""
        return self._configs

    @property
    def input_sets(self) -> SqlInputSetRepository:
        """Input sets with their revisions."""
        return self._input_sets

    @property
    def contents(self) -> SqlInputContentRepository:
        """The rows of revisions."""
        return self._contents

    @property
    def import_reports(self) -> SqlImportReportRepository:
        """What imports came to."""
        return self._import_reports

    @property
    def plans(self) -> SqlPlanVersionRepository:
        """Plan versions."""
        return self._plans

    @property
    def baselines(self) -> SqlBaselineRepository:
        """The baselines of config versions."""
        return self._baselines

    @property
    def payload(self) -> PlanPayloadRepository:
        """Series rows, KPIs and artifacts."""
        return self._placed.payload

    @property
    def tables(self) -> SqlPlanPayloadRepository:
        """The payload as the tables hold it."""
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
    def overlays(self) -> SqlPlanOverlayRepository:
        """Overrides, locks and weights of plans."""
        return self._overlays

    @property
    def storage(self) -> SqlStorageRepository:
        """How payloads are kept."""
        return self._storage

    @property
    def payloads_written(self) -> AbstractSet[VersionId]:
        """The versions whose payload was written so far."""
        return self._session.payloads_written

    @property
    def touched(self) -> Touched:
        """What was changed so far."""
        return self._session.touched

    @property
    def outbox(self) -> SqlOutbox:
        """The commits that wait for the mirror."""
        return self._outbox

    @property
    def parts(self) -> SqlLedgerParts:
        """The ledger in parts."""
        return self._parts

    def keep_folder(self, version_id: VersionId) -> None:
        """Let the folder of a version stand, though its payload was written."""
        self._session.payloads_written.discard(version_id)

    @property
    def runs(self) -> SqlRunRepository:
        """Runs."""
        return self._runs

    @property
    def jobs(self) -> SqlJobRepository:
        """Jobs."""
        return self._jobs

    @property
    def backfills(self) -> SqlBackfillRepository:
        """Backfills."""
        return self._backfills

    @property
    def tokens(self) -> SqlTokenRepository:
        """Access tokens."""
        return self._tokens

    @property
    def events(self) -> SqlEventLog:
        """The event chain."""
        return self._events

    @property
    def maintenance(self) -> SqlMaintenanceRepository:
        """The store as a whole."""
        return self._maintenance

    @property
    def image(self) -> SqlStoreImage:
        """Every table, to be taken out or put in whole."""
        return self._image

    async def close(self) -> None:
        """Let go of what was opened beside the connection."""
        await self._placed.close()

    async def commit(self) -> None:
        """Keep everything that was done since entering."""
        if self._read_only:
            raise ConflictError("A read-only unit of work has nothing to commit.")
        await self._before_commit(self)
        self._session.close()
        with translating(self._dialect):
            await self._dialect.commit(self._connection)
        self.committed = True


class SqlUnitOfWorkFactory(UnitOfWorkFactory):
    """Opens units of work on one database."""

    def __init__(
        self,
        dialect: SqlDialect,
        clock: Clock,
        *,
        before_commit: BeforeCommit = nothing_before_commit,
        after_commit: AfterCommit = nothing_after_commit,
        places: PlacesPayloads = in_tables,
    ) -> None:
        """Work on this database; the hooks are done at the end of every writing unit of work, and after it."""
        self._dialect = dialect
        self._terms = Terms(clock, before_commit, after_commit, places)

    def __call__(self, *, read_only: bool = False) -> AbstractAsyncContextManager[UnitOfWork]:
        """A transaction: a snapshot for reading, or the right to write."""
        return self._opened(read_only=read_only)

    @asynccontextmanager
    async def _opened(self, *, read_only: bool) -> AsyncIterator[UnitOfWork]:
        async with AsyncExitStack() as stack:
            # What goes wrong inside is the caller's or a repository's; only getting here is ours to translate.
            with translating(self._dialect):
                connection = await stack.enter_async_context(self._dialect.connect(read_only=read_only))
            uow = SqlUnitOfWork(connection, self._dialect, self._terms, read_only=read_only)
            stack.push_async_callback(uow.close)
            yield uow
        # What failed after its commit is told as it failed; the next commit does what is left undone here.
        if uow.committed:
            await self._terms.after_commit(uow)
