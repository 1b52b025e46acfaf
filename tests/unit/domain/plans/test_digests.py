from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planvault.domain.errors import InvalidRequestError
from planvault.domain.plans.digests import (
    SeriesDigester,
    payload_digest,
    row_digests,
)
from planvault.domain.plans.series import (
    MEASURES,
    BucketDigest,
    LevelTotals,
    PlanSeries,
    SeriesRow,
)
from planvault.domain.shared.ids import VersionId
from planvault.testing.builders import aggregate_rows, det_rows, digested, some_kpis
from tests.unit.domain.plans.by_hand import level_by_hand, row_by_hand, sha, text

KNOWN_ROW = "0da8d7e25fbfbd9c7fbd74eb3a9081bf197557ae61b7ddead12d2bd002dbd86d"
KNOWN_LEVEL = "a659a41f3bee431419eedd18970d2e1686bc1006955319d3f6a12cc8d7aa82cd"
ROW = SeriesRow(
    level="det",
    time_bucket_type="week",
    time_bucket_key="2026-W05",
    item_key="SKU1",
    item_name="ドリル",
    cutover_flag=1,
    window_index=2,
    demand=18.5,
    supply=0.0,
    backlog=-0.25,
    splits_json='[["2026-01","F1",18.5,0,-0.25]]',
    extra_json='{"lot":10}',
)


def test_the_digest_of_a_known_row_is_the_one_an_independent_program_computes() -> None:
    (known,) = row_digests([ROW])
    assert known.hex() == row_by_hand(ROW).hex() == KNOWN_ROW


def test_the_digest_of_a_known_level_is_the_one_an_independent_program_computes() -> None:
    rows = det_rows(10)
    assert digested(rows)[0].digest.hex() == level_by_hand(rows).hex() == KNOWN_LEVEL


# Same content, same digest --------------------------------------------------------------------------------------------


def taken(rows: list[SeriesRow], cuts: list[int], version_id: str = "v1") -> tuple[PlanSeries, list[BucketDigest]]:
    digester = SeriesDigester(VersionId(version_id), rows[0].level)
    edges = [0, *sorted(cuts), len(rows)]
    for start, end in pairwise(edges):
        digester.take(rows[start:end])
    return digester.close(), digester.buckets


@given(st.lists(st.integers(0, 23), max_size=8))
def test_the_sizes_of_batches_play_no_part(cuts: list[int]) -> None:
    rows = det_rows(23)
    assert taken(rows, cuts) == digested(rows)


@given(
    st.lists(st.none() | st.floats(-1e300, 1e300), min_size=1, max_size=30),
    st.lists(st.integers(0, 30), max_size=6),
)
def test_totals_are_exact_sums_whatever_the_sizes_of_batches(values: list[float | None], cuts: list[int]) -> None:
    rows = [row._replace(supply=value) for row, value in zip(det_rows(30, weeks=1), values, strict=False)]
    present = [value for value in values if value is not None]
    totals = taken(rows, [min(cut, len(rows)) for cut in cuts])[0].totals
    assert totals.supply == (math.fsum(present) if present else None)


def test_a_small_measure_between_large_ones_is_not_lost_where_a_batch_ends() -> None:
    rows = [row._replace(supply=value) for row, value in zip(det_rows(3), (1e16, 1.0, -1e16), strict=True)]
    assert taken(rows, [1, 2])[0].totals.supply == taken(rows, [])[0].totals.supply == 1.0


def test_a_total_of_nothing_is_null_and_a_total_of_zeros_is_zero() -> None:
    rows = [row._replace(demand=None, supply=0.0) for row in det_rows(4)]
    totals = digested(rows)[0].totals
    assert (totals.demand, totals.supply) == (None, 0.0)
    assert totals == LevelTotals(demand=None, supply=0.0, backlog=totals.backlog)


def test_version_id_stamps_and_times_do_not_enter() -> None:
    one, other = digested(det_rows(), "v1")[0], digested(det_rows(), "v2")[0]
    assert one.digest == other.digest
    assert payload_digest([one], []) == payload_digest([other], [])
    assert not {"version_id", "config_version_id", "scenario_id", "source_run_id", "created_at"} & set(
        SeriesRow._fields
    )


def test_minus_zero_and_integers_are_the_numbers_they_equal() -> None:
    digests = {next(row_digests([ROW._replace(supply=value)])) for value in (0, 0.0, -0.0)}
    assert len(digests) == 1


def test_null_zero_and_empty_are_different_rows() -> None:
    assert len({next(row_digests([ROW._replace(supply=value)])) for value in (None, 0.0)}) == 2
    assert len({next(row_digests([ROW._replace(item_name=value)])) for value in (None, "", "0")}) == 3
    assert len({next(row_digests([ROW._replace(window_index=value)])) for value in (None, 0)}) == 2


