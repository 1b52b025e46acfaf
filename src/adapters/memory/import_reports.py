"""Import reports in memory."""

from __future__ import annotations

from ...domain.errors import NotFoundError
from ...domain.inputs.import_report import KEPT_REPORTS, ImportReport
from ...domain.inputs.ports import ImportReportRepository
from ...domain.shared.ids import Label, folded
from ...domain.shared.paging import Page
from .listing import newest_first
from .state import MemoryState, add_new


class MemoryImportReportRepository(ImportReportRepository):
    """The import reports of a memory store."""

    def __init__(self, state: MemoryState) -> None:
        """Work on this state."""
        self._reports = state.import_reports

    async def add(self, report: ImportReport) -> None:
        """Keep a report, and forget what its label has beyond the newest 50."""
        add_new(self._reports, report.report_id, report, kind="import report", name=report.report_id)
        kept = sorted(self._of(report.label), key=lambda known: (known.created_at, known.report_id), reverse=True)
        for old in kept[KEPT_REPORTS:]:
            del self._reports[old.report_id]

    async def get(self, report_id: str) -> ImportReport:
        """The report of that id."""
        if report_id not in self._reports:
            raise NotFoundError("import report", report_id, remedy="See planvault inputs reports.")
        return self._reports[report_id]

    def _of(self, label: Label) -> list[ImportReport]:
        return [known for known in self._reports.values() if folded(known.label) == folded(label)]

    async def list(self, label: Label | None, *, limit: int, cursor: str | None) -> Page[ImportReport]:
        """Reports, newest first."""
        return newest_first(
            self._reports.values() if label is None else self._of(label),
            moment=lambda report: report.created_at,
            identity=lambda report: report.report_id,
            name="import-reports",
            limit=limit,
            cursor=cursor,
        )
