from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from planvault.adapters.exchange.formula_guard import guarded, unguarded

TEXTS = st.text(alphabet="'=+-@＝＋－＠aあ\n \"", max_size=8)


@given(text=TEXTS, safe=st.booleans())
@example(text="'=x", safe=False)
@example(text="''＠", safe=True)
def test_what_is_put_on_comes_off_again(text: str, safe: bool) -> None:
    assert unguarded(guarded(text, safe=safe)) == text


@pytest.mark.parametrize("text", ["=1+1", "+81", "-x", "@SUM", "＝1", "＋1", "－1", "＠x"])
def test_a_formula_is_guarded_only_where_it_has_to_be_safe(text: str) -> None:
    assert guarded(text, safe=True) == f"'{text}"
    assert guarded(text, safe=False) == text


@pytest.mark.parametrize("text", ["'=1", "''+x"])
def test_apostrophes_before_a_formula_get_one_more_always(text: str) -> None:
    assert guarded(text, safe=True) == guarded(text, safe=False) == f"'{text}"


@pytest.mark.parametrize("text", ["", "'", "'x", "x=1", " =1", "{}", "24''"])
def test_other_text_is_left_alone(text: str) -> None:
    assert guarded(text, safe=True) == guarded(text, safe=False) == unguarded(text) == text
