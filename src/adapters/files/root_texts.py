"""What a ledger mirrored, taken apart: each text is what planvault writes, or is told as damaged."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from ...application.storage.mirrored_root import MirroredPart, MirroredVersion
from ...domain.audit.evidence import parse_event
from ...domain.errors import IntegrityError, InvalidRequestError
from ...domain.inputs.content import InputContent
from ...domain.inputs.sections import SECTIONS_BY_NAME, InputRow
from ...domain.shared.events import Event
from ...domain.shared.ids import VersionId
from ...domain.storage.mirror_text import CONTENT_FORMAT
from ...domain.storage.state import FolderName


def version_of(fields: Mapping[str, Any], shown: str) -> MirroredVersion:
    """What a document of ``current`` says of a plan version.

    Raises:
        IntegrityError: it does not say what planvault writes.
    """
    part = part_of(fields, shown)
    try:
        version_id, place, event = VersionId(fields["version_id"]), fields.get("folder"), fields.get("event")
        return MirroredVersion(
            commit_seq=part.commit_seq,
            tables=part.tables,
            version_id=version_id,
            deleted=bool(fields.get("deleted", False)),
            folder=None if place is None else FolderName(version_id=version_id, **place),
            payload_digest=fields.get("payload_digest"),
            event=None if event is None else (event["sequence"], event["hash"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise _strange(shown) from error


def part_of(fields: Mapping[str, Any], shown: str) -> MirroredPart:
    """The rows that a document holds.

    Raises:
        IntegrityError: it does not say what planvault writes.
    """
    tables, commit_seq = fields.get("tables", {}), fields.get("commit_seq")
    if not isinstance(tables, dict) or not all(isinstance(rows, list) for rows in tables.values()):
        raise _strange(shown)
    if not isinstance(commit_seq, int):
        raise _strange(shown)
    return MirroredPart(commit_seq=commit_seq, tables=tables)


def _strange(shown: str) -> IntegrityError:
    return IntegrityError(f"{shown} does not say what planvault writes.", file=shown)


def event_of(line: bytes) -> Event | None:
    """The event of a line without its end; null where it is none."""
    try:
        return parse_event(line.decode() + "\n")
    except ValueError:
        return None


def content_of(lines: Sequence[bytes], content_hash: str, shown: str) -> InputContent:
    """The input content of these lines, checked against its hash.

    Raises:
        IntegrityError: they are not what was written.
    """
    header, *rows, footer = lines
    try:
        told, end = json.loads(header), json.loads(footer)
        before = b"".join(line + b"\n" for line in (header, *rows))
        fits = (told["format"], end["rows"], end["sha256"]) == (
            CONTENT_FORMAT,
            len(rows),
            hashlib.sha256(before).hexdigest(),
        )
        sections: dict[str, list[InputRow]] = {}
        for line in rows:
            section, *values = json.loads(line)
            sections.setdefault(section, []).append(SECTIONS_BY_NAME[section].row_type(*values))
        content = InputContent.of(sections)
    except (ValueError, KeyError, TypeError, InvalidRequestError) as error:
        raise _strange(shown) from error
    if not fits or content.content_hash != content_hash:
        raise IntegrityError(f"{shown} is not what was written.", file=shown)
    return content
