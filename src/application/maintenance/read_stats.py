"""How much a store holds, how fast that grows, and when the limit is reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import nlargest

from ...domain.shared.clock import Clock
from ...domain.storage.maintenance import LevelRows, StoreSize, WrittenVersion
from ...domain.storage.pause import Pause
from ..telemetry import Telemetry
from ..unit_of_work import UnitOfWorkFactory

GROWTH_DAYS = 90
IN_SIGHT_DAYS = 36_500
LARGEST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthOfGrowth:
    """A month, and the versions and series rows that were written in it, trimmed or not."""

    month: str
    versions: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreStats:
    """How a store stands; ``limit`` is null where there is none, and ``days_to_limit`` where it is not in sight.

    ``rows_per_day`` is what was written in the last 90 days, or since the first version if that is later.  ``held`` and
    ``trimmed`` count versions; ``largest`` are the ten held ones with most rows.
    """

    rows: int
    held: int
    trimmed: int
    size: StoreSize
    levels: Sequence[LevelRows]
    largest: Sequence[WrittenVersion]
    months: Sequence[MonthOfGrowth]
    rows_per_day: float
    limit: int | None
    days_to_limit: int | None
    today: date
    pause: Pause | None

    @property
    def limit_on(self) -> date | None:
        """The day on which the limit is reached, if it is in sight."""
        return None if self.days_to_limit is None else self.today + timedelta(days=self.days_to_limit)

    @property
    def room(self) -> int | None:
        """How many rows more may be kept; none where there is no limit."""
        return None if self.limit is None else max(0, self.limit - self.rows)

    def bytes_of(self, rows: int) -> int:
        """About how many bytes so many rows take."""
        return 0 if not self.rows else round(self.size.series * rows / self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStats:
    """Count what a store holds, from what versions and levels say of themselves; no row is looked at."""

    unit_of_work: UnitOfWorkFactory
    telemetry: Telemetry
    clock: Clock
    limit: int = 0

    async def measure(self) -> None:
        """Tell telemetry how many rows are kept, how many bytes they take, and how tables and files stand."""
        async with self.unit_of_work(read_only=True) as uow:
            rows, size = await uow.maintenance.stored_rows(), await uow.maintenance.size()
            state = await uow.storage.state()
            filing = state is not None and state.mode.has_files
            unfiled = len(await uow.storage.unfiled()) if filing else 0
            outbox = (await uow.outbox.standing()).count
        self.telemetry.store_stands(rows=rows, bytes_taken=size.total)
        verified = None if state is None else state.verification
        findings = 0 if verified is None else verified.findings
        self.telemetry.sides_stand(unfiled=unfiled, outbox=outbox, findings=findings)

    async def __call__(self) -> StoreStats:
        """How the store stands; telemetry is told."""
        now = self.clock.now()
        async with self.unit_of_work(read_only=True) as uow:
            rows = await uow.maintenance.stored_rows()
            levels = await uow.maintenance.levels()
            written = await uow.maintenance.written()
            size = await uow.maintenance.size()
            pause = await uow.maintenance.pause()
        rate = self._rows_per_day(written)
        limit = self.limit or None
        held = [version for version in written if version.held]
        self.telemetry.store_stands(rows=rows, bytes_taken=size.total)
        return StoreStats(
            rows=rows,
            held=len(held),
            trimmed=len(written) - len(held),
            size=size,
            levels=levels,
            largest=nlargest(LARGEST, held, key=lambda version: version.rows),
            months=_months(written),
            rows_per_day=rate,
            limit=limit,
            days_to_limit=_days_to_limit(rows, limit, rate),
            today=now.date(),
            pause=pause if pause is not None and pause.holds(now) else None,
        )

    def _rows_per_day(self, written: Sequence[WrittenVersion]) -> float:
        if not written:
            return 0.0
        now = self.clock.now()
        since = max(now - timedelta(days=GROWTH_DAYS), written[0].created_at)
        days = max(1.0, (now - since) / timedelta(days=1))
        return sum(version.rows for version in written if version.created_at >= since) / days


def _days_to_limit(rows: int, limit: int | None, rate: float) -> int | None:
    if limit is None or rate <= 0:
        return None
    days = max(0.0, (limit - rows) / rate)
    return int(days) if days < IN_SIGHT_DAYS else None


def _months(written: Sequence[WrittenVersion]) -> list[MonthOfGrowth]:
    months: dict[str, list[int]] = {}
    for version in written:
        months.setdefault(f"{version.created_at:%Y-%m}", []).append(version.rows)
    return [MonthOfGrowth(month=month, versions=len(rows), rows=sum(rows)) for month, rows in months.items()]
