"""Where input sets lie."""

from __future__ import annotations

PATH = "/api/plans/input_sets"
ONE = PATH + "/{label:str}"
REVISION = ONE + "/revisions/{number:str}"
REPORTS = "/api/plans/import_reports"
