"""The contract of import reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ...application.unit_of_work import UnitOfWorkFactory
from ...domain.access.actor import Verification
from ...domain.errors import AlreadyExistsError, NotFoundError, Problem
from ...domain.inputs.import_report import KEPT_REPORTS, ApplyMode, ImportedFile, ImportOutcome, ImportReport
from ...domain.shared.ids import Label
from ..clocks import NOON

PROBLEM = Problem(source="bom.csv", rule="number", message="is not a number", line=2, column="qty", value="ア1")


def _report(number: int, label: str = "weekly", **changes: Any) -> ImportReport:
    fields: dict[str, Any] = {
        "report_id": f"import-{number:03}",
        "label": Label(label),
        "outcome": ImportOutcome.REFUSED,
        "actor": "aya",
        "verification": Verification.ASSERTED,
        "source": "csv",
        "apply_mode": ApplyMode.MERGE,
        "message": "1 problem in 1 file.",
        "problem_count": 1,
        "problems": (PROBLEM,),
        "files": (ImportedFile(name="bom.csv", encoding="CP932", row_count=3),),
        "created_at": NOON + timedelta(seconds=number),
    }
    return ImportReport(**fields | changes)


async def test_an_import_report_comes_back_equal(unit_of_work: UnitOfWorkFactory) -> None:
    refused = _report(1)
    stored = replace(
        _report(2), outcome=ImportOutcome.STORED, revision=4, message=None, problem_count=0, problems=(), files=()
    )
    async with unit_of_work() as uow:
        await uow.import_reports.add(refused)
        await uow.import_reports.add(stored)
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        assert await uow.import_reports.get("import-001") == refused
        assert await uow.import_reports.get("import-002") == stored
        with pytest.raises(NotFoundError, match="import-009"):
            await uow.import_reports.get("import-009")


async def test_the_id_of_a_report_is_its_own(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.import_reports.add(_report(1))
        with pytest.raises(AlreadyExistsError):
            await uow.import_reports.add(_report(1))


async def test_import_reports_are_listed_newest_first_page_by_page(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        for number in range(5):
            await uow.import_reports.add(_report(number, "weekly" if number % 2 else "other"))
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        first = await uow.import_reports.list(None, limit=3, cursor=None)
        second = await uow.import_reports.list(None, limit=3, cursor=first.next_cursor)
        weekly = await uow.import_reports.list(Label("WEEKLY"), limit=3, cursor=None)
    assert [report.report_id[-1] for report in (*first.items, *second.items)] == ["4", "3", "2", "1", "0"]
    assert second.next_cursor is None
    assert [report.report_id[-1] for report in weekly.items] == ["3", "1"]


async def test_the_newest_reports_of_a_label_are_kept(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.import_reports.add(_report(900, "other", created_at=NOON - timedelta(days=9)))
        for number in range(KEPT_REPORTS + 2):
            await uow.import_reports.add(_report(number, "Weekly" if number % 2 else "weekly"))
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        kept = await uow.import_reports.list(Label("weekly"), limit=100, cursor=None)
        assert [report.report_id for report in kept.items] == [
            f"import-{number:03}" for number in range(KEPT_REPORTS + 1, 1, -1)
        ]
        assert (await uow.import_reports.get("import-900")).label == "other"
