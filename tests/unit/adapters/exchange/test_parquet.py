"""Parquet files of series rows: what is written reads back equal, and what is odd is refused with its row."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.adapters.exchange import parquet
from planvault.adapters.exchange.parquet import ParquetRows
from planvault.domain.errors import InvalidRequestError, TooLargeError
from planvault.domain.plans.series import SeriesRow
from planvault.testing.builders import det_rows

from .builders import places, series, series_problems
from .test_series_files import KEY, ROW, rows

pyarrow = pytest.importorskip("pyarrow", reason="the extra parquet is not installed", exc_type=ImportError)
pq = pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed", exc_type=ImportError)


def written(given_rows: Sequence[SeriesRow], batch: int = 3) -> bytes:
    sink = io.BytesIO()
    file = ParquetRows(sink)
    for start in range(0, len(given_rows), batch):
        file.take(given_rows[start : start + batch])
    file.finish()
    return sink.getvalue()


def table(columns: dict[str, Any], **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pyarrow.table(columns), sink, **options)
    return sink.getvalue()


@given(st.lists(rows(), max_size=7))
def test_parquet_reads_back_equal(given_rows: list[SeriesRow]) -> None:
    assert series("rows.parquet", written(given_rows)) == given_rows


def test_rows_stand_in_groups_of_a_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "GROUP_ROWS", 4)
    data = written(det_rows(10), batch=2)
    metadata = pq.ParquetFile(io.BytesIO(data)).metadata
    assert [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)] == [4, 4, 2]
    assert series("x.parquet", data) == det_rows(10)


def test_a_file_of_other_programs_is_read_by_the_rules_of_all_series_files() -> None:
    columns = {name: [value] * 2 for name, value in KEY.items() if name != "item_key"}
    data = table(
        columns
        | {
            "item_key": pyarrow.array(["S1", "S2"]).dictionary_encode(),
            "demand": pyarrow.array([3, None], pyarrow.int32()),
            "window_index": [2.0, None],
            "cutover_flag": [True, False],
            "version_id": ["v1", "v1"],
        }
    )
    first = ROW._replace(demand=3.0, window_index=2, cutover_flag=1)
    assert series("x.PARQUET", data) == [first, ROW._replace(item_key="S2")]


def test_what_breaks_a_rule_is_named_by_row_and_field() -> None:
    columns = {name: [value] * 4 for name, value in KEY.items()}
    data = table(
        columns
        | {
            "item_key": ["S1", None, "S3", "S4"],
            "demand": [float("nan"), 1.0, float("inf"), 2.0],
            "splits_json": [None, None, "{", "[]"],
        }
    )
    found = series_problems("x.parquet", data)
    assert [place[2:] for place in places(found)] == [(1, "demand"), (2, "item_key"), (3, "splits_json")]
    odd = table({"level": ["det"], "price": [1.0]})
    assert {place[3] for place in places(series_problems("x.parquet", odd))} == {
        "price",
        "time_bucket_type",
        "time_bucket_key",
        "item_key",
    }


class Odd:
    whole: ClassVar[bytes] = b"PAR1 and nothing that follows PAR1"


@pytest.mark.parametrize("data", [b"", b"no parquet", Odd.whole])
def test_what_is_no_parquet_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidRequestError, match="cannot be read as Parquet"):
        series("x.parquet", data)


def test_a_damaged_file_is_refused() -> None:
    data = bytearray(written(det_rows(50)))
    data[40:400] = bytes(360)
    with pytest.raises(InvalidRequestError):
        series("x.parquet", bytes(data))


def test_a_row_group_that_is_too_large_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "GROUP_BYTES", 100)
    with pytest.raises(TooLargeError, match="row group"):
        series("x.parquet", written(det_rows(10)))
