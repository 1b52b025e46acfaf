"""Imports, their reports, rows of inputs and exports as plain fields, by the rules of ``presentation``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from ..domain.inputs.fields import FieldKind
from ..domain.inputs.import_report import ImportedFile, ImportReport
from ..domain.inputs.revision import InputRevision
from ..domain.inputs.sections import InputRow, Section
from .difference_presentation import summary_fields
from .exchange import ReadFile, WrittenFile
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
        "against": _against(imported),
    }


def _against(imported: ImportedInputs) -> Fields | None:
    """What changes, section by section, and against what."""
    effect = imported.effect
    if effect is None or effect.previous is None:
        return None
    return {
        "reference": effect.previous.reference,
        "live": effect.previous.number == imported.input_set.live,
        "summary": summary_fields(effect.sections),
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


def section_row_fields(section: Section, row: InputRow) -> Fields:
    """A row under its field names, documents opened."""
    return {
        field.name: json.loads(value) if _is_json(field.name, field.kind) and value is not None else value
        for field, value in zip(section.fields, row, strict=True)
    }


def _is_json(name: str, kind: FieldKind) -> bool:
    return kind is FieldKind.DOCUMENT or name == "value_json"


def exported_fields(revision: InputRevision, output: str, files: Iterable[WrittenFile]) -> Fields:
    """What an export came to: where it lies, which content it is, and each file with its hash."""
    return {
        "status": "ok",
        "output": output,
        "reference": revision.reference,
        "content_hash": revision.content_hash,
        "files": [
            {"name": file.name, "rows": file.row_count, "bytes": file.size, "sha256": file.sha256} for file in files
        ],
    }
