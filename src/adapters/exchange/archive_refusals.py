"""Refusals of zips and workbooks: every one with a stable reason, the entry it is about, and what to do."""

from __future__ import annotations

from ...domain.errors import ArchiveRejectedError

SHOWN = 80
_REMEDY = "Zip the .csv and .json files again, plainly: no password, no inner folders, nothing else beside them."
_REMEDIES = {
    "encrypted": "Zip the files again without a password.",
    "folder": "Put all files side by side, or into one folder, and zip that.",
    "nested-archive": "Unpack the inner archive and zip its files themselves.",
    "zip64": "Zip or save it again without zip64, which is for more than 4 GiB.",
    "too-many-entries": "Send the input files only.",
    "too-large": "Send fewer or smaller files.",
    "too-slow": "Send smaller files, or try again when the machine is less busy.",
    "macros": "Save it as a workbook without macros (.xlsx).",
    "not-a-workbook": "Save it as .xlsx, without a password.",
    "workbook": "Open it in a spreadsheet program and save it again as .xlsx.",
    "xml-entities": "Open it in a spreadsheet program and save it again as .xlsx.",
}


def rejected(archive: str, reason: str, message: str, entry: str | None = None) -> ArchiveRejectedError:
    """The refusal of an archive, or of one of its entries, for a reason of ``docs/reference/input-files.md``."""
    shown = None if entry is None else readable(entry)
    archive = readable(archive)
    where = archive if shown is None else f"{archive}: {shown}"
    params = {} if shown is None else {"entry": shown}
    return ArchiveRejectedError(
        f"{where} {message}.", remedy=_REMEDIES.get(reason, _REMEDY), reason=reason, archive=archive, **params
    )


def readable(name: str) -> str:
    """A name as it can be shown: without control characters, cut to 80."""
    shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in name[:SHOWN])
    return shown if len(name) <= SHOWN else f"{shown}..."
