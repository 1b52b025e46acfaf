"""Ids and free text: what may name a thing, and how names compare."""

from __future__ import annotations

import re
import unicodedata
from typing import NewType

from ..errors import InvalidLabelError, InvalidRequestError

VersionId = NewType("VersionId", str)
Label = NewType("Label", str)
RunId = NewType("RunId", str)
JobId = NewType("JobId", str)
TokenId = NewType("TokenId", str)

KEY_TEXT_LENGTH = 160  # five of them, in kanji, still fit into a key of PostgreSQL: about 2 700 bytes
TITLE_LENGTH = 200
COMMENT_LENGTH = 2000

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_REFERENCE = re.compile(r"(?P<label>[^@]*)@(?P<number>[1-9][0-9]{0,8})")
# Controls, format and direction marks, surrogates, separators of lines and paragraphs: nobody sees them.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class TextLengthError(ValueError):
    """A text is longer than what it stands in allows; the message says how long it may be."""


def _named(kind: str, text: str) -> str:
    if not _NAME.fullmatch(text) or ".." in text or text.endswith("."):
        raise InvalidLabelError(
            f"{text[:80]!r} cannot name {kind}.",
            remedy="Use 1 to 64 of A-Z a-z 0-9 . _ - beginning with a letter or digit, without '..' or a final dot.",
            kind=kind,
            value=text[:80],
        )
    return text


def label(text: str) -> Label:
    """The text as the label of an input set.

    Raises:
        InvalidLabelError: it is outside ``[A-Za-z0-9][A-Za-z0-9._-]{0,63}``.
    """
    return Label(_named("an input set", text))


def version_id(text: str) -> VersionId:
    """The text as the id of a plan version.

    Raises:
        InvalidLabelError: it is outside ``[A-Za-z0-9][A-Za-z0-9._-]{0,63}``.
    """
    return VersionId(_named("a plan version", text))


def folded(name: str) -> str:
    """The name as it is compared: labels, version ids and actors are unique without regard to case.

    Folding what is folded changes nothing.
    """
    # Case folding can take a letter apart, so what it leaves is composed again.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def label_reference(text: str) -> tuple[Label, int | None]:
    """Split ``weekly@4`` into label and revision number; a bare ``weekly`` has none.

    Raises:
        InvalidLabelError: the label is malformed.
        InvalidRequestError: what follows ``@`` is not a revision number.
    """
    if "@" not in text:
        return label(text), None
    match = _REFERENCE.fullmatch(text)
    if match is None:
        raise InvalidRequestError(
            f"{text[:80]!r} does not name a revision.", remedy="Write LABEL@NUMBER, for example weekly@4."
        )
    return label(match["label"]), int(match["number"])


def free_text(what: str, text: str, *, limit: int, multiline: bool = False) -> str:
    """Text as people write it, in NFC and without control or direction-changing characters.

    Raises:
        InvalidRequestError: it is longer than ``limit`` or holds such a character.
    """
    clean = unicodedata.normalize("NFC", text.replace("\r\n", "\n") if multiline else text).strip()
    if len(clean) > limit:
        raise InvalidRequestError(f"The {what} has {len(clean)} characters; at most {limit} are kept.")
    allowed = "\n\t" if multiline else ""
    for char in clean:
        if unicodedata.category(char) in _UNSEEN and char not in allowed:
            raise InvalidRequestError(f"The {what} holds the character U+{ord(char):04X}, which cannot be kept.")
    return clean


def is_keepable(text: str) -> bool:
    """Whether a cell's text holds only characters that can be seen: no controls, surrogates or direction marks.

    The ideographic space U+3000 is one: Japanese item names are written with it.
    """
    return text.replace("\u3000", " ").isprintable()


def comment(text: str | None) -> str | None:
    """A comment as it is kept: at most 2 000 characters, line breaks allowed, empty is none."""
    return (free_text("comment", text, limit=COMMENT_LENGTH, multiline=True) or None) if text else None


def title(text: str | None) -> str | None:
    """A title as it is kept: at most 200 characters on one line, empty is none."""
    return (free_text("title", text, limit=TITLE_LENGTH) or None) if text else None
