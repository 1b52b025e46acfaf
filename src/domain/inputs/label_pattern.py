"""Patterns of labels, as lists are asked for them."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from ..errors import InvalidRequestError
from ..shared.ids import Label, folded, free_text

PATTERN_LENGTH = 200
ANY, ONE = "*", "?"


@dataclass(frozen=True, slots=True)
class LabelPattern:
    """``week*``: ``*`` stands for anything, ``?`` for one character, every other character for itself, in any case."""

    text: str

    def __post_init__(self) -> None:
        """Something has to be asked for, and not more than any label could answer to.

        Raises:
            InvalidRequestError: the pattern is empty, too long, or holds a character that cannot be seen.
        """
        text = free_text("label pattern", self.text, limit=PATTERN_LENGTH)
        if not text:
            raise InvalidRequestError(
                "The label pattern is empty.", remedy="Write a label, or a part of one with * and ?, such as week*."
            )
        object.__setattr__(self, "text", text)

    @property
    def key(self) -> str:
        """The pattern as labels compare."""
        return folded(self.text)

    def matches(self, label: Label) -> bool:
        """Whether the label answers to it."""
        return fnmatchcase(folded(label), self.key.replace("[", "[[]"))
