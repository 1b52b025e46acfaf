"""Filters of series rows as conditions of SQL."""

from __future__ import annotations

from typing import Any

from ...domain.plans.series_filter import SeriesFilter


def wanted_rows(only: SeriesFilter, parameters: list[Any]) -> str:
    """The condition of a filter, to follow others; its values join the parameters."""
    compared = (
        ("item_key =", only.item),
        ("location_key =", only.location),
        ("time_bucket_key >=", only.bucket_from),
        ("time_bucket_key <=", only.bucket_to),
    )
    condition = ""
    for comparison, value in compared:
        if value is not None:
            parameters.append(value)
            condition += f"AND {comparison} :{len(parameters)} "
    return condition
