from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from planvault.domain.shared.natural_order import natural_key


def test_numbers_in_names_count_as_numbers() -> None:
    names = ["M10", "M2", "M1", "m1", "M1-W10", "M1-W9", "01", "1", "", "2026-W02"]
    assert sorted(names, key=natural_key) == ["", "01", "1", "2026-W02", "M1", "M1-W9", "M1-W10", "M2", "M10", "m1"]


@given(st.lists(st.text("aM019-", max_size=6), unique=True))
def test_no_two_texts_stand_at_the_same_place(texts: list[str]) -> None:
    keys = [natural_key(text) for text in texts]
    assert len({repr(key) for key in keys}) == len(texts)
    assert sorted(texts, key=natural_key) == sorted(sorted(texts), key=natural_key)
