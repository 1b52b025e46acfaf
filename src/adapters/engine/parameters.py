"""The parameters of the reference engine: their ranges, and where each value comes from."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ...domain.errors import InvalidRequestError
from ...domain.inputs.content import InputContent
from .rounding import DIGITS

DET_NEAR = "DET_near"
AGG_FAR = "AGG_far"
BLEND = "blend"
MOST_WEEKS = 53
MOST_WEEK_DAYS = 31
MOST_WINDOW_DAYS = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """All parameters in force.

    ``round_mode`` is ``none``, ``int``, ``dec1`` or ``dec2``; ``lt_unit`` says what lead times count, ``day`` or
    ``week``; ``week_days`` are the days of lead time that make a week; ``weeks`` is the number of weeks of a period
    that no calendar lists (4 means: as many as the period has).  ``anchor_policy`` levels the month of
    ``cutover_date``, of which ``recon_window_days`` are marked at both ends: ``DET_near``, ``AGG_far`` or ``blend``,
    which sends on the share ``blend_split_next`` of the excess (null: by ``blend_weight_mode``, ``tri``, ``lin`` or
    ``quad``).

    ``apply_adjusted`` adds the plan of the adjusted det: differences of the cutover period above ``tol_abs`` and
    ``tol_rel`` are spread over its cells, none of which changes by more than ``max_adjust_ratio`` of itself (null:
    without a cap), and what is left goes to the neighbours that ``carryover`` names (``none``, ``prev``, ``next``,
    ``auto``, ``both``), the share ``carryover_split`` of it to the next (null: 0.8, with ``AGG_far`` 0.2).
    """

    round_mode: str = "int"
    lt_unit: str = "day"
    week_days: int = 7
    weeks: int = 4
    cutover_date: str | None = None
    recon_window_days: int | None = None
    anchor_policy: str | None = None
    blend_split_next: float | None = None
    blend_weight_mode: str = "tri"
    apply_adjusted: bool = False
    carryover: str = "none"
    carryover_split: float | None = None
    max_adjust_ratio: float | None = None
    tol_abs: float = 1e-6
    tol_rel: float = 1e-6

    def as_dict(self) -> dict[str, Any]:
        """The parameters as JSON values."""
        return dataclasses.asdict(self)


_OF_THE_INPUT_SET = {
    "lt_unit": "lt_unit",
    "tolerance_abs": "tol_abs",
    "tolerance_rel": "tol_rel",
    "recon_window_days": "recon_window_days",
    "carryover_mode": "carryover",
    "carryover_split": "carryover_split",
}


def resolve(given: Mapping[str, Any], inputs: InputContent) -> Parameters:
    """The parameters in force: given ones over the planning parameters of the input set over defaults.

    A given null says "none" for what may be none.  The set's ``default_anchor_policy`` counts only with a
    ``cutover_date``.

    Raises:
        InvalidRequestError: an unknown parameter, or a value out of its range; the sentence names it.
    """
    unknown = sorted(set(given) - set(_CHECKS))
    if unknown:
        raise InvalidRequestError(
            f"The reference engine has no parameter {unknown[0]}.",
            remedy=f"It has {', '.join(sorted(_CHECKS))}.",
            parameter=unknown[0],
        )
    values = {name: _checked(name, value, f"The parameter {name}") for name, value in given.items()}
    planning = inputs.parameters("planning")
    sources = dict(_OF_THE_INPUT_SET)
    if values.get("cutover_date") is not None:
        sources["default_anchor_policy"] = "anchor_policy"
    for source, name in sources.items():
        if name not in values and planning.get(source) is not None:
            values[name] = _checked(name, planning[source], f"The input set's planning parameter {source}")
    parameters = Parameters(**values)
    if parameters.anchor_policy is not None and parameters.cutover_date is None:
        raise InvalidRequestError(
            "The parameter anchor_policy needs a cutover_date.",
            remedy="Give the cutover_date too, or leave anchor_policy out.",
            parameter="anchor_policy",
        )
    if parameters.apply_adjusted and parameters.anchor_policy is None:
        raise InvalidRequestError(
            "The parameter apply_adjusted needs an anchor_policy.",
            remedy="Give cutover_date and anchor_policy too, or leave apply_adjusted out.",
            parameter="apply_adjusted",
        )
    return parameters


def _checked(name: str, value: Any, what: str) -> Any:
    try:
        return _CHECKS[name](value)
    except ValueError as error:
        raise InvalidRequestError(f"{what} is {value!r}; {error}.", parameter=name) from error


def _choice(*choices: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in choices:
            raise ValueError(f"it must be one of {', '.join(choices)}")
        return value

    return check


def _whole(minimum: int, maximum: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        number = int(value) if isinstance(value, float) and value.is_integer() else value
        if isinstance(number, bool) or not isinstance(number, int) or not minimum <= number <= maximum:
            raise ValueError(f"it must be a whole number from {minimum} to {maximum}")
        return number

    return check


def _tolerance(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError("it must be a number of at least 0")
    return float(value)


def _date(value: Any) -> str:
    try:
        if isinstance(value, str) and len(value) == len("2026-11-20"):
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    raise ValueError("it must be a date (write 2026-11-20)")


def _share(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError("it must be a number from 0 to 1")
    return float(value)


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("it must be true or false")  # noqa: TRY004 (whatever is wrong with a value is a ValueError)
    return value


def _or_none(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else check(value)


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "round_mode": _choice(*DIGITS),
    "lt_unit": _choice("day", "week"),
    "week_days": _whole(1, MOST_WEEK_DAYS),
    "weeks": _whole(1, MOST_WEEKS),
    "cutover_date": _or_none(_date),
    "recon_window_days": _or_none(_whole(0, MOST_WINDOW_DAYS)),
    "anchor_policy": _or_none(_choice(DET_NEAR, AGG_FAR, BLEND)),
    "blend_split_next": _or_none(_share),
    "blend_weight_mode": _choice("tri", "lin", "quad"),
    "apply_adjusted": _yes_or_no,
    "carryover": _choice("none", "prev", "next", "auto", "both"),
    "carryover_split": _or_none(_share),
    "max_adjust_ratio": _or_none(_tolerance),
    "tol_abs": _tolerance,
    "tol_rel": _tolerance,
}
