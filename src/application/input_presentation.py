"""Rows of inputs and exports as plain fields, as ``presentation`` gives everything else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ..domain.inputs.fields import FieldKind
from ..domain.inputs.revision import InputRevision
from ..domain.inputs.sections import InputRow, Section
from .exchange import WrittenFile

Fields = dict[str, Any]


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
