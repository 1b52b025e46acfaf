"""``root.json``: whose files root this is."""

from __future__ import annotations

import json
from typing import Any

from ...domain.errors import ConflictError, StorageUnavailableError
from ...domain.shared.canonical import document
from .directories import Directory, synced, translating

ROOT_FILE = "root.json"
FORMAT = "planvault files root 1"


def claim(root: Directory, store_id: str, *, shown: str) -> None:
    """Make the root that of a store, unless it is that already.

    The file is created exclusively: of two stores that come at once, one gets the root.

    Raises:
        ConflictError: it is the root of another store, is of a newer planvault, or holds something else.
        StorageUnavailableError: it cannot be read or written.
    """
    require_claimable(root, store_id, shown=shown)
    if not root.has(ROOT_FILE) and not _created(root, store_id):
        require(root, store_id, shown=shown)


def require_claimable(root: Directory, store_id: str, *, shown: str) -> None:
    """Let a root pass that is that of the store, or nobody's and empty; nothing is changed.

    Raises:
        ConflictError: it is the root of another store, is of a newer planvault, or holds something else.
        StorageUnavailableError: it cannot be read.
    """
    if root.has(ROOT_FILE):
        require(root, store_id, shown=shown)
        return
    strangers = [name for name in root.names() if not name.startswith(".")]
    if strangers:
        raise ConflictError(
            f"{shown} is no files root: it holds {strangers[0][:80]!r} and no {ROOT_FILE}.",
            remedy="Set PLANVAULT_FILES_ROOT to a directory of its own.",
        )


def require(root: Directory, store_id: str, *, shown: str) -> None:
    """Let a root pass that is that of the store.

    Raises:
        ConflictError: it is the root of another store, or of a newer planvault.
        StorageUnavailableError: it cannot be read, or is nobody's.
    """
    if not root.has(ROOT_FILE):
        raise missing(shown)
    with root.reading(ROOT_FILE) as file:
        text = file.read()
    found = _fields(text)
    if found.get("format") != FORMAT or found.get("store_id") != store_id:
        raise ConflictError(
            f"{shown} is the files root of another store, or of another planvault.",
            remedy="Set PLANVAULT_FILES_ROOT to the root of this store, or to an empty directory.",
        )


def missing(shown: str) -> StorageUnavailableError:
    """Nothing says whose root this is."""
    return StorageUnavailableError(
        f"{shown} holds no {ROOT_FILE}, so it is not the files root that it was.",
        remedy="Look whether its disk is there; see planvault storage status.",
    )


def _created(root: Directory, store_id: str) -> bool:
    """Whether it was this call that created the file."""
    try:
        with root.creating(ROOT_FILE) as file, translating(root.shown):
            file.write(document({"format": FORMAT, "store_id": store_id}).encode() + b"\n")
            synced(file)
    except FileExistsError:
        return False
    root.sync()
    return True


def _fields(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
