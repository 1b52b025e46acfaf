"""Edits of plans, as the facade offers them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...domain.access.actor import Actor
from ...domain.errors import InvalidRequestError
from ...domain.plans.editing.cells import Cell, RowKey, parse_key, parse_row_key
from ...domain.plans.editing.distribution import Distribution
from ...domain.plans.kpis import Kpi
from ...domain.plans.series import SeriesRow
from ...domain.plans.version import PlanVersion
from ...domain.shared.events import Event
from ...domain.shared.ids import comment as checked_comment
from ...domain.shared.numbers import finite
from ...domain.shared.paging import DEFAULT_LIMIT, Page
from ..exchange import NamedStream
from .copy_plan import CopyPlan
from .edit_plan import EditOutcome, EditPlan, EditRequest
from .mark_plan import MarkPlan
from .overlaying import Change
from .read_edits import EffectiveRow, OverlaidPlan, ReadEdits
from .replace_series import ReplaceSeries


@dataclass(frozen=True, kw_only=True)
class Editing:
    """Edits, locks and weights of plan versions, and copies to edit.

    Keys are ``agg:period=P,family=F`` and ``det:week=W,sku=S``, those of cells with ``:field=NAME`` behind.
    ``row_version`` is the one that was looked at; given, a plan that changed meanwhile is ``stale-version``.
    """

    edit_plan: EditPlan
    replace_series: ReplaceSeries
    mark_plan: MarkPlan
    copy_plan: CopyPlan
    read_edits: ReadEdits

    async def edit(  # noqa: PLR0913 (the request, written out for callers)
        self,
        version_id: str,
        values: Mapping[str, float | None],
        *,
        actor: Actor,
        comment: str | None = None,
        row_version: int | None = None,
        distribution: Distribution | None = None,
        automatic: bool = True,
        skip_locked: bool = False,
        copy_as: str | None = None,
    ) -> EditOutcome:
        """Put values into cells, by their keys; null takes back what was put there (``EditPlan``)."""
        request = EditRequest(
            version_id=version_id,
            values={_cell(key): _value(key, value) for key, value in values.items()},
            change=_change(actor, comment, row_version),
            distribution=distribution or Distribution(),
            automatic=automatic,
            skip_locked=skip_locked,
            copy_as=copy_as,
        )
        return await self.edit_plan(request)

    async def undo(
        self,
        version_id: str,
        *,
        actor: Actor,
        comment: str | None = None,
        row_version: int | None = None,
        position: int | None = None,
    ) -> EditOutcome:
        """Take the newest edit back, or the one whose event has that position (``EditPlan``)."""
        return await self.edit_plan.undo(version_id, _change(actor, comment, row_version), position=position)

    async def replace(
        self,
        version_id: str,
        rows: Iterable[SeriesRow],
        *,
        actor: Actor,
        comment: str | None = None,
        row_version: int | None = None,
    ) -> PlanVersion:
        """Put these rows in the place of all rows of their levels (``ReplaceSeries``)."""
        return await self.replace_series.rows(version_id, rows, _change(actor, comment, row_version))

    async def replace_file(
        self,
        version_id: str,
        file: NamedStream,
        *,
        actor: Actor,
        comment: str | None = None,
        row_version: int | None = None,
    ) -> PlanVersion:
        """As ``replace``, from a JSON lines or CSV file."""
        return await self.replace_series.file(version_id, file, _change(actor, comment, row_version))

    async def lock(
        self,
        version_id: str,
        keys: Sequence[str],
        *,
        actor: Actor,
        comment: str | None = None,
        row_version: int | None = None,
    ) -> PlanVersion:
        """Keep rows and cells from edits (``MarkPlan``)."""
        marked = [parse_key(key) for key in keys]
        return await self.mark_plan.lock(version_id, marked, _change(actor, comment, row_version))

    async def unlock(
        self,
        version_id: str,
        keys: Sequence[str],
        *,
        actor: Actor,
        comment: str | None = None,
        row_version: int | None = None,
    ) -> PlanVersion:
        """Let edits have rows and cells again (``MarkPlan``)."""
        marked = [parse_key(key) for key in keys]
        return await self.mark_plan.unlock(version_id, marked, _change(actor, comment, row_version))

    async def set_weights(
        self,
        version_id: str,
        weights: Mapping[str, float | None],
        *,
        actor: Actor,
        comment: str | None = None,
        row_version: int | None = None,
    ) -> PlanVersion:
        """Store weights of det rows; null removes one (``MarkPlan``)."""
        by_row: dict[RowKey, float | None] = {parse_row_key(key): _value(key, value) for key, value in weights.items()}
        return await self.mark_plan.set_weights(version_id, by_row, _change(actor, comment, row_version))

    async def copy(
        self, version_id: str, new_id: str, *, actor: Actor, comment: str | None = None, title: str | None = None
    ) -> PlanVersion:
        """Make a draft that holds what a version holds (``CopyPlan``)."""
        return await self.copy_plan(version_id, new_id, actor=actor, said=comment, called=title)

    async def overlay(self, version_id: str) -> OverlaidPlan:
        """The overrides, locks and weights of a version."""
        return await self.read_edits.overlay(version_id)

    async def events(self, version_id: str, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[Event]:
        """What happened to a version, newest first."""
        return await self.read_edits.events(version_id, limit=limit, cursor=cursor)

    def effective(self, version_id: str, *, level: str) -> AsyncGenerator[Sequence[EffectiveRow]]:
        """Every row of a level as it is with its overrides, in key order, in batches."""
        return self.read_edits.rows(version_id, level)

    async def effective_page(
        self, version_id: str, *, level: str, limit: int, cursor: str | None = None
    ) -> Page[EffectiveRow]:
        """Some rows of a level as they are with their overrides."""
        return await self.read_edits.page(version_id, level, limit=limit, cursor=cursor)

    async def effective_kpis(self, version_id: str) -> Sequence[Kpi]:
        """The KPIs that follow from rows as they are with their overrides."""
        return await self.read_edits.kpis(version_id)


def _change(actor: Actor, said: str | None, row_version: int | None) -> Change:
    return Change(actor=actor, comment=checked_comment(said), expected=row_version)


def _cell(text: str) -> Cell:
    key = parse_key(text)
    if isinstance(key, RowKey):
        raise InvalidRequestError(f"{text[:120]!r} names a row, not a cell.", remedy="Add ':field=NAME'.")
    return key


def _value(key: str, value: float | None) -> float | None:
    try:
        return None if value is None else finite(value)
    except ValueError as error:
        raise InvalidRequestError(f"The value of {key[:120]} {error}.", key=key[:120]) from error
