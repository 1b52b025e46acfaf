"""Explanation: from which causes the difference of two plans comes, in amounts that add up exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from fractions import Fraction

from .comparison import Values

Totals = Mapping[str, Values]
Amounts = Mapping[str, tuple[Fraction, ...]]


class Cause(StrEnum):
    """What may make two plans differ, in the order in which it is told."""

    HORIZON = "horizon"
    OPENING_INVENTORY = "opening_inventory"
    DEMAND = "demand"
    CAPACITY = "capacity"
    ORDERS = "orders"
    OTHER_INPUTS = "other_inputs"
    PARAMETERS = "parameters"
    ENGINE = "engine"
    OVERRIDES = "overrides"


class Remainder(StrEnum):
    """What no single cause accounts for.

    ``replaced_rows`` is what stored rows say beyond what the engine makes; ``interaction`` what causes do only
    together; ``unexplained`` what nobody can tell without running engines again.
    """

    REPLACED_ROWS = "replaced_rows"
    INTERACTION = "interaction"
    UNEXPLAINED = "unexplained"


def growth(before: Totals, after: Totals) -> Amounts:
    """By how much each total grew, by level and in the order of the measures; one that is missing counts as 0.

    A total is taken for the number that its shortest text says, and from there on nothing is rounded: amounts that
    are made of such add up without a rest.
    """
    return {
        level: tuple(_number(new) - _number(old) for old, new in zip(before[level], after[level], strict=True))
        for level in before
    }


def remainder(whole: Amounts, parts: Iterable[Amounts]) -> Amounts:
    """What of the whole is left when the parts are taken from it."""
    known = list(parts)
    return {
        level: tuple(amount - sum(part[level][place] for part in known) for place, amount in enumerate(amounts))
        for level, amounts in whole.items()
    }


def is_nothing(amounts: Amounts) -> bool:
    """Whether every amount is 0."""
    return not any(amount for level in amounts.values() for amount in level)


def _number(total: float | None) -> Fraction:
    return Fraction(repr(total or 0.0))
