"""``planvault inputs``: its commands, each from the module of what it is about."""

from __future__ import annotations

from . import (
    input_comparison,
    input_events,
    input_export,
    input_import,
    input_keeping,
    input_reading,
    input_reports,
    input_review,
)
from .nouns import noun

inputs = noun("inputs", "Input sets: import, look at, submit, approve, take back, archive, delete.")
for command in (
    input_import.import_,
    input_reports.reports,
    input_reports.report,
    input_reading.list_,
    input_reading.show,
    input_events.events,
    input_review.submit,
    input_review.approve,
    input_review.reject,
    input_review.adopt,
    input_review.revert,
    input_keeping.archive,
    input_keeping.restore,
    input_keeping.delete,
    input_keeping.history,
    input_comparison.diff,
    input_comparison.preview,
    input_export.export,
):
    inputs.add_command(command)
