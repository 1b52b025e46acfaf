"""Where plan versions and their payload are kept."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from ..access.policy import ApprovalPolicy
from ..shared.ids import Label, RunId, VersionId
from ..shared.paging import Page
from .baseline import Baseline, BaselineEntry
from .comparison import Bucket, ChangeCounts, GroupTotals, Materiality, Rollup, RowChange
from .kpis import Kpi
from .series import BucketDigest, PlanSeries, SeriesKey, SeriesRow
from .series_filter import EVERY_ROW, SeriesFilter
from .stage import PlanStage
from .version import PlanStatus, PlanVersion

BATCH_ROWS = 2_000


class PlanOrder(StrEnum):
    """In which order plan versions are listed; ``status`` is by its word, then by version id."""

    CREATED_DESC = "created_desc"
    CREATED_ASC = "created_asc"
    VERSION_DESC = "version_desc"
    VERSION_ASC = "version_asc"
    STATUS = "status"

    @property
    def falls(self) -> bool:
        """Whether it goes from the last to the first."""
        return self in {PlanOrder.CREATED_DESC, PlanOrder.VERSION_DESC}

    @property
    def list_name(self) -> str:
        """The name of a list in this order: its cursors are no other list's."""
        return "plans" if self is PlanOrder.CREATED_DESC else f"plans/{self}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFilter:
    """Which plan versions to list, and in which order; what is null does not matter.

    ``awaiting`` names somebody whom a submitted plan waits for, under ``policy``: who has not approved it yet and is
    no author of it, unless authors may approve.
    """

    status: PlanStatus | None = None
    input_label: Label | None = None
    input_revision: int | None = None
    input_content_hash: str | None = None
    config_version_id: int | None = None
    trial: bool | None = None
    stage: PlanStage | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    awaiting: str | None = None
    policy: ApprovalPolicy = field(default_factory=ApprovalPolicy)
    order: PlanOrder = PlanOrder.CREATED_DESC


class PlanVersionRepository(Protocol):
    """The plan versions of a store."""

    async def find(self, version_id: VersionId) -> PlanVersion | None:
        """The version of that id in whatever case, if there is one; locked until a writing unit of work ends."""
        ...

    async def get(self, version_id: VersionId) -> PlanVersion:
        """The version of that id in whatever case; locked until a writing unit of work ends.

        Raises:
            NotFoundError: there is none.
        """
        ...

    async def list(self, wanted: PlanFilter, *, limit: int, cursor: str | None) -> Page[PlanVersion]:
        """Plan versions in the order that is wanted.

        Raises:
            InvalidRequestError: the cursor is not of this list.
        """
        ...

    async def made_from(self, label: Label, *, limit: int) -> Sequence[VersionId]:
        """The ids of at most ``limit`` plan versions that refer to a revision of that label, newest first.

        Labels compare without regard to case.
        """
        ...

    async def next_number(self, names: str) -> int:
        """The next number of a series of names, counting from 1; others who ask wait until this one is committed."""
        ...

    async def add(self, version: PlanVersion) -> None:
        """Keep a new version.

        Raises:
            AlreadyExistsError: the id is taken, in whatever case.
        """
        ...

    async def save(self, version: PlanVersion) -> PlanVersion:
        """Keep a changed version with its editors and approvals; the answer carries the next ``row_version``.

        Raises:
            StaleVersionError: somebody saved it first.
        """
        ...

    async def delete(self, version: PlanVersion) -> None:
        """Remove a version with everything that is kept for it alone; its events stay.

        Raises:
            StaleVersionError: somebody saved or removed it first.
        """
        ...


