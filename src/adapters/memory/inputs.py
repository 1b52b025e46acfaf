"""Config versions and contents in memory."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence

from ...domain.errors import AlreadyExistsError, NotFoundError
from ...domain.inputs.config import ConfigVersion
from ...domain.inputs.content import InputContent, StreamedContent
from ...domain.inputs.difference import RowPair, SectionTotals, row_pairs, totals_of
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.ports import (
    ConfigRepository,
    InputContentRepository,
    InputSetSummary,
)
from ...domain.inputs.sections import SECTIONS_BY_NAME, InputRow
from ...domain.shared.ids import folded
from .state import MemoryState


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


class MemoryInputContentRepository(InputContentRepository):
    """The contents of a memory store."""

    def __init__(self, state: MemoryState) -> None:
        """Work on this state."""
        self._state = state
        self._contents = state.contents

    async def add(self, content: StreamedContent) -> None:
        """Keep a content; one that is there already is left alone."""
        if content.content_hash not in self._contents:
            kept = content if isinstance(content, InputContent) else _in_memory(content)
            self._contents[content.content_hash] = kept

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

    async def discard(self, content_hashes: Iterable[str]) -> list[str]:
        """Remove those of these contents that no revision and no plan uses; their hashes, in order."""
        used = {known for input_set in self._state.input_sets.values() for known in input_set.content_hashes}
        used |= {str(plan.provenance.input_content_hash) for plan in self._state.plans.values()}
        removed = sorted(set(content_hashes) & (self._contents.keys() - used))
        for content_hash in removed:
            del self._contents[content_hash]
        return removed

    async def differences(
        self, current_hash: str, previous_hash: str | None, section: str
    ) -> AsyncGenerator[list[RowPair]]:
        """The rows of one section in which two contents differ, in one batch."""
        if section not in SECTIONS_BY_NAME:
            raise NotFoundError("section", section, remedy=f"One of: {', '.join(SECTIONS_BY_NAME)}.")
        current = (await self.get(current_hash)).rows(section)
        previous = () if previous_hash is None else (await self.get(previous_hash)).rows(section)
        pairs = list(row_pairs(SECTIONS_BY_NAME[section], current, previous))
        if pairs:
            yield pairs

    async def totals(self, content_hash: str) -> Mapping[str, SectionTotals]:
        """What every section comes to."""
        return totals_of(await self.get(content_hash))

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


def _in_memory(content: StreamedContent) -> InputContent:
    return InputContent.of(
        {name: [row for batch in content.batches(name) for row in batch] for name in content.row_counts}
    )
