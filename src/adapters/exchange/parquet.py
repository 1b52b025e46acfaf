"""Series rows as Parquet: a column for each field, row groups of a bounded size; read and written in flat memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

from ...application.exchange import NamedStream
from ...domain.errors import InvalidRequestError, TooLargeError
from ...domain.plans.series import SeriesRow
from .problems import ProblemList
from .series_columns import COLUMN_KINDS, SERIES_COLUMNS
from .series_rows import LineError, check_header, sound_row
from .text_files import reading

GROUP_ROWS = 65_536
GROUP_BYTES = 1 << 30
_BATCH = 2_000


def _library() -> Any:
    try:
        import pyarrow.parquet  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise InvalidRequestError(
            "Parquet needs a library that is not installed.", remedy="pip install 'planvault[parquet]'"
        ) from error
    return pyarrow


class ParquetRows:
    """A Parquet file being written; rows are kept until they fill a row group."""

    def __init__(self, sink: BinaryIO) -> None:
        """Begin a file.

        Raises:
            InvalidRequestError: pyarrow is not installed.
        """
        self._arrow = _library()
        kinds = {"text": self._arrow.string(), "document": self._arrow.string(), "number": self._arrow.float64()}
        kinds["whole"] = self._arrow.int64()
        self._schema = self._arrow.schema([(name, kinds[COLUMN_KINDS[name]]) for name in SERIES_COLUMNS])
        self._writer = self._arrow.parquet.ParquetWriter(self._arrow.PythonFile(sink, mode="w"), self._schema)
        self._batches: list[Any] = []
        self._waiting = 0

    def take(self, rows: Sequence[SeriesRow]) -> None:
        """Take rows in the order in which they are to stand."""
        if not rows:
            return
        columns = [
            self._arrow.array(column, type=field.type)
            for column, field in zip(zip(*rows, strict=True), self._schema, strict=True)
        ]
        self._batches.append(self._arrow.RecordBatch.from_arrays(columns, schema=self._schema))
        self._waiting += len(rows)
        if self._waiting >= GROUP_ROWS:
            self._write_group()

    def finish(self) -> None:
        """Write what is left and the end of the file."""
        if self._batches:
            self._write_group()
        self._writer.close()

    def _write_group(self) -> None:
        table = self._arrow.Table.from_batches(self._batches, schema=self._schema)
        self._writer.write_table(table, row_group_size=self._waiting)
        self._batches, self._waiting = [], 0


def parquet_rows(file: NamedStream) -> Iterator[SeriesRow]:
    """The rows of a Parquet file in its own order, until the first problem; problems count the rows from 1.

    Raises:
        InvalidRequestError: pyarrow is not installed, or the file is damaged or no Parquet.
        TooLargeError: a row group takes more than 1 GiB.
        ValidationError: rows break rules; carries the first hundred problems.
    """
    arrow, problems = _library(), ProblemList()
    with reading(file.name), file.open() as stream, _no_parquet(file.name, arrow):
        source = arrow.parquet.ParquetFile(stream, pre_buffer=False)
        _check_groups(source.metadata, file.name)
        names = source.schema_arrow.names
        check_header(1, names, file.name, problems)
        problems.refuse()
        number = 0
        for batch in source.iter_batches(batch_size=_BATCH, use_threads=False):
            for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                number += 1
                try:
                    row = sound_row(_given(zip(names, values, strict=True)))
                except LineError as error:
                    problems.add(file.name, error.rule, str(error), line=number, column=error.column, value=error.value)
                else:
                    if not problems:
                        yield row
    problems.refuse()


def _given(fields: Iterable[tuple[str, Any]]) -> Mapping[str, Any]:
    """The fields of a row; whole numbers that lost their type beside nulls have it again."""
    return {
        name: int(value)
        if isinstance(value, float) and value.is_integer() and COLUMN_KINDS.get(name) == "whole"
        else value
        for name, value in fields
    }


def _check_groups(metadata: Any, name: str) -> None:
    for number in range(metadata.num_row_groups):
        size = metadata.row_group(number).total_byte_size
        if size > GROUP_BYTES:
            raise TooLargeError(
                f"A row group of {name} takes {size} bytes; at most {GROUP_BYTES} are read at once.",
                remedy=f"Write it with row groups of {GROUP_ROWS} rows.",
                limit=GROUP_BYTES,
            )


@contextmanager
def _no_parquet(name: str, arrow: Any) -> Iterator[None]:
    try:
        yield
    except (arrow.ArrowException, OSError) as error:
        said = str(error).partition("\n")[0][:200]
        raise InvalidRequestError(
            f"{name} cannot be read as Parquet ({said}).", remedy="Check that the file is whole.", name=name
        ) from error
