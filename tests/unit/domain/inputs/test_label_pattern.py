from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.domain.errors import InvalidRequestError
from planvault.domain.inputs.label_pattern import LabelPattern
from planvault.domain.inputs.ports import InputSetFilter
from planvault.domain.shared.ids import Label, folded


@pytest.mark.parametrize(
    ("pattern", "matching"),
    [
        ("week*", "weekly week_1 Week-2"),
        ("WEEK?1", "week_1"),
        ("*", "weekly week_1 Week-2 a.b"),
        ("week_1", "week_1"),
        ("week%", ""),
        ("week", ""),
        ("w*[kl]*", ""),
        ("a.b", "a.b"),
        ("a?b", "a.b"),
        ("a*a*a*b", ""),
        ("ｗeek＊", "weekly week_1 Week-2"),
    ],
)
def test_a_pattern_knows_two_wildcards_and_no_case(pattern: str, matching: str) -> None:
    labels = ["weekly", "week_1", "Week-2", "a.b"]
    assert [label for label in labels if LabelPattern(pattern).matches(Label(label))] == matching.split()


@pytest.mark.parametrize("pattern", ["", "  ", "a\0b", "x" * 201, "a\u202eb"])
def test_a_pattern_that_says_nothing_or_too_much_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidRequestError, match="label pattern"):
        LabelPattern(pattern)


@given(st.text("ab*?.%_-!", min_size=1, max_size=8), st.text("abAB.%_-", min_size=1, max_size=8))
def test_a_pattern_matches_as_its_regular_expression(pattern: str, label: str) -> None:
    wild = {"*": ".*", "?": "."}
    expression = "".join(wild.get(char, re.escape(char)) for char in pattern)
    expected = re.fullmatch(expression, folded(label)) is not None
    assert LabelPattern(pattern).matches(Label(label)) is expected


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 201])
def test_whoever_is_awaited_has_a_name(name: str) -> None:
    with pytest.raises(InvalidRequestError, match="name of the awaited"):
        InputSetFilter(awaiting=name)
