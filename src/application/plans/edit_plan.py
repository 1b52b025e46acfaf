"""Editing plans: values in the place of others, what they spread to, and taking an edit back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...domain.errors import ConflictError, InvalidRequestError, NotFoundError
from ...domain.plans.editing.cells import AGGREGATE, DET, SPREAD, Cell, RowKey, parse_key
from ...domain.plans.editing.distribution import Distribution
from ...domain.plans.editing.edit import CellChange, Edit, by_key, locked, pairs_of
from ...domain.plans.editing.overlay import Override, OverrideOrigin
from ...domain.plans.series import SeriesRow
from ...domain.plans.version import PlanAction, PlanVersion, plan_stream
from ...domain.shared.clock import Clock
from ...domain.shared.events import Event, EventFilter
from ..access.admission import Admission
from ..retrying import retried
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .copy_plan import CopyRequest, copied
from .overlaying import Change, Overlaying
from .row_guard import RowGuard

MOST_CELLS = 10_000
_LOOKED_BACK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class EditRequest:
    """Which cells get which values, null taking back what was put there, and what follows from that.

    ``automatic`` spreads aggregate values over det and sums det values up; ``skip_locked`` leaves locked cells out
    instead of refusing everything.  With ``copy_as`` a copy of that id is made and edited, together or not at all.
    """

    version_id: str
    values: Mapping[Cell, float | None]
    change: Change
    distribution: Distribution = field(default_factory=Distribution)
    automatic: bool = True
    skip_locked: bool = False
    copy_as: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditOutcome:
    """The version afterwards, and every cell that is not as it was, in order of cell.

    ``skipped`` cells were asked for but locked, ``kept`` aggregate cells were not summed up because they are locked or
    were asked for, ``unmatched`` rows are aggregate rows that det rows belong to but the plan lacks.
    """

    version: PlanVersion
    changes: Sequence[CellChange] = ()
    skipped: Sequence[Cell] = ()
    kept: Sequence[Cell] = ()
    unmatched: Sequence[RowKey] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EditPlan:
    """Edit a plan: one transaction and one event for everything that is asked for together."""

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    clock: Clock
    guard: RowGuard = field(default_factory=RowGuard)

    async def __call__(self, request: EditRequest) -> EditOutcome:
        """What the edit changed; where nothing changes there is no event.

        Raises:
            NotFoundError: there is no such version, or it has no such row.
            StaleVersionError: its ``row_version`` is not the expected one.
            ForbiddenError: the actor is no planner.
            ContentFrozenError: it is approved or superseded, or put away.
            CellLockedError: a cell is locked; nothing was edited.
            ConflictError: what is to be spread finds no row to take it.
            InvalidRequestError: there is nothing to edit, or more than 10 000 cells.
        """
        if not 0 < len(request.values) <= MOST_CELLS:
            raise InvalidRequestError(
                f"An edit is about 1 to {MOST_CELLS} cells, not {len(request.values)}.",
                remedy="Name cells and their values.",
            )
        return await self.guard.with_room(lambda: self._edited(request), actor=request.change.actor)

    @retried
    async def _edited(self, request: EditRequest) -> EditOutcome:
        async with self.unit_of_work() as uow:
            target, change = await self._target(uow, request)
            begun = await Overlaying.begin(uow, target, change, admission=self.admission, clock=self.clock)
            skipped = _locked_cells(begun, request)
            values = {cell: value for cell, value in request.values.items() if cell not in set(skipped)}
            base = await _rows_about(uow, begun.version, list(values), automatic=request.automatic)
            edit = Edit(
                overlay=begun.overlay,
                base=base,
                author=request.change.actor.name,
                at=begun.at,
                distribution=request.distribution,
            )
            _carry_out(edit, values, automatic=request.automatic)
            version = await _kept(begun, edit, PlanAction.EDIT, {})
            if edit.changes or request.copy_as is not None:
                await uow.commit()
        return EditOutcome(
            version=version,
            changes=edit.changes,
            skipped=skipped,
            kept=sorted(edit.kept),
            unmatched=sorted(edit.unmatched),
        )

    async def _target(self, uow: UnitOfWork, request: EditRequest) -> tuple[str, Change]:
        """The version to edit, which is copied first where that was asked for."""
        change = request.change
        if request.copy_as is None:
            return request.version_id, change
        await self.admission.admit(uow, change.actor)
        wanted = CopyRequest(
            version_id=request.version_id,
            new_id=request.copy_as,
            actor=change.actor,
            comment=change.comment,
            expected=change.expected,
        )
        copy = await copied(uow, wanted, at=self.clock.now())
        await self.guard.require_room(uow, adding=copy.series_rows)
        return copy.version_id, replace(change, expected=None)

    @retried
    async def undo(self, wanted: str, change: Change, *, position: int | None = None) -> EditOutcome:
        """Take the newest edit back, or the one at that position: its cells are as they were before it.

        Raises:
            NotFoundError: there is no such version, or no such edit that was not taken back.
            StaleVersionError, ForbiddenError, ContentFrozenError: as an edit.
            CellLockedError: one of its cells is locked by now.
            ConflictError: one of its cells was edited since.
        """
        async with self.unit_of_work() as uow:
            begun = await Overlaying.begin(uow, wanted, change, admission=self.admission, clock=self.clock)
            event = await _edit_to_undo(uow, begun.version, position)
            edit = Edit(overlay=begun.overlay, base={}, author=change.actor.name, at=begun.at)
            _restore(edit, json.loads(event.details_json)["cells"])
            version = await _kept(begun, edit, PlanAction.UNDO, {"undone": event.position})
            await uow.commit()
        return EditOutcome(version=version, changes=edit.changes)


def _locked_cells(begun: Overlaying, request: EditRequest) -> list[Cell]:
    found = [cell for cell in request.values if begun.overlay.is_locked(cell)]
    if found and not request.skip_locked:
        raise locked(begun.overlay, found)
    return found


async def _rows_about(
    uow: UnitOfWork, version: PlanVersion, cells: Sequence[Cell], *, automatic: bool
) -> dict[RowKey, SeriesRow]:
    """The rows of the cells, and what lies below and above them."""
    rows = await _existing(uow, version, cells)
    if not automatic:
        return by_key(rows)
    pairs = pairs_of(rows)
    below = await uow.payload.rows_with_splits(version.version_id, DET, pairs)
    # A week in two months belongs to both, so what is taken back from one changes the other.
    wider = pairs | pairs_of(below)
    if wider != pairs:
        below = await uow.payload.rows_with_splits(version.version_id, DET, wider)
    places = {row.location_key for row in [*rows, *below]}
    targets = [RowKey(AGGREGATE, *pair, place).series_key for pair in wider for place in places]
    return by_key([*rows, *below, *await uow.payload.rows_at(version.version_id, targets)])


async def _existing(uow: UnitOfWork, version: PlanVersion, cells: Sequence[Cell]) -> list[SeriesRow]:
    keys = {cell.row for cell in cells}
    rows = await uow.payload.rows_at(version.version_id, [key.series_key for key in keys])
    for key in sorted(keys - by_key(rows).keys()):
        raise NotFoundError(
            "row", f"{key.text} in {version.version_id}", remedy=f"See planvault plans series {version.version_id}."
        )
    return rows


def _carry_out(edit: Edit, values: Mapping[Cell, float | None], *, automatic: bool) -> None:
    for cell, value in values.items():
        edit.set(cell, value)
    if not automatic:
        return
    for cell, value in values.items():
        if cell.level == AGGREGATE and cell.field in SPREAD:
            if value is None:
                edit.take_back_spread(cell)
            else:
                edit.spread_down(cell)
    for name in SPREAD:
        rows = [cell.row for cell in values if cell.level == DET and cell.field == name]
        if rows:
            edit.roll_up(rows, [name])


def _restore(edit: Edit, cells: Sequence[Mapping[str, Any]]) -> None:
    for told in cells:
        cell = parse_key(told["cell"])
        if not isinstance(cell, Cell):
            continue
        now = edit.overlay.overrides.get(cell)
        if _state(now) != told["after"]:
            raise ConflictError(
                f"{cell.text} was edited since; nothing was taken back.",
                remedy="Undo the later edits first: planvault plans events V.",
                cell=cell.text,
            )
        before = told["before"]
        edit.set(cell, None if before is None else before["value"])
        if before is not None:
            shares = tuple((period, family, share) for period, family, share in before.get("shares", ()))
            edit.restore(cell, before["value"], OverrideOrigin(before["origin"]), shares)


async def _kept(begun: Overlaying, edit: Edit, action: PlanAction, more: Mapping[str, Any]) -> PlanVersion:
    changes = edit.changes
    if not changes:
        return begun.version
    await begun.uow.overlays.save_overrides(
        begun.version.version_id,
        [change.after for change in changes if change.after is not None],
        [change.cell for change in changes if change.after is None],
    )
    told = [
        {"cell": change.cell.text, "before": _state(change.before), "after": _state(change.after)} for change in changes
    ]
    levels = {change.cell.level for change in changes}
    return await begun.finish(action, {**more, "cells": told}, changed_levels=levels)


def _state(override: Override | None) -> dict[str, Any] | None:
    if override is None:
        return None
    said: dict[str, Any] = {"value": override.value, "origin": str(override.origin)}
    return said | ({"shares": [list(share) for share in override.shares]} if override.shares else {})


async def _edit_to_undo(uow: UnitOfWork, version: PlanVersion, position: int | None) -> Event:
    wanted = EventFilter(stream=plan_stream(version.version_id))
    undone: set[int] = set()
    for event in await uow.events.newest(wanted, before=None, limit=_LOOKED_BACK):
        if event.action == PlanAction.UNDO:
            undone.add(json.loads(event.details_json)["undone"])
        elif event.action == PlanAction.EDIT and event.position not in undone and position in {None, event.position}:
            return event
    raise NotFoundError(
        "edit to take back", version.version_id, remedy=f"See planvault plans events {version.version_id}."
    )
