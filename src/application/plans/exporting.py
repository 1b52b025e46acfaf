"""Plans to take away, as the facade offers them."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.plans.series_filter import EVERY_ROW, SeriesFilter
from .export_plan import ExportPlan, PlanExportRequest, PlanForm
from .plan_archive import PlanArchive


@dataclass(frozen=True, kw_only=True)
class Exporting:
    """Plans as files: whole, or the rows of their levels."""

    export_plan: ExportPlan

    async def export_archive(
        self,
        version_id: str,
        *,
        form: PlanForm = PlanForm.ZIP,
        level: str | None = None,
        only: SeriesFilter = EVERY_ROW,
        spreadsheet_safe: bool = False,
    ) -> PlanArchive:
        """A plan in one file; read its ``pieces`` or close it (``ExportPlan``).

        The zip holds the whole plan, and the forms of one level its rows: both can be registered again.
        """
        request = PlanExportRequest(
            version_id=version_id, form=form, level=level, only=only, spreadsheet_safe=spreadsheet_safe
        )
        return await self.export_plan(request)

    async def export_tag(
        self,
        version_id: str,
        *,
        form: PlanForm = PlanForm.ZIP,
        level: str | None = None,
        only: SeriesFilter = EVERY_ROW,
        spreadsheet_safe: bool = False,
    ) -> str:
        """The tag that ``export_archive`` would have now; the same tag means the same content."""
        request = PlanExportRequest(
            version_id=version_id, form=form, level=level, only=only, spreadsheet_safe=spreadsheet_safe
        )
        return await self.export_plan.tag(request)
