"""Where payloads lie, as plain fields: what an answer and a pack of evidence both tell."""

from __future__ import annotations

from typing import Any

from ..json_values import instant
from .read_storage import StorageStatus


def place_fields(status: StorageStatus) -> dict[str, Any]:
    """Mode, store, what is filed and the last whole verification; nothing that changes without anybody's doing."""
    state = status.state
    found = None if state is None else state.verification
    return {
        "mode": str(status.mode),
        "primary": str(status.primary),
        "store_id": None if state is None else state.store_id,
        "since": None if state is None else instant(state.since),
        "filed": status.filed,
        "unfiled": list(status.unfiled),
        "verification": None
        if found is None
        else {"at": instant(found.at), "versions": found.versions, "findings": found.findings},
    }
