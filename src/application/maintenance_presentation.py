"""Maintenance as plain fields, once for the command line and for HTTP."""

from __future__ import annotations

from typing import Any

from .json_values import instant
from .maintenance.backup_archive import Backup

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
