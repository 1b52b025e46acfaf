"""A legacy plan from its artifacts, wherever they lie: levels, what they say besides, and what is kept as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...domain.errors import InvalidRequestError
from ...domain.plans.series import SeriesRow
from ...domain.shared.canonical import json_value
from .documents import Document, json_of
from .level_rows import LEVELS_OF, levels_of

_MOST_BYTES = 256 * 1024 * 1024
_TABLES = ".csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedArtifacts:
    """What the artifacts of one version say."""

    levels: Mapping[str, list[SeriesRow]]
    kept: Mapping[str, Mapping[str, Any]]

    def said(self, artifact: str, *names: str) -> Any:
        """The first of these members that a small artifact has."""
        found = self.kept.get(artifact, {})
        return next((found[name] for name in names if found.get(name) is not None), None)


def opened(texts: Mapping[str, bytes]) -> OpenedArtifacts:
    """The artifacts, opened by name.

    Raises:
        InvalidRequestError: one is damaged, or larger than is read; the sentence says which, where and how.
    """
    documents: dict[str, Document] = {}
    kept: dict[str, Mapping[str, Any]] = {}
    for name, text in sorted(texts.items()):
        if len(text) > _MOST_BYTES:
            raise InvalidRequestError(f"{name} has {len(text)} bytes; at most {_MOST_BYTES} are read.", source=name)
        if name in LEVELS_OF or name.startswith("reconciliation_log"):
            documents[name] = Document(name, text)
            kept[name] = _kept(name, documents[name].header())
        elif name.endswith(_TABLES) and not text.lstrip().startswith(b"{"):
            kept[name] = {"type": "csv", "content": _decoded(name, text)}
        else:
            value = json_of(name, text)
            kept[name] = _kept(name, value if isinstance(value, dict) else {"content": value})
    return OpenedArtifacts(levels=levels_of(documents), kept=kept)


def levels_in(names: Iterable[str]) -> frozenset[str]:
    """The levels that artifacts of these names hold."""
    return frozenset(level for name in names for level in LEVELS_OF.get(name, ()))


def digest_of(facts: Iterable[object], texts: Mapping[str, bytes]) -> str:
    """The digest over everything that a source says of a version; 64 hex digits."""
    hasher = hashlib.sha256(b"planvault legacy version 1\0")
    for fact in facts:
        said = repr(fact).encode(errors="backslashreplace")
        hasher.update(len(said).to_bytes(8, "big") + said)
    for name, text in sorted(texts.items()):
        for part in (name.encode(errors="backslashreplace"), text):
            hasher.update(len(part).to_bytes(8, "big") + part)
    return hasher.hexdigest()


def _kept(name: str, value: Mapping[str, Any]) -> Mapping[str, Any]:
    kept: Mapping[str, Any] = json_value(value, what=f"artifact {name}")
    return kept


def _decoded(name: str, text: bytes) -> str:
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidRequestError(f"{name} is not in UTF-8 ({error.reason}).", source=name) from error
