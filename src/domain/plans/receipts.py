"""Receipts: what arrives, each unit counted once."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .series import Split


def received_by_split(received: float, splits: Sequence[Split]) -> list[float]:
    """What a row receives, by split: in proportion to supply, else to demand, else equally.

    The last split takes what is left, so that the parts sum to ``received`` (ADR 17).  Created, registered and
    backfilled plans share this rule; otherwise a week of two months would count its receipts twice.
    """
    if len(splits) == 1 or not received:
        return [received] * len(splits)
    weights = [split.supply for split in splits]
    if not any(weights):
        weights = [split.demand for split in splits]
    if not any(weights):
        weights = [1.0] * len(splits)
    total = math.fsum(weights)
    parts = [received * weight / total for weight in weights[:-1]]
    return [*parts, received - math.fsum(parts)]
