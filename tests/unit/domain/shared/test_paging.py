from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.domain.errors import InvalidRequestError
from planvault.domain.shared.paging import check_limit, cursor_of, page_of, parse_cursor


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), st.integers(0, 2**53))
def test_a_cursor_holds_its_key(text: str, number: int) -> None:
    cursor = cursor_of("plans", [text, number])
    assert parse_cursor(cursor, "plans", str, int) == (text, number)
    assert cursor.isascii()
    assert not set("+/=") & set(cursor)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "é",
        "a b",
        "!!!!",
        cursor_of("plans", ["a"]),
        cursor_of("plans", [1, "a"]),
        cursor_of("plans", ["a", True]),
        cursor_of("plans", ["a", 1, 1]),
        cursor_of("runs", ["a", 1]),
        cursor_of("a", [1]),
        base64.urlsafe_b64encode(b'{"plans": 1}').decode(),
        base64.urlsafe_b64encode(b'["a", 1]').decode(),
        base64.urlsafe_b64encode(b"[]").decode(),
        base64.urlsafe_b64encode(b'["plans", "a", null]').decode(),
        base64.urlsafe_b64encode(b'["plans", "\\ud800", 1]').decode(),
        base64.urlsafe_b64encode(b'["plans", "a\\u0000", 1]').decode(),
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
    ids=lambda cursor: ascii(cursor[:20]),
)
def test_a_cursor_of_another_list_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequestError, match="cursor"):
        parse_cursor(cursor, "plans", str, int)


def test_a_page_ends_with_a_cursor_only_if_more_follows() -> None:
    page = page_of([1, 2, 3], 2, name="plans", key=["b"])
    assert page.items == [1, 2]
    assert parse_cursor(page.next_cursor, "plans", str) == ("b",)
    assert page_of([1, 2], 2, name="plans", key=["b"]).next_cursor is None
    assert parse_cursor(None, "plans", str) is None


@pytest.mark.parametrize("limit", [0, -1, 501])
def test_a_limit_out_of_range_is_refused(limit: int) -> None:
    with pytest.raises(InvalidRequestError, match=f"limit is {limit}"):
        check_limit(limit)


def test_the_bounds_of_the_limit_are_in_range() -> None:
    assert (check_limit(1), check_limit(500), check_limit(10_000, maximum=10_000)) == (1, 500, 10_000)
