"""Made-up series rows of the shape that the reference engine gives its ``det`` level."""

from __future__ import annotations

from collections.abc import Iterator

from planvault.domain.plans.series import SeriesRow, Split, splits_text

WEEKS = 53


def det_rows(count: int) -> Iterator[SeriesRow]:
    """So many rows of one level, in key order: 53 weeks times as many SKUs as it takes."""
    skus = -(-count // WEEKS)
    made = 0
    for week in range(1, WEEKS + 1):
        for sku in range(skus):
            if made == count:
                return
            made += 1
            demand = float((week * 31 + sku * 17) % 97)
            supply = demand * 0.9
            yield SeriesRow(
                level="det",
                time_bucket_type="week",
                time_bucket_key=f"2026-W{week:02d}",
                item_key=f"SKU{sku:06d}",
                location_key="global",
                item_name="Cordless drill 18 V",
                location_type="global",
                source="allocate",
                demand=demand,
                supply=supply,
                supply_received=supply,
                backlog=demand - supply,
                inventory_open=5.0,
                inventory_close=7.5,
                splits_json=splits_text([Split("2026-01", "F01", demand, supply, demand - supply)]),
            )