class BaselineRepository(Protocol):
    """The baselines of a store, one for each config version."""

    async def of(self, config_version_id: int, *, changing: bool = False) -> Baseline:
        """The baseline of a config version with its history, which may be empty.

        Who is ``changing`` it waits for others who are, and keeps them waiting until the unit of work ends.
        """
        ...

    async def add(self, entry: BaselineEntry) -> None:
        """Keep the next entry of a history.

        Raises:
            StaleVersionError: somebody kept one of that number first.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RowStamp:
    """What stands on every row of one write beside its content."""

    config_version_id: int | None = None
    scenario_id: int | None = None
    source_run_id: RunId | None = None


class PlanComparisonRepository(Protocol):
    """Compares the payload of two plan versions where it lies."""

    async def changes(
        self,
        versions: tuple[VersionId, VersionId],
        level: str,
        material: Materiality,
        *,
        buckets: Collection[Bucket] | None,
        after: SeriesKey | None = None,
        limit: int,
        largest: bool = False,
    ) -> list[RowChange]:
        """At most ``limit`` changes of a level within these buckets, or within all, in key order after a key.

        With ``largest`` the ones in which the first measure changed most come first, and ``after`` plays no part.
        """
        ...

    def all_changes(
        self,
        versions: tuple[VersionId, VersionId],
        level: str,
        material: Materiality,
        *,
        buckets: Collection[Bucket] | None,
    ) -> AsyncGenerator[list[RowChange]]:
        """Every change within these buckets, or within all, in key order, in batches."""
        ...

    async def change_counts(
        self,
        versions: tuple[VersionId, VersionId],
        level: str,
        material: Materiality,
        *,
        buckets: Collection[Bucket] | None,
    ) -> ChangeCounts:
        """How many changes of each kind there are within these buckets, or within all."""
        ...

    async def totals(
        self, versions: tuple[VersionId, VersionId], level: str, by: Rollup, measures: Sequence[str]
    ) -> list[GroupTotals]:
        """The sums of both versions by group, in order of group; equal within rounding in every store."""
        ...


class PlanPayloadRepository(Protocol):
    """The bulk of plans: series rows, their digests and totals, KPIs, artifacts."""

    async def write_rows(
        self,
        version_id: VersionId,
        level: str,
        batches: AsyncIterable[Sequence[SeriesRow]],
        stamp: RowStamp,
    ) -> int:
        """Keep the rows of a level that has none yet; they come in strictly rising key order.

        The answer is how many there were.  Rows are taken as they come: checking them is the writer's business
        (``SeriesDigester``).
        """
        ...

    async def save_series(self, series: PlanSeries, buckets: Sequence[BucketDigest]) -> None:
        """Keep count, digest, totals and bucket digests of a level just written."""
        ...

    async def remove_level(self, version_id: VersionId, level: str) -> None:
        """Forget the rows, digests and totals of a level, if the version has it, so that it can be written again."""
        ...

    async def clear_rows(self, version_id: VersionId) -> None:
        """Forget the rows of a version, and keep its digests, totals and KPIs: its rows lie elsewhere."""
        ...

    async def series(self, version_id: VersionId) -> list[PlanSeries]:
        """The levels of a version, in order of name."""
        ...

    async def series_of(self, version_ids: Sequence[VersionId]) -> dict[VersionId, list[PlanSeries]]:
        """The levels of several versions at once, each in order of name; a version without any is left out."""
        ...

    async def buckets(self, version_id: VersionId, level: str) -> list[BucketDigest]:
        """The bucket digests of a level, in key order."""
        ...

    def rows(
        self, version_id: VersionId, level: str, only: SeriesFilter = EVERY_ROW
    ) -> AsyncGenerator[list[SeriesRow]]:
        """The wanted rows of a level in key order, in batches; memory stays flat."""
        ...

    async def page(
        self,
        version_id: VersionId,
        level: str,
        *,
        after: SeriesKey | None,
        limit: int,
        only: SeriesFilter = EVERY_ROW,
    ) -> list[SeriesRow]:
        """At most ``limit`` wanted rows of a level after a key, in key order."""
        ...

    async def rows_at(self, version_id: VersionId, keys: Collection[SeriesKey]) -> list[SeriesRow]:
        """The rows of these keys, in key order; a key without a row is left out."""
        ...

    async def rows_with_splits(
        self, version_id: VersionId, level: str, pairs: Collection[tuple[str, str]]
    ) -> list[SeriesRow]:
        """The rows of a level that have a share in one of these (period, family), in key order."""
        ...

    async def copy(self, version_id: VersionId, to: VersionId) -> None:
        """Give a version that has no payload yet all of another's: rows, digests, totals, KPIs and headers."""
        ...

    async def save_kpis(self, version_id: VersionId, kpis: Sequence[Kpi]) -> None:
        """Replace the stored KPIs of a version."""
        ...

    async def kpis(self, version_id: VersionId) -> list[Kpi]:
        """The stored KPIs of a version, in key order."""
        ...

    async def total_kpis_of(self, version_ids: Sequence[VersionId]) -> dict[VersionId, list[Kpi]]:
        """The stored KPIs of the whole horizon of several versions at once, each in key order."""
        ...

    async def save_headers(self, version_id: VersionId, headers: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep what the version's artifacts say besides rows, by artifact name, instead of anything before."""
        ...

    async def headers(self, version_id: VersionId) -> dict[str, dict[str, Any]]:
        """What the version's artifacts say besides rows, by artifact name."""
        ...
