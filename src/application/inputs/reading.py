"""Input sets to look at, as the facade offers them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from ...domain.inputs.content import InputContent
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.ports import InputSetFilter, InputSetSummary
from ...domain.inputs.sections import InputRow
from ...domain.shared.paging import DEFAULT_LIMIT, Page
from .read_input_sets import ReadInputSets


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Input sets, their revisions and rows."""

    read: ReadInputSets

    async def list(
        self, wanted: InputSetFilter | None = None, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[InputSetSummary]:
        """Input sets in order of label."""
        return await self.read.list(wanted or InputSetFilter(), limit=limit, cursor=cursor)

    async def get(self, label: str) -> InputSet:
        """The set of that label with all its revisions."""
        return await self.read.get(label)

    async def content(self, reference: str) -> InputContent:
        """The exact content of ``LABEL@N``, or of what is live under ``LABEL``."""
        return await self.read.content(reference)

    async def page(
        self, reference: str, section: str, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[InputRow]:
        """Some rows of one section in key order."""
        return await self.read.page(reference, section, limit=limit, cursor=cursor)

    def rows(self, reference: str, section: str) -> AsyncGenerator[Sequence[InputRow]]:
        """The rows of one section in key order, in batches."""
        return self.read.rows(reference, section)
