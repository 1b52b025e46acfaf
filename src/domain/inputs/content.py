"""The content of a revision: every section's rows in key order, and the hash over them."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..errors import InvalidRequestError
from ..shared.canonical import document, pack_number, pack_text
from .packing import packer
from .rows import Parameter
from .sections import SECTIONS, SECTIONS_BY_NAME, InputRow, Section

CONTENT_TAG = b"planvault input content 1\0"
BATCH_ROWS = 4_000


class StreamedContent(Protocol):
    """All rows of an input set, wherever they lie: read section by section, as often as one likes."""

    @property
    def content_hash(self) -> str:
        """The hash over all rows (``ContentHasher``)."""
        ...

    @property
    def row_counts(self) -> Mapping[str, int]:
        """How many rows each section holds that has any, in the order of the sections."""
        ...

    def batches(self, section: str) -> Iterator[Sequence[InputRow]]:
        """The rows of a section in key order, a few thousand at a time; an absent section has none."""
        ...


class ContentHasher:
    """Hashes a content as its rows pass: SHA-256 over every section in the order of SECTIONS.

    Of each section go in: its name, its row count, and its rows in key order.  So counts have to be known beforehand.
    """

    def __init__(self, row_counts: Mapping[str, int]) -> None:
        """Begin a content that has so many rows in each section."""
        self._hasher = hashlib.sha256(CONTENT_TAG)
        self._row_counts = row_counts
        self._pack = packer(SECTIONS[0])

    def begin(self, section: Section) -> None:
        """Go on to the next section."""
        self._hasher.update(pack_text(section.name) + pack_number(self._row_counts.get(section.name, 0)))
        self._pack = packer(section)

    def take(self, rows: Sequence[InputRow]) -> None:
        """Hash rows of the section that was begun."""
        self._hasher.update(self._pack(rows))

    def hexdigest(self) -> str:
        """The hash, once every section was taken."""
        return self._hasher.hexdigest()


def hashed(row_counts: Mapping[str, int], batches: Mapping[str, Iterable[Sequence[InputRow]]]) -> str:
    """The content hash of sections that pass by; one that is absent is empty."""
    hasher = ContentHasher(row_counts)
    for section in SECTIONS:
        hasher.begin(section)
        for rows in batches.get(section.name, ()):
            hasher.take(rows)
    return hasher.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class InputContent:
    """All rows of an input set, by section and in key order; the same rows always hash the same.

    Make it with ``of``, which sorts and refuses duplicate keys.
    """

    sections: Mapping[str, tuple[InputRow, ...]]
    content_hash: str = field(init=False)

    def __post_init__(self) -> None:
        """Hash the rows."""
        batches = {section.name: self.batches(section.name) for section in SECTIONS}
        object.__setattr__(self, "content_hash", hashed(self.row_counts, batches))

    @classmethod
    def of(cls, sections: Mapping[str, Iterable[InputRow]]) -> InputContent:
        """The content of these rows, given in any order.

        Raises:
            InvalidRequestError: an unknown section, or a key that stands twice; the sentence names it.
        """
        ordered: dict[str, tuple[InputRow, ...]] = {}
        for name, given in sections.items():
            section = SECTIONS_BY_NAME.get(name)
            if section is None:
                raise InvalidRequestError(f"There is no section {name} in an input set.")
            key_of = section.key_of()
            rows = tuple(sorted(given, key=key_of))
            previous = None
            for row in rows:
                key = key_of(row)
                if key == previous:
                    raise InvalidRequestError(
                        f"{' '.join(str(part) for part in key if part != '')} stands twice in {name}.",
                        section=name,
                    )
                previous = key
            if rows:
                ordered[name] = rows
        return cls(sections=ordered)

    def rows(self, section: str) -> tuple[Any, ...]:
        """The rows of a section in key order; an absent section is empty."""
        return self.sections.get(section, ())

    def batches(self, section: str) -> Iterator[Sequence[InputRow]]:
        """The rows of a section in key order, a few thousand at a time."""
        rows = self.rows(section)
        for start in range(0, len(rows), BATCH_ROWS):
            yield rows[start : start + BATCH_ROWS]

    @property
    def row_counts(self) -> dict[str, int]:
        """How many rows each section holds that has any, in the order of the sections."""
        return {section.name: len(rows) for section in SECTIONS if (rows := self.rows(section.name))}

    def parameters(self, scope: str) -> dict[str, Any]:
        """The named settings of a scope, opened."""
        return {row.name: json.loads(row.value_json) for row in self.rows("parameters") if row.scope == scope}

    def total(self, section: str, measure: str) -> float:
        """The sum of one number over a section (``math.fsum``)."""
        names = [rule.name for rule in SECTIONS_BY_NAME[section].fields]
        position = names.index(measure)
        return math.fsum(row[position] for row in self.rows(section))


def parameter_rows(scope: str, values: Mapping[str, Any]) -> list[Parameter]:
    """Named settings as rows of the section ``parameters``."""
    return [Parameter(scope, name, document(value)) for name, value in values.items()]
