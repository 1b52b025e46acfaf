"""Storage as plain fields, by the rules of ``presentation``."""

from __future__ import annotations

from ..domain.storage.rebuild import NEVER_MIRRORED
from .json_values import instant, plain
from .presentation import Fields
from .storage.legacy_copy import ReturnedVersion
from .storage.mirror_ledger import Mirrored
from .storage.read_storage import StorageStatus
from .storage.rebuild_store import Rebuilt
from .storage.side_by_side import StorageFinding
from .storage.status_fields import place_fields


def status_fields(status: StorageStatus) -> Fields:
    """How a store stands; where its files are is the operators' business and no field."""
    return {
        **place_fields(status),
        "orphans": [f"{name.version_id}/{name.name}" for name in status.orphans],
        "mismatched": list(status.mismatched),
        "outbox": {
            "count": status.outbox.count,
            "oldest": None if status.outbox.oldest is None else instant(status.outbox.oldest),
        },
        "trouble": None if status.trouble is None else "the files root cannot be used",
    }


def storage_finding_fields(finding: StorageFinding) -> Fields:
    """One thing that does not agree."""
    return {
        "version_id": finding.version_id or None,
        "kind": finding.kind,
        "level": finding.level,
        "key": list(finding.key),
        "field": finding.field,
        "in_database": plain(finding.in_database),
        "in_files": plain(finding.in_files),
        "file": finding.file,
        "message": finding.message,
    }


def returned_fields(one: ReturnedVersion) -> Fields:
    """What of a version a copy of the legacy database holds."""
    return {
        "version_id": one.version_id,
        "rows": one.rows,
        "artifacts": one.artifacts,
        "overrides": one.overrides,
        "events": one.events,
        "complete": one.complete,
    }


def rebuilt_fields(rebuilt: Rebuilt) -> Fields:
    """What a rebuild came to."""
    return {
        "store_id": rebuilt.store_id,
        "mode": str(rebuilt.mode),
        "versions": rebuilt.versions,
        "deleted": rebuilt.deleted,
        "labels": rebuilt.labels,
        "contents": rebuilt.contents,
        "events": rebuilt.events,
        "position": rebuilt.position,
        "series_rows": rebuilt.series_rows,
        "left_out": [{"kind": one.kind, "name": one.name, "reason": one.reason} for one in rebuilt.left_out],
        "never_mirrored": list(NEVER_MIRRORED),
    }


def mirrored_fields(done: Mirrored) -> Fields:
    """What a mirroring came to."""
    return {
        "commits": done.commits,
        "versions": done.versions,
        "labels": done.labels,
        "streams": done.streams,
    }
