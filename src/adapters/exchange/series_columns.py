"""The columns of series files: which there are, what each holds, and which are read over."""

from __future__ import annotations

from ...domain.plans.series import DOCUMENT_COLUMNS, FLAG_COLUMNS, MEASURES, TEXT_COLUMNS, SeriesRow

SERIES_COLUMNS = SeriesRow._fields
NEEDED_COLUMNS = TEXT_COLUMNS[:4]
COLUMN_KINDS = {
    **dict.fromkeys(TEXT_COLUMNS, "text"),
    **dict.fromkeys(FLAG_COLUMNS, "whole"),
    **dict.fromkeys(MEASURES, "number"),
    **dict.fromkeys(DOCUMENT_COLUMNS, "document"),
}
# What stores keep beside a row and what is no part of it: a row belongs to the version that it is read for.
IGNORED_COLUMNS = frozenset(
    {
        "id",
        "row_id",
        "rowid",
        "version_id",
        "config_version_id",
        "scenario_id",
        "source_run_id",
        "created_at",
        "updated_at",
        "lock_flag",
        "locked_by",
    }
)
