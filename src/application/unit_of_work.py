"""The unit of work: one transaction over everything planvault keeps.

``async with unit_of_work() as uow: … await uow.commit()``: no commit, no trace.  So a dry run is the same path
without the commit.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from ..domain.access.ports import TokenRepository
from ..domain.inputs.ports import (
    ConfigRepository,
    ImportReportRepository,
    InputContentRepository,
    InputSetRepository,
)
from ..domain.plans.editing.ports import PlanOverlayRepository
from ..domain.plans.pivot import PlanPivotRepository
from ..domain.plans.ports import (
    BaselineRepository,
    PlanComparisonRepository,
    PlanPayloadRepository,
    PlanVersionRepository,
)
from ..domain.runs.ports import JobRepository, RunRepository
from ..domain.shared.events import EventLog
from ..domain.shared.ids import VersionId
from ..domain.storage.backfill_ports import BackfillRepository
from ..domain.storage.image import StoreImage
from ..domain.storage.maintenance import MaintenanceRepository
from ..domain.storage.mirror import Touched
from ..domain.storage.mirror_ports import LedgerParts, Outbox
from ..domain.storage.ports import StorageRepository


class UnitOfWork(Protocol):
    """The repositories of one transaction."""

    @property
    def configs(self) -> ConfigRepository:
        """Config versions."""
        ...

    @property
    def input_sets(self) -> InputSetRepository:
        """Input sets with their revisions."""
        ...

    @property
    def contents(self) -> InputContentRepository:
        """The rows of revisions."""
        ...

    @property
    def import_reports(self) -> ImportReportRepository:
        """What imports came to."""
        ...

    @property
    def plans(self) -> PlanVersionRepository:
        """Plan versions."""
        ...

    @property
    def baselines(self) -> BaselineRepository:
        """The baselines of config versions."""
        ...

    @property
    def payload(self) -> PlanPayloadRepository:
        """Series rows, KPIs and artifacts."""
        ...

    @property
    def tables(self) -> PlanPayloadRepository:
        """The payload as the tables hold it, wherever ``payload`` is read from."""
        ...

    @property
    def comparisons(self) -> PlanComparisonRepository:
        """Comparisons of plans."""
        ...

    @property
    def pivots(self) -> PlanPivotRepository:
        """Pivots of plans."""
        ...

    @property
    def overlays(self) -> PlanOverlayRepository:
        """Overrides, locks and weights of plans."""
        ...

    @property
    def storage(self) -> StorageRepository:
        """How payloads are kept."""
        ...

    @property
    def payloads_written(self) -> AbstractSet[VersionId]:
        """The versions whose payload was written so far, and not read back."""
        ...

    @property
    def touched(self) -> Touched:
        """What was changed so far: whatever an event was appended about, pointers of folders, and input contents."""
        ...

    @property
    def outbox(self) -> Outbox:
        """The commits that wait for the mirror."""
        ...

    @property
    def parts(self) -> LedgerParts:
        """The ledger in parts, as they are mirrored."""
        ...

    def keep_folder(self, version_id: VersionId) -> None:
        """Let the folder of a version stand, though its payload was written: it was read from there."""
        ...

    @property
    def runs(self) -> RunRepository:
        """Runs."""
        ...

    @property
    def jobs(self) -> JobRepository:
        """Jobs."""
        ...

    @property
    def backfills(self) -> BackfillRepository:
        """Backfills."""
        ...

    @property
    def tokens(self) -> TokenRepository:
        """Access tokens."""
        ...

    @property
    def events(self) -> EventLog:
        """The event chain."""
        ...

    @property
    def maintenance(self) -> MaintenanceRepository:
        """The store as a whole."""
        ...

    @property
    def image(self) -> StoreImage:
        """Every table, to be taken out or put in whole."""
        ...

    async def commit(self) -> None:
        """Keep everything that was done since entering; it is durable when this returns.

        Raises:
            StorageUnavailableError: nothing was kept, and a retry may help.
            OutcomeUnknownError: the connection broke and the database cannot be asked how it ended.
        """
        ...


async def nothing_to_close() -> None:
    """Nothing was opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payloads:
    """The repositories that look at series rows, and how to let go of what they opened."""

    payload: PlanPayloadRepository
    comparisons: PlanComparisonRepository
    pivots: PlanPivotRepository
    close: Callable[[], Awaitable[None]] = nothing_to_close


class PlacesPayloads(Protocol):
    """Says for each unit of work where series rows are read."""

    def __call__(self, tables: Payloads, storage: StorageRepository) -> Payloads:
        """What the unit of work offers, given what the tables offer."""
        ...


def in_tables(tables: Payloads, storage: StorageRepository) -> Payloads:
    """Rows are read from the tables."""
    del storage
    return tables


class BeforeCommit(Protocol):
    """What has to be done at the end of every writing unit of work, within it."""

    async def __call__(self, uow: UnitOfWork) -> None:
        """Do it; what it raises keeps the commit from happening."""
        ...


async def nothing_before_commit(uow: UnitOfWork) -> None:
    """Commit at once."""


class AfterCommit(Protocol):
    """What has to be done after every writing unit of work that was committed, once its connection is given back."""

    async def __call__(self, uow: UnitOfWork) -> None:
        """Do it; what it raises is told to whoever committed, and takes nothing back."""
        ...


async def nothing_after_commit(uow: UnitOfWork) -> None:
    """Go on at once."""


class UnitOfWorkFactory(Protocol):
    """Opens units of work."""

    def __call__(self, *, read_only: bool = False) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work; leaving it without commit leaves no trace.

        A read-only one sees one consistent state throughout, refuses to commit, and never waits for writers.
        """
        ...
