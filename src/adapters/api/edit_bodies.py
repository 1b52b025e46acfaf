"""Bodies of edits of plans, in the shapes of the legacy system and of planvault."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ...domain.errors import InvalidRequestError
from ...domain.plans.editing.cells import RowKey, field_name, parse_row_key
from ...domain.plans.editing.distribution import Distribution, Rounding, RoundMode
from .schemas import Body, MoveBody

_MOST = 10_000
_NAMES = {"aggregate": ("period", "family"), "det": ("week", "sku")}


class CellValues(Body):
    """One row and the new values of its fields; null takes back what was put there."""

    key: str | dict[str, str] = Field(description="agg:period=P,family=F, or its parts by name; det: week and sku.")
    fields: dict[str, float | None] = Field(min_length=1)


class RoundBody(Body):
    """How spread values are rounded."""

    step: float = Field(gt=0)
    mode: RoundMode = Field(default=RoundMode.NEAREST, strict=False)


class DistributeBody(Body):
    """By what an aggregate value is spread over det."""

    weight_mode: str = Field(default="current", description="current, equal, stored (or weights), or a measure.")
    round: RoundBody | None = None


class EditBody(MoveBody):
    """Edits of cells of one level, all or nothing; or, instead of edits, rows and cells to lock or unlock."""

    level: Literal["aggregate", "det"] = "aggregate"
    edits: list[CellValues] = Field(default_factory=list, max_length=_MOST)
    lock: Literal["lock", "unlock"] | None = Field(default=None, description="What to do with lock_keys.")
    lock_keys: list[str] = Field(default_factory=list, max_length=_MOST)
    distribute: DistributeBody | None = None
    no_auto: bool = False
    skip_locked: bool = False
    copy_as: str | None = Field(default=None, description="Copy the plan under this id first, and edit the copy.")
    note: str | None = Field(default=None, description="The legacy name of the comment.")

    @property
    def said(self) -> str | None:
        """Why, by either name."""
        return self.comment if self.comment is not None else self.note

    def values(self) -> dict[str, float | None]:
        """The cells by their keys.

        Raises:
            InvalidRequestError: a key is none of the level's, a field cannot be edited, or a cell stands twice.
        """
        found: dict[str, float | None] = {}
        for edit in self.edits:
            row = self._row(edit.key)
            for name, value in edit.fields.items():
                cell = row.cell(field_name(row.level, name)).text
                if cell in found:
                    raise InvalidRequestError(f"{cell} stands twice.", cell=cell)
                found[cell] = value
        return found

    def _row(self, key: str | dict[str, str]) -> RowKey:
        if isinstance(key, str):
            return parse_row_key(key)
        bucket, item = _NAMES[self.level]
        if set(key) - {bucket, item, "location"} or not {bucket, item} <= set(key):
            raise InvalidRequestError(f"A row of {self.level} is named by {bucket} and {item}.")
        return RowKey(self.level, key[bucket], key[item], key.get("location", "global"))

    def distribution(self) -> Distribution:
        """How aggregate values are spread."""
        wanted = self.distribute or DistributeBody()
        weights = "stored" if wanted.weight_mode == "weights" else wanted.weight_mode
        rounding = None if wanted.round is None else Rounding(step=wanted.round.step, mode=wanted.round.mode)
        return Distribution(weights=weights, rounding=rounding)


class UndoBody(MoveBody):
    """Which edit to take back; the newest without a position."""

    position: int | None = Field(default=None, ge=1)


class LocksBody(MoveBody):
    """Rows and cells to lock or to unlock."""

    lock: list[str] = Field(default_factory=list, max_length=_MOST)
    unlock: list[str] = Field(default_factory=list, max_length=_MOST)


class WeightsBody(MoveBody):
    """Weights of det rows; null removes one."""

    weights: dict[str, float | None] = Field(min_length=1, max_length=_MOST)


class CopyBody(MoveBody):
    """The id of a copy."""

    version_id: str
    title: str | None = None
