"""``planvault inputs``: its commands, each from the module of what it is about."""

from __future__ import annotations

from . import input_export, input_import, input_reading, input_review
from .nouns import noun

inputs = noun("inputs", "Input sets: import, look at, submit, approve.")
for command in (
    input_import.import_,
    input_reading.list_,
    input_reading.show,
    input_review.submit,
    input_review.approve,
    input_export.export,
):
    inputs.add_command(command)
