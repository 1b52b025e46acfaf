"""Imports and their reports as plain fields, by the rules of ``presentation``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..domain.inputs.import_report import ImportedFile, ImportReport
from .exchange import ReadFile
from .inputs.import_inputs import ImportedInputs
from .json_values import instant
from .presentation import finding_fields, revision_fields

Fields = dict[str, Any]


def imported_fields(imported: ImportedInputs) -> Fields:
    """What an import came to: the revision's fields, whether anything is new, and what was read from which file.

    ``warnings`` are the first hundred of ``warning_count``; ``base`` is the number of the revision merged into.
    """
    return {
        **revision_fields(imported.revision),
        "unchanged": imported.unchanged,
        "validated_only": imported.validated_only,
        "apply_mode": str(imported.apply_mode),
        "base": imported.base,
        "config_version_id": imported.input_set.config_version_id,
        "files": _files(imported.files),
        "warnings": [finding_fields(problem) for problem in imported.warnings],
        "warning_count": imported.warning_count,
        "report_id": imported.report_id,
    }


def report_fields(report: ImportReport) -> Fields:
    """An import report with the problems and warnings that it keeps."""
    return {
        **report_summary_fields(report),
        "errors": [finding_fields(problem) for problem in report.problems],
        "files": _files(report.files),
    }


def report_summary_fields(report: ImportReport) -> Fields:
    """An import report as a list shows it; ``total`` counts all problems and warnings."""
    return {
        "report_id": report.report_id,
        "label": report.label,
        "outcome": str(report.outcome),
        "revision": report.revision,
        "actor": report.actor,
        "verification": str(report.verification),
        "source": report.source,
        "apply_mode": str(report.apply_mode),
        "message": report.message,
        "total": report.problem_count,
        "created_at": instant(report.created_at),
    }


def _files(files: Sequence[ReadFile | ImportedFile]) -> list[Fields]:
    return [{"name": file.name, "encoding": file.encoding, "row_count": file.row_count} for file in files]
