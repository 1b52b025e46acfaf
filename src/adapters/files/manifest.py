"""The manifest of a folder: what is in it, to the byte.  Its SHA-256 names the folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...domain.errors import IntegrityError
from ...domain.plans.series import BucketDigest, LevelTotals, PlanSeries
from ...domain.shared.canonical import document
from ...domain.shared.ids import VersionId

FORMAT = "planvault plan folder 1"
MANIFEST_FILE = "manifest.json"
KPIS_FILE = "kpis.json"
HEADERS_FILE = "headers.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """One file of a folder."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderLevel:
    """One level of a folder: its series, its buckets, and at which byte of its file each bucket begins."""

    series: PlanSeries
    buckets: tuple[BucketDigest, ...]
    offsets: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything about a folder but its rows; the same content gives the same text, whenever it is written."""

    version_id: VersionId
    about: Mapping[str, Any]
    levels: Mapping[str, FolderLevel]
    files: Mapping[str, FileFacts]

    def text(self) -> bytes:
        """The manifest as it is written: canonical JSON and a line feed."""
        fields = {
            "format": FORMAT,
            "version_id": self.version_id,
            "about": dict(self.about),
            "levels": {name: _level_fields(level) for name, level in self.levels.items()},
            "files": {name: {"size": facts.size, "sha256": facts.sha256} for name, facts in self.files.items()},
        }
        return document(fields).encode() + b"\n"


def level_file(level: str) -> str:
    """The file of a level's rows."""
    return f"{level}.jsonl"


def digest_of(text: bytes) -> str:
    """The digest by which a folder is called."""
    return hashlib.sha256(text).hexdigest()


def parsed(text: bytes, *, shown: str) -> Manifest:
    """The manifest of that text.

    Raises:
        IntegrityError: it is no manifest that this planvault reads.
    """
    try:
        fields = json.loads(text)
        known = fields["format"]
        if known != FORMAT:
            raise IntegrityError(f"{shown} is of the format {str(known)[:40]!r}, which this planvault does not read.")
        version_id = VersionId(fields["version_id"])
        return Manifest(
            version_id=version_id,
            about=fields["about"],
            levels={name: _level(version_id, name, level) for name, level in fields["levels"].items()},
            files={
                name: FileFacts(size=facts["size"], sha256=facts["sha256"]) for name, facts in fields["files"].items()
            },
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise IntegrityError(f"{shown} is no manifest of a plan folder.", file=shown) from error


def _level_fields(level: FolderLevel) -> dict[str, Any]:
    return {
        "rows": level.series.row_count,
        "digest": level.series.digest.hex(),
        "totals": level.series.totals._asdict(),
        "buckets": [
            [bucket.time_bucket_type, bucket.time_bucket_key, bucket.digest.hex(), bucket.row_count, offset]
            for bucket, offset in zip(level.buckets, level.offsets, strict=True)
        ],
    }


def _level(version_id: VersionId, name: str, fields: Mapping[str, Any]) -> FolderLevel:
    return FolderLevel(
        series=PlanSeries(
            version_id=version_id,
            level=name,
            row_count=fields["rows"],
            digest=bytes.fromhex(fields["digest"]),
            totals=LevelTotals(**fields["totals"]),
        ),
        buckets=tuple(
            BucketDigest(
                time_bucket_type=bucket[0],
                time_bucket_key=bucket[1],
                digest=bytes.fromhex(bucket[2]),
                row_count=bucket[3],
            )
            for bucket in fields["buckets"]
        ),
        offsets=tuple(bucket[4] for bucket in fields["buckets"]),
    )
