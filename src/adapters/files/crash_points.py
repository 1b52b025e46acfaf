"""The places at which a process may die over files: named, so that tests can kill it at each of them."""

from __future__ import annotations

FOLDER_CREATED = "folder.created"
FILE_CREATED = "folder.file.created"
FILE_HALF_WRITTEN = "folder.file.half-written"
FILE_SYNCED = "folder.file.synced"
MANIFEST_SYNCED = "folder.manifest.synced"
FOLDER_SYNCED = "folder.synced"
FOLDER_RENAMED = "folder.renamed"
VERSION_SYNCED = "folder.version.synced"
PARENT_SYNCED = "folder.parent.synced"
FOLDER_MOVED_OUT = "folder.moved-out"
FOLDER_TRASHED = "folder.trashed"

MIRROR_LINES_BEFORE = "mirror.lines.before"
MIRROR_LINES_HALF_WRITTEN = "mirror.lines.half-written"
MIRROR_LINES_SYNCED = "mirror.lines.synced"
MIRROR_TAIL_CUT = "mirror.tail.cut"
CURRENT_POINTS = ("mirror.current.written", "mirror.current.renamed", "mirror.current.synced")
# After the last of these the outbox is emptied.
ROOT_POINTS = ("mirror.root.written", "mirror.root.renamed", "mirror.root.synced")

# In the order in which a folder passes them.
PUBLISHING = (
    FOLDER_CREATED,
    FILE_CREATED,
    FILE_HALF_WRITTEN,
    FILE_SYNCED,
    MANIFEST_SYNCED,
    FOLDER_SYNCED,
    FOLDER_RENAMED,
    VERSION_SYNCED,
    PARENT_SYNCED,
)
SWEEPING = (FOLDER_MOVED_OUT, FOLDER_TRASHED)
CRASH_POINTS = (*PUBLISHING, *SWEEPING)

MIRROR_POINTS = (
    MIRROR_LINES_BEFORE,
    MIRROR_LINES_HALF_WRITTEN,
    MIRROR_LINES_SYNCED,
    MIRROR_TAIL_CUT,
    *CURRENT_POINTS,
    *ROOT_POINTS,
)
