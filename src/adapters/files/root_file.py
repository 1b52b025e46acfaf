"""``root.json``: whose files root this is, of which epoch, and how far the ledger was mirrored there."""

from __future__ import annotations

import json
import uuid
from typing import Any

from ...domain.errors import ConflictError
from ...domain.shared.canonical import document
from ...domain.storage.mirror import ADOPT, MirrorHead, RootFile, missing_root
from ...domain.storage.mirror_text import AREAS, CHECKPOINTS_FILE, STORE_FILE
from .directories import Directory, synced, translating

ROOT_FILE = "root.json"
FORMAT = "planvault files root 1"
VERSIONS, STAGING, TRASH, ARTIFACTS = "versions", "staging", "trash", "artifacts"
_OURS = frozenset({VERSIONS, STAGING, TRASH, ARTIFACTS, *AREAS, STORE_FILE, CHECKPOINTS_FILE})
# How a root.json is called that did not get its name yet; one may be left by who died over it.
_UNNAMED = "_root."


def claim(root: Directory, store_id: str, epoch: str, *, shown: str, orphaned: bool = False) -> None:
    """Make the root that of a store, unless it is that already; an ``orphaned`` one has lost its ``root.json`` alone.

    The file is created exclusively: of two stores that come at once, one gets the root.

    Raises:
        ConflictError: it is the root of another store or epoch, is of a newer planvault, or holds something else.
        StorageUnavailableError: it cannot be read or written.
    """
    require_claimable(root, store_id, epoch, shown=shown, orphaned=orphaned)
    # Somebody may have come in between, so what is there now is asked whose it is.
    if root.has(ROOT_FILE) or not _created(root, RootFile(store_id=store_id, epoch=epoch)):
        known(root, shown=shown).require(store_id, epoch, shown=shown)


def require_claimable(root: Directory, store_id: str, epoch: str, *, shown: str, orphaned: bool = False) -> None:
    """Let a root pass that is that of the store, or nobody's and empty; nothing is changed.

    Raises:
        ConflictError: it is the root of another store or epoch, is of a newer planvault, or holds something else.
        StorageUnavailableError: it cannot be read.
    """
    if root.has(ROOT_FILE):
        known(root, shown=shown).require(store_id, epoch, shown=shown)
        return
    ours = {ROOT_FILE, *(_OURS if orphaned else ())}
    strangers = [name for name in root.names() if name not in ours and not name.startswith((".", _UNNAMED))]
    if strangers:
        raise ConflictError(
            f"{shown} is no files root: it holds {strangers[0][:80]!r} and no {ROOT_FILE}.",
            remedy=f"Set PLANVAULT_FILES_ROOT to one of its own; if only {ROOT_FILE} was lost: {ADOPT}.",
        )


def require(root: Directory, store_id: str, *, shown: str) -> None:
    """Let a root pass that is that of the store.

    Raises:
        ConflictError: it is the root of another store, or of a newer planvault.
        StorageUnavailableError: it cannot be read, or is nobody's.
    """
    known(root, shown=shown).require(store_id, "", shown=shown)


def known(root: Directory, *, shown: str) -> RootFile:
    """What the root says of itself.

    Raises:
        ConflictError: it is of a newer planvault, or cannot be read.
        StorageUnavailableError: it says nothing.
    """
    if not root.has(ROOT_FILE):
        raise missing_root(shown)
    with root.reading(ROOT_FILE) as file:
        return parsed(file.read(), shown=shown)


def parsed(text: bytes, *, shown: str) -> RootFile:
    """What a text of ``root.json`` says.

    Raises:
        ConflictError: it is of a newer planvault, or cannot be read.
    """
    try:
        said = json.loads(text)
        if said["format"] != FORMAT:
            raise ValueError(said["format"])  # noqa: TRY301 (told as what else is wrong)
        head = said.get("mirror")
        return RootFile(
            store_id=str(said["store_id"]),
            epoch=str(said.get("epoch", "")),
            head=None
            if head is None
            else MirrorHead(
                commit_seq=int(head["commit_seq"]),
                position=int(head["position"]),
                hash=str(head["hash"]),
                schema=str(head["schema"]),
            ),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConflictError(
            f"{shown} is the files root of another store, or of another planvault.",
            remedy="Set PLANVAULT_FILES_ROOT to the root of this store, or to an empty directory.",
        ) from error


def text_of(root: RootFile) -> bytes:
    """The text of ``root.json`` that says this."""
    fields: dict[str, Any] = {"format": FORMAT, "store_id": root.store_id}
    if root.epoch:
        fields["epoch"] = root.epoch
    if root.head is not None:
        fields["mirror"] = root.head.as_fields()
    return document(fields).encode() + b"\n"


def _created(root: Directory, facts: RootFile) -> bool:
    """Whether it was this call that created the file, which is there whole or not at all."""
    temporary = f"{_UNNAMED}{uuid.uuid4().hex}"
    try:
        with root.creating(temporary) as file, translating(root.shown):
            file.write(text_of(facts))
            synced(file)
        created = root.link(temporary, ROOT_FILE)
    finally:
        if root.has(temporary):
            root.remove(temporary)
    root.sync()
    return created
