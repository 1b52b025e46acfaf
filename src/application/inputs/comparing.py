"""Comparisons of input sets, as the facade offers them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from ...domain.inputs.difference import InputDifference, RowPair
from ...domain.inputs.sections import Section
from .answer_difference import AnswerDifference, DifferenceAnswer
from .diff_inputs import DEFAULT_ROWS, DiffInputs
from .difference_csv import difference_csv
from .preview_inputs import PREVIEW_ROWS, InputPreview, PreviewInputs


@dataclass(frozen=True, kw_only=True)
class Comparing:
    """What changed between revisions, and what a candidate would change."""

    diff_inputs: DiffInputs
    answer_difference: AnswerDifference
    preview_inputs: PreviewInputs

    async def diff(self, current: str, previous: str | None = None, *, rows: int = DEFAULT_ROWS) -> InputDifference:
        """What changed from one revision to another, at most ``rows`` listed of each kind (``DiffInputs``)."""
        return await self.diff_inputs(current, previous, rows=rows)

    def diff_rows(
        self, current: str, previous: str | None = None, *, rows: int | None = None
    ) -> AsyncGenerator[tuple[Section, Sequence[RowPair]]]:
        """Every row that changed, section by section, in batches."""
        return self.diff_inputs.pairs(current, previous, rows=rows)

    def diff_csv(self, current: str, previous: str | None = None, *, rows: int | None = None) -> AsyncGenerator[str]:
        """Every row that changed as CSV text, piece by piece (``docs/reference/diff-report.md``)."""
        return difference_csv(self.diff_inputs.pairs(current, previous, rows=rows))

    async def diff_report(
        self, current: str, previous: str | None = None, *, rows: int = DEFAULT_ROWS, refresh: bool = False
    ) -> DifferenceAnswer:
        """The report as JSON bytes, from the cache where it has them (``AnswerDifference``)."""
        return await self.answer_difference(current, previous, rows=rows, refresh=refresh)

    async def preview(self, label: str, *, rows: int = PREVIEW_ROWS) -> InputPreview:
        """The candidate of a label before it is submitted (``PreviewInputs``)."""
        return await self.preview_inputs(label, rows=rows)
