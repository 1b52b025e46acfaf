"""Config versions, input sets and contents in memory."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

from ...domain.errors import AlreadyExistsError, NotFoundError
from ...domain.inputs.config import ConfigVersion
from ...domain.inputs.content import InputContent
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.ports import (
    ConfigRepository,
    InputContentRepository,
    InputSetFilter,
    InputSetRepository,
    InputSetSummary,
)
from ...domain.inputs.sections import SECTIONS_BY_NAME, InputRow
from ...domain.shared.ids import Label, folded
from ...domain.shared.paging import Page, page_of, parse_cursor
from .state import MemoryState, add_new, compare


class MemoryConfigRepository(ConfigRepository):
    """The config versions of a memory store."""

    def __init__(self, state: MemoryState) -> None:
        """Work on this state."""
        self._configs = state.configs

    async def get(self, config_version_id: int) -> ConfigVersion:
        """The config version of that id."""
        if config_version_id not in self._configs:
            raise NotFoundError("config version", config_version_id, remedy="See planvault configs list.")
        return self._configs[config_version_id]

    async def list(self) -> list[ConfigVersion]:
        """All config versions, in order of id."""
        return [self._configs[key] for key in sorted(self._configs)]

    async def add(self, config: ConfigVersion) -> None:
        """Keep a new config version."""
        names = {folded(known.name) for known in self._configs.values()}
        if config.config_version_id in self._configs or folded(config.name) in names:
            raise AlreadyExistsError("config version", config.name)
        self._configs[config.config_version_id] = config

    async def next_id(self) -> int:
        """The next free id."""
        return max(self._configs, default=0) + 1


class MemoryInputSetRepository(InputSetRepository):
    """The input sets of a memory store."""

    def __init__(self, state: MemoryState) -> None:
        """Work on this state."""
        self._sets = state.input_sets

    async def find(self, label: Label) -> InputSet | None:
        """The set of that label in whatever case, if there is one."""
        return self._sets.get(folded(label))

    async def get(self, label: Label) -> InputSet:
        """The set of that label in whatever case."""
        found = self._sets.get(folded(label))
        if found is None:
            raise NotFoundError("input set", label, remedy="See planvault inputs list.")
        return found

    async def list(self, wanted: InputSetFilter, *, limit: int, cursor: str | None) -> Page[InputSetSummary]:
        """Input sets in order of label."""
        after = parse_cursor(cursor, "input-sets", str)
        keys = sorted(
            key
            for key, known in self._sets.items()
            if (after is None or key > str(after[0]))
            and wanted.status in {None, known.status}
            and wanted.config_version_id in {None, known.config_version_id}
        )
        key = (keys[limit - 1],) if len(keys) > limit else None
        return page_of([_summary(self._sets[key]) for key in keys[: limit + 1]], limit, name="input-sets", key=key)

    async def add(self, input_set: InputSet) -> None:
        """Keep a new set with its revisions."""
        stored = replace(input_set, row_version=0)
        add_new(self._sets, folded(input_set.label), stored, kind="input set", name=input_set.label)

    async def save(self, input_set: InputSet) -> InputSet:
        """Keep a changed set."""
        known = self._sets.get(folded(input_set.label))
        row_version = compare(
            None if known is None else known.row_version,
            input_set.row_version,
            kind="input set",
            name=input_set.label,
        )
        saved = replace(input_set, row_version=row_version)
        self._sets[folded(input_set.label)] = saved
        return saved


class MemoryInputContentRepository(InputContentRepository):
    """The contents of a memory store."""

    def __init__(self, state: MemoryState) -> None:
        """Work on this state."""
        self._contents = state.contents

    async def add(self, content: InputContent) -> None:
        """Keep a content; one that is there already is left alone."""
        self._contents.setdefault(content.content_hash, content)

    async def get(self, content_hash: str) -> InputContent:
        """The whole content of that hash."""
        if content_hash not in self._contents:
            raise NotFoundError("input content", content_hash)
        return self._contents[content_hash]

    async def rows(self, content_hash: str, section: str) -> AsyncGenerator[list[InputRow]]:
        """The rows of one section in key order, in one batch."""
        if section not in SECTIONS_BY_NAME:
            raise NotFoundError("section", section, remedy=f"One of: {', '.join(SECTIONS_BY_NAME)}.")
        rows = (await self.get(content_hash)).rows(section)
        if rows:
            yield list(rows)

    async def page(
        self, content_hash: str, section: str, *, after: Sequence[str | int] | None, limit: int
    ) -> list[InputRow]:
        """At most ``limit`` rows of one section after a key, in key order."""
        rows = [row async for batch in self.rows(content_hash, section) for row in batch]
        start = 0 if after is None else bisect_right(rows, tuple(after), key=SECTIONS_BY_NAME[section].key_of())
        return rows[start : start + limit]


def _summary(known: InputSet) -> InputSetSummary:
    return InputSetSummary(
        label=known.label,
        title=known.title,
        status=known.status,
        config_version_id=known.config_version_id,
        live=known.live,
        live_content_hash=None if known.live is None else known.revision(known.live).content_hash,
        candidate=known.candidate,
        candidate_status=None if known.candidate is None else str(known.revision(known.candidate).status),
        created_at=known.created_at,
        updated_at=known.updated_at,
    )
