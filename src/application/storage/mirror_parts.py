"""The parts of the ledger as the mirror writes them down, each from one consistent state."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from ...domain.audit.evidence import event_line
from ...domain.inputs.sections import SECTIONS
from ...domain.plans.version import PlanStatus, plan_stream
from ...domain.shared.events import Head
from ...domain.shared.ids import VersionId
from ...domain.storage.mirror_text import (
    LABEL_FORMAT,
    STORE_FORMAT,
    VERSION_FORMAT,
    content_footer,
    content_header,
    content_line,
)
from ..unit_of_work import UnitOfWork

CONTENTS = "planning_input_contents"  # its second column is the hash


async def version_fields(ledger: UnitOfWork, key: str) -> dict[str, Any] | None:
    """The ledger's part of a plan version, a tombstone where it was deleted.

    Null where no folder holds its payload: what was mirrored before stays as it is until one does, since it names a
    folder that holds what it tells of.
    """
    version = await ledger.plans.find(VersionId(key))
    event = _head(await ledger.events.head(plan_stream(key)))
    if version is None:
        return {"format": VERSION_FORMAT, "version_id": key, "deleted": True, "event": event}
    pointer = await ledger.storage.pointer(version.version_id)
    if version.status is PlanStatus.ARCHIVED:  # a trimmed one has no payload
        pointer = None
    elif pointer is None or pointer.payload_digest != version.payload_digest:
        return None
    return {
        "format": VERSION_FORMAT,
        "version_id": version.version_id,
        "row_version": version.row_version,
        "folder": None if pointer is None else {"digest": pointer.folder.digest, "suffix": pointer.folder.suffix},
        "payload_digest": version.payload_digest,
        "event": event,
        "schema": ledger.image.schema,
        "tables": await ledger.parts.of_version(key),
    }


async def label_fields(ledger: UnitOfWork, key: str) -> dict[str, Any]:
    """The ledger's part of a label."""
    return {
        "format": LABEL_FORMAT,
        "label_key": key,
        "schema": ledger.image.schema,
        "tables": await ledger.parts.of_label(key),
    }


async def store_fields(ledger: UnitOfWork) -> dict[str, Any]:
    """The ledger's part that belongs to no single version or label."""
    return {
        "format": STORE_FORMAT,
        "left_out": [
            "access_tokens",
            "jobs and runs that no plan came of",
            "maintenance_pause",
            "plan_backfill_items",
            "plan_backfill_runs",
            "planning_import_reports",
        ],
        "schema": ledger.image.schema,
        "tables": await ledger.parts.of_store(),
    }


async def content_pieces(ledger: UnitOfWork, content_hash: str) -> AsyncGenerator[bytes]:
    """An input content, section by section in key order; memory stays flat."""
    digest, count = hashlib.sha256(), 0
    piece = content_header(content_hash)
    digest.update(piece)
    yield piece
    for section in SECTIONS:
        async with aclosing(ledger.contents.rows(content_hash, section.name)) as batches:
            async for batch in batches:
                count += len(batch)
                piece = b"".join([content_line(section.name, tuple(row)) for row in batch])
                digest.update(piece)
                yield piece
    yield content_footer(count, digest.hexdigest())


async def event_pieces(ledger: UnitOfWork, stream: str) -> AsyncGenerator[bytes]:
    """The events of a stream, a line each."""
    async for event in ledger.events.stream(stream):
        yield event_line(event).encode()


def _head(head: Head | None) -> dict[str, Any] | None:
    return None if head is None else {"sequence": head.sequence, "hash": head.hash}
