"""Import reports: kept with what an import stored, or after a refusal, and read later."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from ...domain.access.actor import Actor
from ...domain.errors import Problem, RefusedError, ValidationError
from ...domain.inputs.import_report import ApplyMode, ImportedFile, ImportOutcome, ImportReport
from ...domain.shared.clock import Clock
from ...domain.shared.ids import Label, label
from ...domain.shared.paging import Page, check_limit
from ..access.admission import Admission
from ..exchange import ReadFile
from ..unit_of_work import UnitOfWorkFactory

_LOG = logging.getLogger("planvault.inputs")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportAttempt:
    """What is known of an import before it ends: the part that every report has."""

    label: Label
    actor: Actor
    source: str
    apply_mode: ApplyMode
    clock: Clock

    def report(
        self,
        outcome: ImportOutcome,
        files: Sequence[ReadFile],
        *,
        revision: int | None = None,
        refusal: RefusedError | None = None,
        warnings: tuple[Sequence[Problem], int] = ((), 0),
    ) -> ImportReport:
        """What it came to, with its problems, or its first warnings and how many there are."""
        problems, total = (refusal.problems, refusal.total) if isinstance(refusal, ValidationError) else warnings
        return ImportReport(
            report_id=f"import-{uuid.uuid4()}",
            label=self.label,
            outcome=outcome,
            revision=revision,
            actor=self.actor.name,
            verification=self.actor.verification,
            source=self.source,
            apply_mode=self.apply_mode,
            message=None if refusal is None else refusal.message,
            problem_count=total,
            problems=tuple(problems),
            files=tuple(
                ImportedFile(name=file.name, encoding=file.encoding, row_count=file.row_count) for file in files
            ),
            created_at=self.clock.now(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepRefusals:
    """Keep what a refused import found, and say in the refusal where it is kept."""

    unit_of_work: UnitOfWorkFactory
    admission: Admission

    async def __call__(self, attempt: ImportAttempt, error: RefusedError, files: Sequence[ReadFile]) -> None:
        """Keep the report of an actor who is believed; whatever goes wrong here never hides the refusal."""
        report = attempt.report(ImportOutcome.REFUSED, files, refusal=error)
        try:
            async with self.unit_of_work() as uow:
                await self.admission.admit(uow, attempt.actor)
                await uow.import_reports.add(report)
                await uow.commit()
        except Exception:  # noqa: BLE001 (the refusal is what has to be told)
            _LOG.warning("The report of a refused import of %s could not be kept.", attempt.label, exc_info=True)
            return
        error.params["report_id"] = report.report_id
        again = f"Read it again: planvault inputs report {report.report_id}."
        error.remedy = f"{error.remedy} {again}" if error.remedy else again


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadImportReports:
    """Look at import reports."""

    unit_of_work: UnitOfWorkFactory

    async def get(self, report_id: str) -> ImportReport:
        """The report of that id.

        Raises:
            NotFoundError: there is none, or no longer: the newest 50 of a label are kept.
        """
        async with self.unit_of_work(read_only=True) as uow:
            return await uow.import_reports.get(report_id)

    async def list(self, wanted: str | None, *, limit: int, cursor: str | None) -> Page[ImportReport]:
        """Reports of a label, or all, newest first.

        Raises:
            InvalidRequestError: label, limit or cursor are wrong.
        """
        known = None if wanted is None else label(wanted)
        async with self.unit_of_work(read_only=True) as uow:
            return await uow.import_reports.list(known, limit=check_limit(limit), cursor=cursor)
