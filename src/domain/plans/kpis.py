"""KPIs of a plan: the base ones that are stored, and the ones derived from them on reading."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from .series import LevelTotals, PlanSeries, SeriesRow

TOTAL = "total"
DET, WEEKLY = "det", "weekly_summary"
DAYS_OF_A_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One figure of a plan for one bucket; ``("total", "total")`` is the whole horizon."""

    metric: str
    bucket_type: str
    bucket_key: str
    value: float
    unit: str

    @property
    def key(self) -> tuple[str, str, str]:
        """(metric, bucket type, bucket): unique in a version, and the order of every list."""
        return self.metric, self.bucket_type, self.bucket_key


def fill_rate(supply: float, demand: float) -> float:
    """Supply over demand, between 0 and 1; 1 where nothing was asked for."""
    return min(1.0, max(0.0, supply / demand)) if demand > 0 else 1.0


def base_kpis(aggregate: Iterable[SeriesRow]) -> list[Kpi]:
    """The stored KPIs, from the aggregate level alone, in key order.

    ``fill_rate`` and ``backlog_total`` by month; ``fill_rate``, ``backlog_total``, ``demand_total`` and
    ``supply_total`` over the horizon.  Sums are ``math.fsum``, so that the order of rows plays no part.
    """
    by_bucket: dict[str, list[SeriesRow]] = {}
    for row in aggregate:
        by_bucket.setdefault(row.time_bucket_key, []).append(row)
    kpis: list[Kpi] = []
    for bucket, rows in by_bucket.items():
        sums = _sums(rows)
        kpis += [
            Kpi(
                metric="fill_rate",
                bucket_type="month",
                bucket_key=bucket,
                value=fill_rate(sums["supply"], sums["demand"]),
                unit="ratio",
            ),
            Kpi(
                metric="backlog_total",
                bucket_type="month",
                bucket_key=bucket,
                value=sums["backlog"],
                unit="units",
            ),
        ]
    sums = _sums([row for rows in by_bucket.values() for row in rows])
    kpis.append(_total("fill_rate", fill_rate(sums["supply"], sums["demand"]), "ratio"))
    kpis += [_total(f"{name}_total", sums[name], "units") for name in ("backlog", "demand", "supply")]
    return sorted(kpis, key=lambda kpi: kpi.key)


def _sums(rows: Iterable[SeriesRow]) -> dict[str, float]:
    rows = list(rows)
    return {
        "demand": math.fsum(row.demand or 0.0 for row in rows),
        "supply": math.fsum(row.supply or 0.0 for row in rows),
        "backlog": math.fsum(row.backlog or 0.0 for row in rows),
    }


def _total(metric: str, value: float, unit: str) -> Kpi:
    return Kpi(metric=metric, bucket_type=TOTAL, bucket_key=TOTAL, value=value, unit=unit)


class ServiceFigures(NamedTuple):
    """What the rows of ``det`` say besides their totals; figures of several rows add up.

    ``asked`` are rows with demand whose backlog is known, ``served`` those of them without any; ``stock`` is the sum of
    closing stocks, null where no row has one.
    """

    asked: int = 0
    served: int = 0
    stock: float | None = None

    def plus(self, other: ServiceFigures, *, times: int = 1) -> ServiceFigures:
        """With the figures of other rows added, or taken away."""
        stocks = [
            stock for stock in (self.stock, None if other.stock is None else times * other.stock) if stock is not None
        ]
        return ServiceFigures(
            self.asked + times * other.asked,
            self.served + times * other.served,
            math.fsum(stocks) if stocks else None,
        )


def service_figures(rows: Iterable[SeriesRow]) -> ServiceFigures:
    """The figures of rows of ``det``."""
    rows = list(rows)
    asked = [row for row in rows if row.demand is not None and row.demand > 0 and row.backlog is not None]
    stocks = [row.inventory_close for row in rows if row.inventory_close is not None]
    return ServiceFigures(
        asked=len(asked),
        served=sum(1 for row in asked if (row.backlog or 0.0) <= 0),
        stock=math.fsum(stocks) if stocks else None,
    )


def derived_kpis(
    series: Mapping[str, PlanSeries],
    *,
    weeks: int = 0,
    service: ServiceFigures | None = None,
) -> list[Kpi]:
    """The KPIs of the whole horizon that follow from the stored levels, in key order; never stored.

    ``weeks`` is how many buckets ``det`` has, ``service`` are the figures of its rows.  What the rows do not tell is
    left out, and so is a figure beyond what a float64 can hold.  ``docs/reference/kpis.md`` defines each.
    """
    kpis: list[Kpi] = []
    if (det := series.get(DET)) is not None:
        kpis += _of_det(det.totals, weeks, service or ServiceFigures())
    if (weekly := series.get(WEEKLY)) is not None:
        kpis += _of_weeks(weekly.totals)
    return sorted((kpi for kpi in kpis if math.isfinite(kpi.value)), key=lambda kpi: kpi.key)


def _of_det(totals: LevelTotals, weeks: int, service: ServiceFigures) -> Iterator[Kpi]:
    if totals.supply_received is not None:
        yield _total("received_fill_rate", fill_rate(totals.supply_received, totals.demand or 0.0), "ratio")
        yield _total("supply_received_total", totals.supply_received, "units")
    if service.asked:
        yield _total("service_level", service.served / service.asked, "ratio")
    if totals.backlog is not None and weeks and totals.demand is not None and totals.demand > 0:
        yield _total("backlog_days", totals.backlog / (totals.demand / (weeks * DAYS_OF_A_WEEK)), "days")
    if totals.supply is not None and weeks and service.stock is not None and service.stock > 0:
        yield _total("inventory_turns", totals.supply / (service.stock / weeks), "turns")


def _of_weeks(totals: LevelTotals) -> Iterator[Kpi]:
    if totals.capacity_used:
        yield _total("capacity_utilization", (totals.supply or 0.0) / totals.capacity_used, "ratio")
