"""The legacy system's words as planvault takes them: ids, moments, names, remarks."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import UTC, date, datetime

from ...domain.errors import InvalidLabelError
from ...domain.shared.ids import COMMENT_LENGTH, TITLE_LENGTH, version_id

LEGACY = "legacy"
_EPOCH = datetime.fromtimestamp(0, UTC)
_OUTSIDE = re.compile(r"[^A-Za-z0-9_-]+")
_MILLISECONDS = 100_000_000_000  # a count of seconds of that size lies beyond the year 5000
_HASH_LENGTH, _NAME_LENGTH = 8, 48


def mapped_id(text: str) -> str:
    """The id that a version or a label has here: its own, or one that is made from it and from its hash."""
    try:
        return version_id(text)
    except InvalidLabelError:
        plain = _OUTSIDE.sub("-", unicodedata.normalize("NFKC", text))[:_NAME_LENGTH].strip("-_") or LEGACY
        return f"{plain}-{hashlib.sha256(text.encode(errors='replace')).hexdigest()[:_HASH_LENGTH]}"


def moment(value: object) -> datetime | None:
    """The instant of a count of milliseconds, or of seconds, since 1970; null where it is neither."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value / 1000 if abs(value) > _MILLISECONDS else value, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def moment_or_epoch(value: object) -> datetime:
    """The instant, or 1970 where nobody knows it: such versions come first."""
    return moment(value) or _EPOCH


def day(value: object) -> date | None:
    """The date of an ISO text; null where it is none."""
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def remark(value: object, *, limit: int = COMMENT_LENGTH) -> str | None:
    """A text as it can be kept: without what nobody sees, cut at the limit; null where nothing is left."""
    if value is None:
        return None
    text = unicodedata.normalize("NFC", str(value).replace("\r\n", "\n"))
    seen = "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in _UNSEEN)
    return seen.strip()[:limit].strip() or None


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def name(value: object) -> str | None:
    """Somebody's name, on one line."""
    text = remark(value, limit=TITLE_LENGTH)
    return None if text is None else " ".join(text.split()) or None
