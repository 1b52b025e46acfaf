"""KPIs of a plan: the base ones that are stored, and the ones derived from them on reading."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .series import PlanSeries, SeriesRow

TOTAL = "total"


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


def derived_kpis(series: Mapping[str, PlanSeries]) -> list[Kpi]:
    """The KPIs that follow from the totals of the stored levels, in key order; never stored.

    A figure beyond what a float64 can hold is left out.

    - ``received_fill_rate``: what arrives after MRP and capacity (each receipt once) over demand, from ``det``.
    - ``supply_received_total``: the units of it.
    - ``capacity_utilization``: adjusted load over capacity, from ``weekly_summary``.
    """
    kpis: list[Kpi] = []
    det = series.get("det")
    if det is not None and det.totals.supply_received is not None:
        received = det.totals.supply_received
        kpis.append(_total("received_fill_rate", fill_rate(received, det.totals.demand or 0.0), "ratio"))
        kpis.append(_total("supply_received_total", received, "units"))
    weekly = series.get("weekly_summary")
    if weekly is not None and weekly.totals.capacity_used:
        kpis.append(
            _total("capacity_utilization", (weekly.totals.supply or 0.0) / weekly.totals.capacity_used, "ratio")
        )
    return sorted((kpi for kpi in kpis if math.isfinite(kpi.value)), key=lambda kpi: kpi.key)
