"""Maintenance as plain fields, once for the command line and for HTTP."""

from __future__ import annotations

from typing import Any

from ..domain.storage.pause import Pause
from ..domain.storage.retention import HeldVersion
from .json_values import instant, plain
from .maintenance.backup_archive import Backup
from .maintenance.examine_store import Check
from .maintenance.read_stats import StoreStats
from .maintenance.trim_plans import Trimmed, TrimPreview

Fields = dict[str, Any]


def backup_fields(backup: Backup) -> Fields:
    """A backup; ``sha256`` is that of its manifest, which holds the hashes of all tables."""
    manifest = backup.manifest
    return {
        "sha256": backup.sha256,
        "taken_at": instant(manifest.taken_at),
        "schema": manifest.schema,
        "position": manifest.position,
        "checkpoint": None if manifest.checkpoint is None else manifest.checkpoint[0],
        "rows": manifest.rows,
        "plan_versions": manifest.rows_of("plan_versions"),
        "series_rows": manifest.rows_of("plan_series"),
        "events": manifest.rows_of("events"),
        "tables": {table.name: table.rows for table in manifest.tables},
    }


def pause_fields(pause: Pause | None) -> Fields:
    """Whether writes are paused, why, by whom, and from when until when."""
    return {
        "paused": pause is not None,
        "reason": None if pause is None else pause.reason,
        "since": None if pause is None else instant(pause.since),
        "until": None if pause is None else instant(pause.until),
        "actor": None if pause is None else pause.actor,
    }


def preview_fields(preview: TrimPreview) -> Fields:
    """What a trim would do: the members of ``trimmed_fields`` without what only comes of it."""
    selection = preview.selection
    return {
        "dry_run": True,
        "versions": [_held_fields(version) for version in selection.chosen],
        "passed_over": [],
        "finished": list(preview.unfinished),
        "kpis": list(preview.kpis),
        "rows_before": selection.rows,
        "rows_after": selection.rows_after,
        "protected": {str(reason): count for reason, count in selection.protected.items()},
    }


def trimmed_fields(trimmed: Trimmed) -> Fields:
    """What a trim did: versions put away oldest first, rows before and after, and why others were left alone."""
    selection = trimmed.selection
    return {
        "dry_run": False,
        "versions": [_held_fields(version) for version in trimmed.versions],
        "passed_over": list(trimmed.passed_over),
        "finished": list(trimmed.finished),
        "kpis": list(trimmed.kpis),
        "rows_before": selection.rows,
        "rows_after": selection.rows - sum(version.series_rows for version in trimmed.versions),
        "protected": {str(reason): count for reason, count in selection.protected.items()},
    }


def _held_fields(version: HeldVersion) -> Fields:
    return {
        "version_id": version.version_id,
        "created_at": instant(version.created_at),
        "status": version.status,
        "series_rows": version.series_rows,
    }


def stats_fields(stats: StoreStats) -> Fields:
    """How a store stands; bytes of levels and versions are shares of what series rows take."""
    return {
        "series_rows": stats.rows,
        "versions": stats.held,
        "trimmed_versions": stats.trimmed,
        "bytes": stats.size.total,
        "free_bytes": stats.size.free,
        "series_bytes": stats.size.series,
        "levels": [
            {
                "level": level.level,
                "series_rows": level.rows,
                "versions": level.versions,
                "bytes": stats.bytes_of(level.rows),
            }
            for level in stats.levels
        ],
        "largest": [
            {
                "version_id": version.version_id,
                "created_at": instant(version.created_at),
                "series_rows": version.rows,
                "bytes": stats.bytes_of(version.rows),
            }
            for version in stats.largest
        ],
        "months": [
            {"month": month.month, "versions": month.versions, "series_rows": month.rows} for month in stats.months
        ],
        "rows_per_day": stats.rows_per_day,
        "max_rows": stats.limit,
        "room": stats.room,
        "limit_on": plain(stats.limit_on),
        "days_to_limit": stats.days_to_limit,
        "pause": pause_fields(stats.pause),
    }


def check_fields(check: Check) -> Fields:
    """One thing that a doctor looked at."""
    return {"check": check.check, "ok": check.fine, "message": check.message, "fix": check.fix}
