"""The mirror's files as text: their names, and how each carries its own hash.

``current``, ``labels`` and ``store.json`` are one JSON object each, keys in code point order, without white space, and
a line feed.  ``sha256`` is over the same text without that member.  An input content is a line that says what it is,
a line for each row, and a line with the hash of all bytes before it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from ..errors import IntegrityError

VERSION_FORMAT = "planvault mirrored plan 1"
LABEL_FORMAT = "planvault mirrored label 1"
STORE_FORMAT = "planvault mirrored store 1"
CONTENT_FORMAT = "planvault input content 1"
CURRENT, LABELS, EVENTS, INPUTS = "current", "labels", "events", "inputs"
AREAS = (CURRENT, LABELS, EVENTS, INPUTS)
STORE_FILE, CHECKPOINTS_FILE = "store.json", "checkpoints.jsonl"
DOCUMENT, LINES = ".json", ".jsonl"
# Upper case is written out, so that names stay apart where a file system does not tell it from lower case; so is a
# point that begins a name or follows another, since neither hidden files nor ".." are names of ours.
_WRITTEN_OUT = re.compile(r"[^a-z0-9._-]|^\.|(?<=\.)\.")


def file_name(name: str) -> str:
    """A stream, version or label as a file is called: percent-encoded, so that nothing is lost."""
    return _WRITTEN_OUT.sub(lambda match: "".join(f"%{byte:02X}" for byte in match.group().encode()), name)


def current_file(key: str) -> str:
    """Where below the files root the ledger's part of a plan version is."""
    return f"{CURRENT}/{file_name(key)}{DOCUMENT}"


def label_file(key: str) -> str:
    """Where below the files root the ledger's part of a label is."""
    return f"{LABELS}/{file_name(key)}{DOCUMENT}"


def events_file(stream: str) -> str:
    """Where below the files root the events of a stream are."""
    return f"{EVENTS}/{file_name(stream)}{LINES}"


def content_file(content_hash: str) -> str:
    """Where below the files root the rows of an input content are."""
    return f"{INPUTS}/{content_hash}{LINES}"


def name_of(file: str) -> str:
    """The stream, version or label that a file of that name, without its suffix, is about."""
    return unquote(file, errors="strict")


def sealed_text(fields: Mapping[str, Any]) -> bytes:
    """The fields as a file: with their own hash."""
    return _text({**fields, "sha256": _hash(fields)}) + b"\n"


def opened_text(text: bytes, *, shown: str, formatted: str) -> dict[str, Any]:
    """The fields of a file, without their hash.

    Raises:
        IntegrityError: they are not what was written, or of another format.
    """
    try:
        fields = json.loads(text)
        said = fields.pop("sha256")
        known = fields["format"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise IntegrityError(f"{shown} is no file of the mirror.", remedy=_HEAL, file=shown) from error
    if known != formatted:
        raise IntegrityError(
            f"{shown} is of the format {str(known)[:40]!r}, which this planvault does not read.", file=shown
        )
    if said != _hash(fields) or text != sealed_text(fields):
        raise IntegrityError(f"{shown} is not what was written.", remedy=_HEAL, file=shown)
    return dict(fields)


def content_header(content_hash: str) -> bytes:
    """The first line of an input content."""
    return _text({"content_hash": content_hash, "format": CONTENT_FORMAT}) + b"\n"


def content_line(section: str, row: tuple[Any, ...]) -> bytes:
    """A row of an input content: its section, and its fields in their order."""
    return _text([section, *row]) + b"\n"


def content_footer(row_count: int, sha256: str) -> bytes:
    """The last line of an input content: the rows before it, and the hash of all bytes before it."""
    return _text({"rows": row_count, "sha256": sha256}) + b"\n"


def _hash(fields: Mapping[str, Any]) -> str:
    return hashlib.sha256(_text(fields)).hexdigest()


def _text(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


_HEAL = "Write it anew from the ledger: planvault storage mirror --all."