def test_remembered_texts_are_never_mixed_up() -> None:
    rows = [ROW._replace(region_key=one, network_key=other) for one, other in ((None, "N"), ("N", None), ("", "N"))]
    together = list(row_digests(rows))
    assert together == [next(row_digests([row])) for row in rows]
    assert len(set(together)) == 3


def changed(value: Any, name: str) -> Any:
    if value is None:
        return 1.0 if name in MEASURES or name == "window_index" else "x"
    if isinstance(value, str):
        return {"splits_json": "[[1]]", "extra_json": '{"x":1}'}.get(name, f"{value}x")
    return math.nextafter(value, math.inf) if isinstance(value, float) else 1 - value


@settings(max_examples=250)
@given(st.sampled_from(SeriesRow._fields), st.integers(0, 9))
def test_one_changed_cell_changes_its_row_bucket_level_and_payload(name: str, index: int) -> None:
    rows = det_rows(10)
    others = list(rows)
    others[index] = rows[index]._replace(**{name: changed(getattr(rows[index], name), name)})
    assert next(row_digests([rows[index]])) != next(row_digests([others[index]]))
    if name == "level":
        return  # a row of another level is refused
    series, buckets = digested(rows)
    other_series, other_buckets = digested(sorted(others, key=lambda row: row.key))
    assert series.digest != other_series.digest
    assert payload_digest([series], some_kpis()) != payload_digest([other_series], some_kpis())
    touched = {rows[index].time_bucket_key, others[index].time_bucket_key}
    assert [bucket for bucket in other_buckets if bucket in buckets] == [
        bucket for bucket in buckets if bucket.time_bucket_key not in touched
    ]


def test_buckets_count_their_rows_in_key_order() -> None:
    series, buckets = digested(det_rows(10))
    assert [(bucket.time_bucket_key, bucket.row_count) for bucket in buckets] == [
        (f"2026-W{week:02d}", 2) for week in range(1, 6)
    ]
    assert (series.row_count, series.level, series.version_id) == (10, "det", "v1")


def test_buckets_of_one_key_and_two_types_are_two_buckets() -> None:
    rows = [ROW._replace(time_bucket_type=kind, time_bucket_key="2026") for kind in ("quarter", "year")]
    series, buckets = digested(rows)
    assert [(bucket.time_bucket_type, bucket.row_count) for bucket in buckets] == [("quarter", 1), ("year", 1)]
    assert series.digest == level_by_hand(rows)


def test_an_empty_level_has_a_digest_of_its_own_name() -> None:
    digests = [SeriesDigester(VersionId("v1"), level).close() for level in ("det", "mrp")]
    assert digests[0].digest == sha("planvault level 1", text("det"))
    assert (digests[0].row_count, digests[0].totals) == (0, LevelTotals())
    assert digests[0].digest != digests[1].digest


def test_a_row_moved_to_another_bucket_shows() -> None:
    rows = det_rows(4, weeks=2)
    moved = [*rows[:1], rows[1]._replace(time_bucket_key=rows[2].time_bucket_key, item_key="SKU9")]
    assert digested(rows[:2])[0].digest != digested(moved)[0].digest


# What is refused ------------------------------------------------------------------------------------------------------


def test_a_duplicate_across_batches_is_named() -> None:
    rows = det_rows(4)
    digester = SeriesDigester(VersionId("v1"), "det")
    digester.take(rows)
    with pytest.raises(InvalidRequestError, match=f"{' '.join(rows[3].key)} stands twice"):
        digester.take(rows[3:])


def test_disorder_is_named() -> None:
    with pytest.raises(InvalidRequestError, match="2026-W01 SKU0000 global is out of key order"):
        digested(det_rows(4)[::-1][2:])


def test_a_row_of_another_level_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="level det hold a row of another level"):
        SeriesDigester(VersionId("v1"), "det").take([*det_rows(2), *aggregate_rows()])


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("values", [(math.nan, 1.0), (math.inf, 1.0), (math.inf, -math.inf), (1.0, -math.inf)])
def test_a_measure_that_is_not_finite_is_named_with_its_row(name: str, values: tuple[float, float]) -> None:
    changes: list[dict[str, Any]] = [{name: value} for value in values]
    rows = [row._replace(**change) for row, change in zip(det_rows(2), changes, strict=True)]
    culprit = next(row for row, value in zip(rows, values, strict=True) if not math.isfinite(value))
    with pytest.raises(InvalidRequestError, match=f"^{name} of {' '.join(culprit.key)} is not a finite number"):
        digested(rows)


def test_measures_that_add_up_beyond_a_float_are_refused_by_name() -> None:
    rows = [row._replace(supply=1.7e308) for row in det_rows(2)]
    with pytest.raises(InvalidRequestError, match="The supply of level det adds up"):
        digested(rows)


def test_large_measures_of_both_signs_are_no_reason_to_refuse() -> None:
    values = (1.7e308, 1.7e308)
    rows = [row._replace(ship_qty=value) for row, value in zip(det_rows(2), values, strict=True)]
    assert digested(rows)[0].row_count == 2
