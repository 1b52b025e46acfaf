from __future__ import annotations

import hashlib
import json
import math
import struct
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.domain.errors import InvalidRequestError
from planvault.domain.shared.canonical import digest, document, json_value, pack_number, pack_text

EXACT = 2**53

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-EXACT, EXACT)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4))


def turned_round(value: Any) -> Any:
    """The same value with every mapping's keys in the opposite order, and every list a tuple."""
    if isinstance(value, Mapping):
        return {key: turned_round(value[key]) for key in reversed(list(value))}
    return tuple(turned_round(item) for item in value) if isinstance(value, list) else value


def as_floats(value: Any) -> Any:
    """The same value with every whole number as a float."""
    if isinstance(value, dict):
        return {key: as_floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_floats(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


class Colour(StrEnum):
    RED = "red"


@given(values)
def test_the_order_of_keys_plays_no_part_in_a_document(value: Any) -> None:
    assert document(turned_round(value)) == document(value)


@given(values)
def test_whole_numbers_are_written_alike_as_int_and_float(value: Any) -> None:
    assert document(as_floats(value)) == document(value)


@given(values)
def test_a_document_reads_back_equal_and_is_written_the_same_again(value: Any) -> None:
    read = json.loads(document(value))
    assert as_floats(read) == as_floats(json.loads(json.dumps(value)))
    assert document(read) == document(value)


def test_a_document_has_no_white_space_and_its_keys_in_code_point_order() -> None:
    assert document({"é": 1, "z": [1.5, None, True], "Z": {"b": "a b", "a": -0.0}}) == (
        '{"Z":{"a":0,"b":"a b"},"z":[1.5,null,true],"é":1}'
    )


def test_keys_beyond_the_basic_plane_stand_after_all_others() -> None:
    assert document({"\U0001f527": 1, "\uff21": 2}) == '{"\uff21":2,"\U0001f527":1}'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (0, "0"),
        ("", '""'),
        (False, "false"),
        ([], "[]"),
        ({}, "{}"),
        ("null", '"null"'),
        ("0", '"0"'),
        (Colour.RED, '"red"'),
        (1e22, "1e+22"),
        (EXACT, "9007199254740992.0"),
        (0.1, "0.1"),
        ("a\nb\x7f", '"a\\nb\x7f"'),
    ],
)
def test_each_value_has_one_text_of_its_own(value: object, text: str) -> None:
    assert document(value) == text


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        EXACT + 1,
        "\ud800",
        {"\udfff": 1},
        [{"a": [math.nan]}],
        {1, 2},
        b"bytes",
        {1: "a"},
        {None: "a"},
        {"a": 1, 2: "b"},
        pytest.param(object(), id="an object"),
    ],
    ids=repr,
)
def test_what_json_cannot_say_exactly_has_no_document(value: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        document(value)


def nested(levels: int, *, within: str) -> Any:
    """Lists or objects in each other, so many levels of them."""
    value: Any = [] if within == "list" else {}
    for _ in range(levels - 1):
        value = [value] if within == "list" else {"a": value}
    return value


@pytest.mark.parametrize("within", ["list", "object"])
def test_what_is_nested_too_deeply_has_no_document(within: str) -> None:
    assert document(nested(100, within=within))
    for levels in (101, 100_000):
        with pytest.raises(ValueError, match="is nested too deeply"):
            document(nested(levels, within=within))


def test_what_holds_itself_has_no_document() -> None:
    round_about: dict[str, Any] = {}
    round_about["a"] = round_about
    with pytest.raises(ValueError, match="is nested too deeply"):
        document(round_about)


@given(values)
def test_a_kept_value_is_what_its_document_reads_back_as(value: Any) -> None:
    kept = json_value(value, what="thing")
    assert kept == json.loads(document(value))
    assert json_value(turned_round(value), what="thing") == kept


def test_a_kept_value_shares_nothing_with_what_it_was_made_from() -> None:
    given_value: dict[str, Any] = {"weeks": (1, 2.0), "inner": {"a": [1]}}
    kept = json_value(given_value, what="thing")
    given_value["inner"]["a"].append(2)
    assert kept == {"weeks": [1, 2], "inner": {"a": [1]}}
    assert [type(week) for week in kept["weeks"]] == [int, int]


@pytest.mark.parametrize(
    "value", [{"a": math.nan}, {"a": "\ud800"}, {1: 2}, {"a": {1}}, nested(65, within="object")], ids=lambda _: ""
)
def test_a_value_that_cannot_be_kept_is_refused_in_a_sentence(value: object) -> None:
    with pytest.raises(InvalidRequestError, match=r"^The thing cannot be kept: .+\.$"):
        json_value(value, what="thing")


def test_a_kept_value_may_stand_inside_other_documents() -> None:
    deepest = json_value(nested(64, within="object"), what="thing")
    assert document({"engine": {"parameters": deepest}})


def test_a_text_is_packed_as_its_length_and_utf8() -> None:
    assert pack_text("é") == b"\0\0\0\2\xc3\xa9"
    assert pack_text("") == b"\0\0\0\0"
    assert pack_text(None) == b"\xff\xff\xff\xff"


def test_a_number_is_packed_as_a_big_endian_double() -> None:
    assert pack_number(1.5) == struct.pack(">d", 1.5)
    assert pack_number(None).hex() == "7ff8000000000000"
    assert pack_number(-0.0) == pack_number(0) == bytes(8)


def test_null_is_neither_zero_nor_the_empty_text() -> None:
    packed = [pack_text(None), pack_text(""), pack_number(None), pack_number(0.0)]
    assert len(set(packed)) == 4
    assert len({document(None), document(0), document("")}) == 3


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, True, EXACT + 1])
def test_a_number_that_is_not_finite_or_exact_is_not_packed(value: float) -> None:
    with pytest.raises(ValueError, match=r"number|integer"):
        pack_number(value)


def test_a_lone_surrogate_is_not_packed() -> None:
    with pytest.raises(UnicodeEncodeError):
        pack_text("\ud800")


def test_a_digest_is_sha256_over_tag_zero_byte_and_parts() -> None:
    assert digest("tag", b"one", b"two") == hashlib.sha256(b"tag\x00onetwo").digest()
    assert digest("tag") != digest("gat")


@given(st.lists(st.none() | texts, max_size=4), st.lists(st.none() | texts, max_size=4))
def test_different_texts_in_a_row_never_pack_to_the_same_bytes(one: list[str | None], other: list[str | None]) -> None:
    packed = [b"".join(map(pack_text, row)) for row in (one, other)]
    assert (packed[0] == packed[1]) == (one == other)
