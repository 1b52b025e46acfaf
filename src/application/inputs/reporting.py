"""Import reports, as the facade offers them."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.inputs.import_report import ImportReport
from ...domain.shared.paging import DEFAULT_LIMIT, Page
from .import_reporting import ReadImportReports


@dataclass(frozen=True, kw_only=True)
class Reporting:
    """What imports came to."""

    read_reports: ReadImportReports

    async def report(self, report_id: str) -> ImportReport:
        """The import report of that id."""
        return await self.read_reports.get(report_id)

    async def reports(
        self, label: str | None = None, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[ImportReport]:
        """Import reports of a label, or all, newest first."""
        return await self.read_reports.list(label, limit=limit, cursor=cursor)
