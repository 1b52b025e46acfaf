"""Locks and weights of plans: what edits leave alone, and by what they may spread."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ...domain.errors import InvalidRequestError, NotFoundError
from ...domain.plans.editing.cells import DET, Cell, RowKey
from ...domain.plans.editing.edit import by_key
from ...domain.plans.editing.overlay import Lock
from ...domain.plans.version import PlanAction, PlanVersion
from ...domain.shared.clock import Clock
from ..access.admission import Admission
from ..retrying import retried
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .overlaying import Change, Overlaying

MOST_MARKS = 10_000
Marked = RowKey | Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkPlan:
    """Lock and unlock rows and cells, and store weights; values stay as they are.

    Every method answers the version afterwards and raises

        NotFoundError: there is no such version, or it has no such row.
        StaleVersionError: its ``row_version`` is not the expected one.
        ForbiddenError: the actor is no planner.
        ContentFrozenError: it is approved or superseded, or put away.
        InvalidRequestError: nothing is named, or more than 10 000 rows.
    """

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    clock: Clock

    @retried
    async def lock(self, wanted: str, keys: Sequence[Marked], change: Change) -> PlanVersion:
        """Lock rows and cells; what is locked already stays so under the name that it has."""
        _check(keys)
        async with self.unit_of_work() as uow:
            begun = await Overlaying.begin(uow, wanted, change, admission=self.admission, clock=self.clock)
            await _require_rows(uow, begun.version, [_row(key) for key in keys])
            new = [
                Lock(row=_row(key), field=_field(key), actor=change.actor.name, locked_at=begun.at)
                for key in dict.fromkeys(keys)
                if (_row(key), _field(key)) not in begun.overlay.locks
            ]
            if not new:
                return begun.version
            begun.overlay.locks |= {(lock.row, lock.field): lock for lock in new}
            await uow.overlays.save_locks(begun.version.version_id, new)
            version = await begun.finish(PlanAction.LOCK, {"locked": [lock.text for lock in new]})
            await uow.commit()
        return version

    @retried
    async def unlock(self, wanted: str, keys: Sequence[Marked], change: Change) -> PlanVersion:
        """Unlock exactly these rows and cells.

        Raises:
            NotFoundError: one of them is not locked.
        """
        _check(keys)
        async with self.unit_of_work() as uow:
            begun = await Overlaying.begin(uow, wanted, change, admission=self.admission, clock=self.clock)
            gone = {(_row(key), _field(key)): key.text for key in keys}
            for key, text in gone.items():
                if key not in begun.overlay.locks:
                    raise NotFoundError("lock", text, remedy=f"See planvault plans locks {begun.version.version_id}.")
                del begun.overlay.locks[key]
            await uow.overlays.save_locks(begun.version.version_id, [], gone)
            version = await begun.finish(PlanAction.UNLOCK, {"unlocked": list(gone.values())})
            await uow.commit()
        return version

    @retried
    async def set_weights(self, wanted: str, weights: Mapping[RowKey, float | None], change: Change) -> PlanVersion:
        """Store weights of det rows, null removing one; edits and locks stay as they are.

        Raises:
            InvalidRequestError: a weight is negative or not finite, or is that of another level's row.
        """
        _check(weights)
        for row, weight in weights.items():
            if row.level != DET:
                raise InvalidRequestError(f"{row.text} is no row of {DET}; only those have weights.")
            if weight is not None and not (math.isfinite(weight) and weight >= 0):
                raise InvalidRequestError(f"The weight of {row.text} is not a number from 0 on.", row=row.text)
        async with self.unit_of_work() as uow:
            begun = await Overlaying.begin(uow, wanted, change, admission=self.admission, clock=self.clock)
            await _require_rows(uow, begun.version, list(weights))
            before = {row: begun.overlay.weights.get(row) for row in weights}
            changed = {row: weight for row, weight in weights.items() if before[row] != weight}
            if not changed:
                return begun.version
            put = {row: weight + 0.0 for row, weight in changed.items() if weight is not None}
            removed = [row for row, weight in changed.items() if weight is None]
            for row in removed:
                del begun.overlay.weights[row]
            begun.overlay.weights |= put
            await uow.overlays.save_weights(begun.version.version_id, put, removed)
            told = [{"row": row.text, "before": before[row], "after": weight} for row, weight in changed.items()]
            version = await begun.finish(PlanAction.WEIGHT, {"weights": told})
            await uow.commit()
        return version


def _check(keys: Collection[object]) -> None:
    if not 0 < len(keys) <= MOST_MARKS:
        raise InvalidRequestError(f"Name 1 to {MOST_MARKS} rows, not {len(keys)}.")


def _row(key: Marked) -> RowKey:
    return key.row if isinstance(key, Cell) else key


def _field(key: Marked) -> str | None:
    return key.field if isinstance(key, Cell) else None


async def _require_rows(uow: UnitOfWork, version: PlanVersion, rows: Sequence[RowKey]) -> None:
    found = by_key(await uow.payload.rows_at(version.version_id, [row.series_key for row in set(rows)]))
    for row in rows:
        if row not in found:
            raise NotFoundError(
                "row", f"{row.text} in {version.version_id}", remedy=f"See planvault plans series {version.version_id}."
            )
