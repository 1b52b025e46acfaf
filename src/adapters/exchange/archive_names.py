"""Names of the entries of a zip: plain file names in at most one folder, each once whatever its case."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .archive_refusals import rejected
from .zip_directory import ZipEntry

SUFFIXES = (".csv", ".json")
_ALPHABET = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_DRIVE = re.compile(r"[A-Za-z]:")
_ARCHIVES = (".zip", ".xlsx", ".xlsm", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".jar", ".cab", ".lzh")
_APPLE = "__MACOSX"


def check_paths(entries: Sequence[ZipEntry], archive: str) -> None:
    """Refuse names that lead somewhere else, and names that are the same without regard to case.

    Raises:
        ArchiveRejectedError: a name does.
    """
    seen: set[str] = set()
    for entry in entries:
        name = entry.name.removesuffix("/") if entry.folder else entry.name
        if _DRIVE.match(name) or "\\" in name or not name.isprintable() or name.startswith("/"):
            raise rejected(archive, "unsafe-path", "has a name that leads out of the archive", entry.name)
        if any(not part.strip(". ") or part != part.rstrip(". ") for part in name.split("/")):
            raise rejected(archive, "unsafe-path", "has a name that leads out of the archive", entry.name)
        if name.casefold() in seen:
            raise rejected(archive, "duplicate-name", "is there twice (upper and lower case are the same)", entry.name)
        seen.add(name.casefold())


def input_names(entries: Sequence[ZipEntry], archive: str) -> list[tuple[str, ZipEntry]]:
    """The entries that hold input files, with their names out of the one folder that they may all lie in.

    Hidden files, and what an Apple computer adds, are left alone as they are in a directory.

    Raises:
        ArchiveRejectedError: a name is outside the alphabet or deeper than one folder.
    """
    shown = [(entry, entry.name.removesuffix("/").split("/")) for entry in entries if not _hidden(entry.name)]
    tops = {parts[0] if len(parts) > 1 or entry.folder else "" for entry, parts in shown}
    for entry, parts in shown:
        if len(parts) + entry.folder > 2 or len(tops) > 1:  # noqa: PLR2004 (a folder and a file)
            raise rejected(archive, "folder", "lies in a folder, but not all files lie in that one", entry.name)
    files = [(parts[-1], entry) for entry, parts in shown if not entry.folder]
    for name, entry in files:
        if name.lower().endswith(_ARCHIVES):
            raise rejected(archive, "nested-archive", "is an archive inside the archive", entry.name)
        if not _ALPHABET.fullmatch(name) or not name.endswith(SUFFIXES):
            raise rejected(archive, "name", "is no name of an input file (letters, digits, _ . -; .csv or .json)", name)
    if not files:
        raise rejected(archive, "empty", "holds no input file")
    return files


def _hidden(name: str) -> bool:
    parts = name.removesuffix("/").split("/")
    return parts[0] == _APPLE or any(part.startswith(".") for part in parts)
