"""Numbers and times as people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from planvault.adapters.cli.charts import sparklines
from planvault.adapters.cli.figures import counted, duration, kpi_value, moment, quantity, short
from planvault.domain.plans.kpis import Kpi


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (0.0, "0"), (1204.0, "1 204"), (2.25, "2.2"), (-3410.5, "-3 410.5"), (1e18, "1e+18")],
)
def test_quantities_stand_with_their_thousands_apart(value: float | None, text: str) -> None:
    assert quantity(value) == text


def test_a_thing_is_counted_in_singular_and_plural() -> None:
    assert (counted(1, "file"), counted(0, "file"), counted(3410, "series row")) == (
        "1 file",
        "0 files",
        "3 410 series rows",
    )


def test_a_ratio_is_shown_as_a_percentage_and_a_quantity_with_its_unit() -> None:
    rate = Kpi(metric="fill_rate", bucket_type="total", bucket_key="total", value=0.974, unit="ratio")
    backlog = Kpi(metric="backlog_total", bucket_type="total", bucket_key="total", value=118.0, unit="units")
    assert (kpi_value(rate), kpi_value(backlog)) == ("97.4 %", "118 units")


def test_times_are_shown_in_the_zone_of_the_settings() -> None:
    assert moment(datetime(2025, 11, 20, 9, 14, tzinfo=UTC), ZoneInfo("Asia/Tokyo")) == "2025-11-20 18:14"


def test_what_is_missing_is_a_dash() -> None:
    assert (moment(None, ZoneInfo("UTC")), duration(None), short(None)) == ("-", "-", "-")


def test_sparklines_of_one_chart_share_their_scale() -> None:
    assert sparklines([0.0, 5.0, 10.0], [10.0, None, 0.0]) == ["▁▅█", "█ ▁"]


def test_a_sparkline_of_nothing_is_flat() -> None:
    assert sparklines([0.0, 0.0]) == ["▁▁"]
