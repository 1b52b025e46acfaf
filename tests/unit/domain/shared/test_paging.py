from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.domain.errors import InvalidRequestError
from planvault.domain.shared.paging import check_limit, cursor_of, page_of, parse_cursor


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), st.integers(0, 2**53))
def test_a_cursor_holds_its_key(text: str, number: int) -> None:
    cursor = cursor_of([text, number])
    assert parse_cursor(cursor, str, int) == (text, number)
    assert cursor.isascii()
    assert not set("+/=") & set(cursor)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "é",
        "a b",
        "!!!!",
        cursor_of(["a"]),
        cursor_of([1, "a"]),
        cursor_of(["a", True]),
        base64.urlsafe_b64encode(b'{"a": 1}').decode(),
        base64.urlsafe_b64encode(b'["a", null]').decode(),
        base64.urlsafe_b64encode(b'["\\ud800", 1]').decode(),
        base64.urlsafe_b64encode(b'["a\\u0000", 1]').decode(),
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
    ids=lambda cursor: ascii(cursor[:20]),
)
def test_a_cursor_of_another_list_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequestError, match="cursor"):
        parse_cursor(cursor, str, int)


def test_a_page_ends_with_a_cursor_only_if_more_follows() -> None:
    assert page_of([1, 2, 3], 2, key=["b"]).items == [1, 2]
    assert parse_cursor(page_of([1, 2, 3], 2, key=["b"]).next_cursor, str) == ("b",)
    assert page_of([1, 2], 2, key=["b"]).next_cursor is None
    assert parse_cursor(None, str) is None


@pytest.mark.parametrize("limit", [0, -1, 501])
def test_a_limit_out_of_range_is_refused(limit: int) -> None:
    with pytest.raises(InvalidRequestError, match=f"limit is {limit}"):
        check_limit(limit)


def test_the_bounds_of_the_limit_are_in_range() -> None:
    assert (check_limit(1), check_limit(500), check_limit(10_000, maximum=10_000)) == (1, 500, 10_000)
