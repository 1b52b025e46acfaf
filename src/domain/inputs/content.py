"""The content of a revision: every section's rows in key order, and the hash over them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import InvalidRequestError
from ..shared.canonical import document
from .content_hash import ContentHasher
from .rows import Parameter
from .sections import SECTIONS, SECTIONS_BY_NAME, InputRow

_BATCH = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class InputContent:
    """All rows of an input set, by section and in key order; the same rows always hash the same.

    Make it with ``of``, which sorts and refuses duplicate keys.
    """

    sections: Mapping[str, tuple[InputRow, ...]]
    content_hash: str = field(init=False)

    def __post_init__(self) -> None:
        """Hash the rows: SHA-256 over every section in the order of SECTIONS: name, row count, rows in key order."""
        hasher = ContentHasher()
        for section in SECTIONS:
            rows = self.rows(section.name)
            hasher.begin(section, len(rows))
            for start in range(0, len(rows), _BATCH):
                hasher.take(section, rows[start : start + _BATCH])
        object.__setattr__(self, "content_hash", hasher.hexdigest())

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
