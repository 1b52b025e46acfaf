"""What an export has: which CSV tables with which columns, by layout and by what the content holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, cast

from ...application.exchange import ExportLayout, OutgoingContent, SectionReader
from ...domain.inputs.fields import Field
from ...domain.inputs.rows import Parameter
from ...domain.inputs.sections import PARAMETERS, PERIOD_METRICS, InputRow, Section
from .input_files import CSV_FILES, InputFile

# The legacy system's own columns in its own order.
LEGACY_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "demand_family.csv": ("family", "period", "demand"),
    "capacity.csv": ("workcenter", "period", "capacity"),
    "mix_share.csv": ("family", "sku", "share"),
    "inventory.csv": ("loc", "item", "qty"),
    "open_po.csv": ("item", "due", "qty"),
    "period_cost.csv": ("period", "cost"),
    "period_score.csv": ("period", "score"),
}
_METRIC = "metric_code"
_OTHER_METRICS = "custom"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingTable:
    """A CSV file of an export: its columns, each with its field, and the metric whose rows alone it holds."""

    name: str
    section: Section
    columns: tuple[tuple[str, Field], ...]
    metric: str | None
    row_count: int

    @property
    def stem(self) -> str:
        """The name without ``.csv``: what a sheet or a member of a document is called."""
        return self.name.removesuffix(".csv")

    @property
    def headers(self) -> tuple[str, ...]:
        """The customary header of each column."""
        return tuple(header for header, _ in self.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """All that an export holds besides the rows of its tables and weeks."""

    tables: tuple[OutgoingTable, ...]
    parameters: tuple[Parameter, ...]

    def scope(self, name: str) -> dict[str, str]:
        """The JSON text of each parameter of a scope, by name."""
        return {row.name: row.value_json for row in self.parameters if row.scope == name}


async def outline_of(content: OutgoingContent, layout: ExportLayout) -> Outline:
    """What an export of the content has in that layout; reads metrics and parameters, which are few."""
    metrics: Counter[str] = Counter()
    async for batch in section_rows(content.read, PERIOD_METRICS.name):
        metrics.update(map(itemgetter(0), batch))
    parameters = [
        cast("Parameter", row) async for batch in section_rows(content.read, PARAMETERS.name) for row in batch
    ]
    tables = [_table(file, _count(file, content.row_counts, metrics), layout) for file in CSV_FILES.values()]
    return Outline(
        tables=tuple(
            table for table in tables if (table.row_count if layout is ExportLayout.LOSSLESS else table.columns)
        ),
        parameters=tuple(parameters),
    )


def _count(file: InputFile, row_counts: Mapping[str, int], metrics: Mapping[str, int]) -> int:
    metric = _metric_of(file)
    return row_counts.get(file.section.name, 0) if metric is None else metrics.get(metric, 0)


def _metric_of(file: InputFile) -> str | None:
    if file.section is not PERIOD_METRICS:
        return None
    return file.constants.get(_METRIC, _OTHER_METRICS)


def _table(file: InputFile, row_count: int, layout: ExportLayout) -> OutgoingTable:
    fields = {rule.name: rule for rule in file.section.fields}
    known = {column.headers[0]: fields[column.field] for column in file.columns}
    headers: Iterable[str] = known if layout is ExportLayout.LOSSLESS else LEGACY_COLUMNS.get(file.name, ())
    return OutgoingTable(
        name=file.name,
        section=file.section,
        columns=tuple((header, known[header]) for header in headers),
        metric=_metric_of(file),
        row_count=row_count,
    )


async def table_rows(table: OutgoingTable, read: SectionReader) -> AsyncGenerator[list[tuple[Any, ...]], None]:
    """The rows of a table in key order, cut to its columns, in batches."""
    names = [rule.name for rule in table.section.fields]
    cut = cast(
        "Callable[[InputRow], tuple[Any, ...]]", itemgetter(*(names.index(rule.name) for _, rule in table.columns))
    )
    async for batch in section_rows(read, table.section.name):
        rows = batch if table.metric is None else [row for row in batch if row[0] == table.metric]
        if rows:
            yield list(map(cut, rows))


async def section_rows(read: SectionReader, section: str) -> AsyncGenerator[Sequence[InputRow], None]:
    """The rows of a section in key order, in batches; what they come from is closed whatever happens."""
    async with aclosing(cast("AsyncGenerator[Sequence[InputRow], None]", read(section))) as batches:
        async for batch in batches:
            yield batch
