"""One read of series rows, as it can be done again."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from ...domain.plans.ports import PlanPayloadRepository
from ...domain.plans.series import SeriesKey, SeriesRow
from ...domain.plans.series_filter import EVERY_ROW, SeriesFilter
from ...domain.shared.ids import VersionId


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowRead:
    """What was read: a level, or a page of one."""

    version_id: VersionId
    level: str
    only: SeriesFilter = EVERY_ROW
    after: SeriesKey | None = None
    limit: int | None = None

    async def batches(self, payload: PlanPayloadRepository) -> AsyncGenerator[list[SeriesRow]]:
        """The same read over again."""
        if self.limit is not None:
            yield await payload.page(self.version_id, self.level, after=self.after, limit=self.limit, only=self.only)
            return
        async with aclosing(payload.rows(self.version_id, self.level, self.only)) as batches:
            async for batch in batches:
                yield batch
