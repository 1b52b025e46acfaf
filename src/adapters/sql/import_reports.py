"""Import reports in SQL."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, delete, select

from ...domain.access.actor import Verification
from ...domain.errors import AlreadyExistsError, NotFoundError, Problem
from ...domain.inputs.import_report import KEPT_REPORTS, ApplyMode, ImportedFile, ImportOutcome, ImportReport
from ...domain.inputs.ports import ImportReportRepository
from ...domain.shared.canonical import document
from ...domain.shared.ids import Label, folded
from ...domain.shared.paging import Page
from .keyset import newest_first
from .session import SqlSession
from .tables import IMPORT_REPORTS


class SqlImportReportRepository(ImportReportRepository):
    """The import reports of a database."""

    def __init__(self, session: SqlSession) -> None:
        """Work in this transaction."""
        self._session = session

    async def add(self, report: ImportReport) -> None:
        """Keep a report, and forget what its label has beyond the newest 50."""
        if not await self._session.insert_new(IMPORT_REPORTS, _values(report)):
            raise AlreadyExistsError("import report", report.report_id)
        column = IMPORT_REPORTS.c
        old = (
            select(column.report_id)
            .where(column.label_key == folded(report.label))
            .order_by(column.created_at.desc(), column.report_id.desc())
            .offset(KEPT_REPORTS)
            .limit(1_000)
        )
        forgotten = [row.report_id for row in await self._session.rows(old)]
        if forgotten:
            await self._session.execute(delete(IMPORT_REPORTS).where(column.report_id.in_(forgotten)))

    async def get(self, report_id: str) -> ImportReport:
        """The report of that id."""
        row = await self._session.row(select(IMPORT_REPORTS).where(IMPORT_REPORTS.c.report_id == report_id))
        if row is None:
            raise NotFoundError("import report", report_id, remedy="See planvault inputs reports.")
        return _report(row)

    async def list(self, label: Label | None, *, limit: int, cursor: str | None) -> Page[ImportReport]:
        """Reports, newest first."""
        statement = select(IMPORT_REPORTS)
        if label is not None:
            statement = statement.where(IMPORT_REPORTS.c.label_key == folded(label))
        return await newest_first(
            self._session,
            statement,
            by=(IMPORT_REPORTS.c.created_at, IMPORT_REPORTS.c.report_id),
            name="import-reports",
            limit=limit,
            cursor=cursor,
            entity=_report,
        )


def _values(report: ImportReport) -> dict[str, Any]:
    return {
        "report_id": report.report_id,
        "label_key": folded(report.label),
        "label": report.label,
        "outcome": str(report.outcome),
        "revision": report.revision,
        "actor": report.actor,
        "verification": str(report.verification),
        "source": report.source,
        "apply_mode": str(report.apply_mode),
        "message": report.message,
        "problem_count": report.problem_count,
        "problems_json": document([asdict(problem) for problem in report.problems]),
        "files_json": document([asdict(file) for file in report.files]),
        "created_at": report.created_at,
    }


def _report(row: Row[Any]) -> ImportReport:
    return ImportReport(
        report_id=row.report_id,
        label=Label(row.label),
        outcome=ImportOutcome(row.outcome),
        revision=row.revision,
        actor=row.actor,
        verification=Verification(row.verification),
        source=row.source,
        apply_mode=ApplyMode(row.apply_mode),
        message=row.message,
        problem_count=row.problem_count,
        problems=tuple(Problem(**problem) for problem in json.loads(row.problems_json)),
        files=tuple(ImportedFile(**file) for file in json.loads(row.files_json)),
        created_at=row.created_at,
    )
