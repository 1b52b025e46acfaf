from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.domain.shared.clock import SystemClock, as_utc, instant_text, parse_instant

moments = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 (Hypothesis adds the zone)
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=9)), timezone(-timedelta(hours=5, minutes=30))]),
)


def test_a_moment_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        as_utc(datetime(2026, 11, 20))  # noqa: DTZ001 (the very thing that is refused)


def test_an_instant_is_written_in_utc_to_the_microsecond() -> None:
    tokyo = datetime(2026, 11, 21, 2, 31, 0, 7, tzinfo=timezone(timedelta(hours=9)))
    assert instant_text(tokyo) == "2026-11-20T17:31:00.000007Z"


@given(moments)
def test_an_instant_reads_back_as_the_same_instant(moment: datetime) -> None:
    assert parse_instant(instant_text(moment)) == moment


@given(moments, moments)
def test_texts_of_instants_sort_in_order_of_time(one: datetime, other: datetime) -> None:
    assert (instant_text(one) < instant_text(other)) == (one < other)


def test_the_clock_of_the_machine_is_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)
