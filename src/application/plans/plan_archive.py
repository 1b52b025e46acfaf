"""A whole plan version in one file: what it holds, how it is told, and how it is read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from ...domain.plans.editing.cells import Cell, parse_key, parse_row_key
from ...domain.plans.editing.overlay import Lock, Overlay, Override, OverrideOrigin
from ...domain.plans.version import PlanVersion
from ...domain.shared.clock import instant_text, parse_instant
from ...domain.shared.numbers import finite
from ..exchange import NamedStream, OutgoingFile, PackedInputs
from ..json_values import plain

FORMAT = "planvault plan 1"
MANIFEST_FILE, KPIS_FILE, HEADERS_FILE, OVERLAY_FILE = "manifest.json", "kpis.json", "headers.json", "overlay.json"
Fields = dict[str, Any]


class PlanArchives(Protocol):
    """Packs a plan into one file and opens such a file again."""

    async def packed(self, files: Sequence[OutgoingFile]) -> PackedInputs:
        """One file of these and of the hashes of all of them; the same files give the same bytes.

        Raises:
            StorageFullError: there is no room for the temporary file.
        """
        ...

    def opened(self, file: NamedStream) -> AbstractContextManager[Mapping[str, NamedStream]]:
        """The files by name, to be read within the context, after every one was compared with its hash.

        Raises:
            ArchiveRejectedError: it is no such file, is damaged, or holds more or less than its hashes say.
            InvalidRequestError: it cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanArchive:
    """A plan in one temporary file, which vanishes with ``close`` or after its pieces.

    ``name`` is what the file is called: ``plan_v1.zip``.  The same ``tag`` means the same content.
    """

    version: PlanVersion
    name: str
    tag: str
    size: int
    file: BinaryIO
    pieces: Callable[[], Any]

    def close(self) -> None:
        """Erase the temporary file."""
        self.file.close()


def level_file(level: str) -> str:
    """The file of a level's rows."""
    return f"{level}.jsonl"


def manifest_fields(version: PlanVersion, levels: Sequence[Mapping[str, Any]]) -> Fields:
    """What a packed plan says of itself: identity, provenance and digests; its status is only quoted."""
    made_from = version.provenance
    return {
        "format": FORMAT,
        "version_id": version.version_id,
        "title": version.title,
        "status": str(version.status),
        "trial": version.trial,
        "objective": version.objective,
        "note": version.note,
        "created_by": version.created_by,
        "created_at": instant_text(version.created_at),
        "provenance": {
            "origin": str(made_from.origin),
            "input_set": made_from.input_reference,
            "input_content_hash": made_from.input_content_hash,
            "config_version_id": made_from.config_version_id,
            "engine_name": made_from.engine_name,
            "engine_version": made_from.engine_version,
            "engine_parameters": plain(made_from.engine_parameters),
            "run_id": made_from.run_id,
            "base_version_id": made_from.base_version_id,
        },
        "payload_digest": version.payload_digest,
        "plan_digest": version.plan_digest,
        "series_rows": version.series_rows,
        "levels": list(levels),
    }


def overlay_fields(overlay: Overlay) -> Fields:
    """Overrides, locks and weights under their keys."""
    return {
        "overrides": [
            {
                "cell": override.cell.text,
                "value": override.value,
                "origin": str(override.origin),
                "shares": [list(share) for share in override.shares],
                "author": override.author,
                "updated_at": instant_text(override.updated_at),
            }
            for override in overlay.overrides.values()
        ],
        "locks": [
            {"key": lock.text, "actor": lock.actor, "locked_at": instant_text(lock.locked_at)}
            for lock in overlay.locks.values()
        ],
        "weights": {row.text: weight for row, weight in overlay.weights.items()},
    }


def parse_overlay(fields: Mapping[str, Any]) -> Overlay:
    """The overlay of these fields.

    Raises:
        InvalidRequestError, KeyError, TypeError, ValueError: they are none.
    """
    overlay = Overlay()
    for told in fields["overrides"]:
        cell = parse_key(told["cell"])
        if not isinstance(cell, Cell):
            raise TypeError("a row cannot be overridden")
        overlay.overrides[cell] = Override(
            cell=cell,
            value=finite(told["value"]),
            origin=OverrideOrigin(told["origin"]),
            shares=tuple((period, family, finite(share)) for period, family, share in told["shares"]),
            author=str(told["author"]),
            updated_at=parse_instant(told["updated_at"]),
        )
    for told in fields["locks"]:
        key = parse_key(told["key"])
        row, name = (key.row, key.field) if isinstance(key, Cell) else (key, None)
        overlay.locks[row, name] = Lock(
            row=row, field=name, actor=str(told["actor"]), locked_at=parse_instant(told["locked_at"])
        )
    overlay.weights = {parse_row_key(row): finite(weight) for row, weight in fields["weights"].items()}
    return overlay
