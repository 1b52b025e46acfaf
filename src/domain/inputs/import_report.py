"""Import reports: what an import found, kept so that it can be read after the terminal is closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..access.actor import Verification
from ..errors import Problem
from ..shared.ids import Label

KEPT_REPORTS = 50


class ApplyMode(StrEnum):
    """How an upload becomes content."""

    REPLACE = "replace"
    MERGE = "merge"


class ImportOutcome(StrEnum):
    """What became of an import."""

    STORED = "stored"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFile:
    """What was read from one file: its encoding, and how many rows."""

    name: str
    encoding: str
    row_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What one import came to: the first hundred problems and warnings, and how many there were.

    ``revision`` is the number that was stored or found unchanged; ``message`` is the sentence of a refusal.
    """

    report_id: str
    label: Label
    outcome: ImportOutcome
    revision: int | None = None
    actor: str
    verification: Verification
    source: str
    apply_mode: ApplyMode
    message: str | None = None
    problem_count: int = 0
    problems: tuple[Problem, ...] = ()
    files: tuple[ImportedFile, ...] = ()
    created_at: datetime
