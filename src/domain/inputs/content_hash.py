"""The hash of a content, taken section by section as its rows come by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from ..shared.canonical import pack_number, pack_text
from .sections import InputRow, Section

CONTENT_TAG = b"planvault input content 1\0"


class ContentHasher:
    """SHA-256 over every section in the order of SECTIONS: its name, its row count, its rows in key order."""

    def __init__(self) -> None:
        """Begin before the first section."""
        self._hasher = hashlib.sha256(CONTENT_TAG)

    def begin(self, section: Section, row_count: int) -> None:
        """Begin the next section, which has so many rows."""
        self._hasher.update(pack_text(section.name) + pack_number(row_count))

    def take(self, section: Section, rows: Iterable[InputRow]) -> None:
        """Take the next rows of the section that was begun."""
        self._hasher.update(b"".join(section.packed(rows)))

    def hexdigest(self) -> str:
        """The hash of what was taken."""
        return self._hasher.hexdigest()
