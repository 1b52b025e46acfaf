from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.domain.errors import InvalidLabelError, InvalidRequestError
from planvault.domain.shared.ids import (
    comment,
    folded,
    free_text,
    is_keepable,
    label,
    label_reference,
    title,
    version_id,
)

names = pytest.mark.parametrize("named", [label, version_id])
MARKS = "\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\u00ad"


@names
@pytest.mark.parametrize("text", ["a", "0", "weekly", "2026-11.v1_b", "A" * 64, "a.b", "v20261120-1", "con"])
def test_plain_names_are_taken_as_they_are(named: Callable[[str], str], text: str) -> None:
    assert named(text) == text


@names
@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        ".",
        "../x",
        "a..b",
        "a/b",
        "a\\b",
        "/etc",
        ".hidden",
        "-rf",
        "_x",
        "a.",
        "a\n",
        "a\nb",
        "a\0",
        "a b",
        " a",
        "a@1",
        "A" * 65,
        "\uff0e\uff0e",
        "a\uff0eb",
        "週次",
        "wéekly",
        "a%2e",
        "a:b",
        "a*",
    ],
    ids=ascii,
)
def test_other_names_are_refused_with_what_to_write_instead(named: Callable[[str], str], text: str) -> None:
    with pytest.raises(InvalidLabelError) as caught:
        named(text)
    assert caught.value.code == "invalid-label"
    assert caught.value.params["value"] == text[:80]
    assert "1 to 64" in (caught.value.remedy or "")


def test_a_reference_is_a_label_with_or_without_a_number() -> None:
    assert label_reference("weekly") == ("weekly", None)
    assert label_reference("weekly@4") == ("weekly", 4)
    assert label_reference("weekly@999999999") == ("weekly", 999_999_999)


@pytest.mark.parametrize(
    "text",
    ["weekly@", "weekly@0", "weekly@-1", "weekly@04", "weekly@4.0", "weekly@4\n", "weekly@\uff14", "a@b@4", "@4",
     "../x@4", "weekly@9999999999"],
    ids=ascii,
)  # fmt: skip
def test_any_other_reference_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        label_reference(text)


def test_names_compare_without_case_and_width() -> None:
    assert folded("Weekly") == folded("WEEKLY") == "weekly"
    assert folded("\uff21\uff59\uff41") == folded("aya")
    assert folded("Straße") == folded("STRASSE")
    assert folded("e\u0301") == folded("é")


@pytest.mark.parametrize("name", ["\u0390", "\u1fd3", "\u1e96", "\ufb03", "\u1fb7"], ids=ascii)
def test_a_letter_without_a_capital_of_its_own_is_one_with_its_capitals(name: str) -> None:
    assert name.upper() != name
    assert folded(name) == folded(name.upper())


@given(st.text())
def test_folding_what_is_folded_changes_nothing(name: str) -> None:
    assert folded(folded(name)) == folded(name)


# The dotless i alone is not: its capital is the I of every other alphabet.
@given(st.text(st.characters(categories=["Lu", "Ll", "Lt", "Lo"], exclude_characters="\u0131")))
def test_names_in_capitals_and_in_small_letters_are_one(name: str) -> None:
    assert folded(name.upper()) == folded(name.lower()) == folded(name)


def test_free_text_is_kept_in_nfc_without_outer_space() -> None:
    kept = free_text("title", "  e\u0301te\u0301 \u3000", limit=20)
    assert kept == "été"
    assert unicodedata.is_normalized("NFC", kept)


@pytest.mark.parametrize("char", [*MARKS, "\0", "\x07", "\x7f", "\x85", "\ud800", "\u2028", "\u2029"], ids=ascii)
def test_marks_that_nobody_sees_are_refused_by_their_number(char: str) -> None:
    for kept in (title, comment):
        with pytest.raises(InvalidRequestError, match=f"U\\+{ord(char):04X}"):
            kept(f"a{char}b")
    assert not is_keepable(f"a{char}b")


def test_a_comment_may_have_lines_and_a_title_may_not() -> None:
    assert comment("one\r\ntwo\tthree") == "one\ntwo\tthree"
    with pytest.raises(InvalidRequestError, match=r"title.*U\+000A"):
        title("one\ntwo")


@pytest.mark.parametrize(("kept", "limit"), [(comment, 2000), (title, 200)])
def test_text_is_kept_up_to_its_limit(kept: Callable[[str | None], str | None], limit: int) -> None:
    assert kept("é" * limit) == "é" * limit
    assert kept("e\u0301" * limit) == "é" * limit
    with pytest.raises(InvalidRequestError, match=f"{limit + 1} characters; at most {limit}"):
        kept("é" * (limit + 1))


@pytest.mark.parametrize("nothing", [None, "", "   ", "\n \n"])
def test_an_empty_comment_or_title_is_none(nothing: str | None) -> None:
    assert comment(nothing) is None
    assert title(nothing) is None


def test_a_cell_may_hold_an_ideographic_space() -> None:
    assert is_keepable("ドリル\u3000大")
    assert not is_keepable("ドリル\u2003大")
