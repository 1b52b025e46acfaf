from __future__ import annotations

import errno
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.adapters.exchange.spool import SeriesSpool, open_spool
from planvault.application.exchange import RowSpool, RowSpoolFactory
from planvault.domain.errors import StorageError, StorageFullError
from planvault.domain.plans.series import SeriesRow

FACTORY: RowSpoolFactory = open_spool


def row(level: str, bucket: str, item: str, demand: float | None = None) -> SeriesRow:
    return SeriesRow(level, "week", bucket, item, demand=demand, extra_json='{"a":1}')


def all_rows(spool: RowSpool, level: str) -> list[SeriesRow]:
    return [found for batch in spool.batches(level) for found in batch]


keys = st.text("ab\u6771", min_size=1, max_size=3)
any_rows = st.lists(
    st.builds(row, st.sampled_from(["agg", "det", "mrp"]), keys, keys, st.none() | st.floats(allow_nan=False))
)


@given(any_rows, st.integers(1, 9), st.integers(1, 5))
def test_any_order_in_gives_key_order_out(rows: list[SeriesRow], limit: int, pieces: int) -> None:
    with SeriesSpool(limit=limit) as spool:
        for start in range(pieces):
            spool.add(iter(rows[start::pieces]))
        assert spool.levels == sorted({found.level for found in rows})
        for level in spool.levels:
            found = all_rows(spool, level)
            expected = [given_row for given_row in rows if given_row.level == level]
            assert [each.key for each in found] == sorted(each.key for each in expected)
            assert sorted(map(repr, found)) == sorted(map(repr, expected))
            assert all_rows(spool, level) == found


def test_rows_come_back_as_series_rows_of_every_kind_of_value() -> None:
    full = SeriesRow("det", "week", "W", "S", "L", "n", window_index=-3, cutover_flag=1, demand=0.1, supply=1e300)
    with SeriesSpool(limit=1) as spool:
        spool.add([full])
        (found,) = all_rows(spool, "det")
    assert found == full
    assert type(found) is SeriesRow


def test_batches_hold_two_thousand_rows() -> None:
    with open_spool() as spool:
        spool.add(row("det", f"W{index:05d}", "S") for index in range(4500))
        assert [len(batch) for batch in spool.batches("det")] == [2000, 2000, 500]


def test_a_level_that_was_never_given_has_no_batches() -> None:
    with open_spool() as spool:
        assert spool.levels == []
        assert list(spool.batches("det")) == []


def test_equal_keys_stand_side_by_side() -> None:
    with SeriesSpool(limit=2) as spool:
        spool.add([row("det", "A", "S", 1), row("det", "B", "S", 2), row("det", "A", "S", 3), row("det", "C", "S")])
        assert [found.time_bucket_key for found in all_rows(spool, "det")] == ["A", "A", "B", "C"]


def test_a_level_read_while_another_is_being_read_is_not_disturbed() -> None:
    rows = [row(level, f"W{index:03d}", "S") for index in range(900) for level in ("agg", "det")]
    with SeriesSpool(limit=500) as spool:
        spool.add(reversed(rows))
        both = zip(spool.batches("agg"), spool.batches("det"), strict=True)
        assert [[each.time_bucket_key for each in batch] for pair in both for batch in pair] == [
            [f"W{index:03d}" for index in range(900)]
        ] * 2


def test_rows_in_key_order_are_never_merged(monkeypatch: pytest.MonkeyPatch) -> None:
    def merge(*_: Iterable[SeriesRow], key: object) -> None:
        raise AssertionError(key)

    monkeypatch.setattr("planvault.adapters.exchange.sorted_runs.heapq.merge", merge)
    ordered = [row("det", f"W{index:05d}", "S") for index in range(1000)]
    with SeriesSpool(limit=100) as spool:
        spool.add(ordered)
        assert all_rows(spool, "det") == ordered


def test_what_was_written_out_vanishes_with_the_context(tmp_path: Path) -> None:
    spool = SeriesSpool(limit=2, directory=tmp_path)
    with spool:
        spool.add(row("det", f"W{index}", "S") for index in range(9))
        assert spool._file is not None
        unfinished = spool.batches("det")
    assert list(tmp_path.iterdir()) == []
    assert spool.levels == []
    assert spool._file is None
    assert list(unfinished) == []


def test_a_reading_that_outlives_its_spool_fails_by_name() -> None:
    with SeriesSpool(limit=2) as spool:
        spool.add(row("det", f"W{index:05d}", "S") for index in range(9000))
        unfinished = spool.batches("det")
        next(unfinished)
    with pytest.raises(StorageError, match="it was closed"):
        next(unfinished)


def test_memory_holds_no_more_rows_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    write = SeriesSpool._write

    def counted(spool: SeriesSpool, group: str, rows: list[SeriesRow], file: IO[bytes]) -> object:
        written.append(len(rows))
        return write(spool, group, rows, file)

    monkeypatch.setattr(SeriesSpool, "_write", counted)
    with SeriesSpool(limit=50) as spool:
        for start in range(0, 1000, 30):
            spool.add([row("det", f"W{index % 53}", f"S{index}") for index in range(start, start + 30)])
            assert sum(map(len, spool._rows.values())) <= 50
    assert set(written) == {50}


def test_rows_added_after_a_reading_are_sorted_in() -> None:
    with open_spool() as spool:
        spool.add([row("det", "B", "S"), row("det", "C", "S")])
        assert len(all_rows(spool, "det")) == 2
        spool.add([row("det", "A", "S")])
        assert [found.time_bucket_key for found in all_rows(spool, "det")] == ["A", "B", "C"]


def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("planvault.adapters.exchange.sorted_runs.tempfile.TemporaryFile", full)
    with SeriesSpool(limit=1) as spool, pytest.raises(StorageFullError, match="No space left on device"):
        spool.add([row("det", "W", "S1"), row("det", "W", "S2")])
