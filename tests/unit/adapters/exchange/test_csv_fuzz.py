"""Five thousand CSV files: a good one reads the same however it is written, a bad one is refused or changes nothing."""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from planvault.adapters.exchange.input_files import CSV_FILES
from planvault.adapters.exchange.series_numbers import plain_number
from planvault.domain.errors import (
    InvalidRequestError,
    TooLargeError,
    UnsupportedEncodingError,
    ValidationError,
)

from .builders import read

DOCUMENTED = (InvalidRequestError, TooLargeError, UnsupportedEncodingError, ValidationError)
DEMAND = "demand_family.csv"
LETTERS = st.sampled_from([*'abzAZ09-_./#%&()[]{}<>;:"\\|~^@+=*?!$,', *"あがパ東京髙①~・ー々ⅣΩдﾊﾟ"])
WORDS = st.lists(LETTERS, min_size=1, max_size=6).map("".join)
PLAIN = st.text("abcXYZ0189-", min_size=1, max_size=6)
NUMBERS = st.one_of(
    st.integers(0, 10**6).map(float),
    st.floats(0, 1e9, allow_nan=False, allow_subnormal=False).map(lambda number: number + 0.0),
)
ENCODINGS = {
    "utf-8": b"",
    "utf-8-sig": b"",
    "utf-16": b"",
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "cp932": b"",
}
Table = list[list[str]]


def rows_of(data: bytes, name: str = DEMAND) -> list[tuple[Any, ...]]:
    """The rows that planvault reads from one file: the only place that knows how it is asked."""
    content = read({name: data}).content
    return list(content.rows(CSV_FILES[name].section.name))


def examples(count: int) -> settings:
    slow = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    return settings(max_examples=count, deadline=None, suppress_health_check=slow)


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def lines(header: Sequence[str], table: Sequence[Sequence[str]], ending: str = "\n", *, quote_all: bool = False) -> str:
    text = io.StringIO()
    quoting: Any = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    csv.writer(text, lineterminator=ending, quoting=quoting).writerows([header, *table])
    return text.getvalue()


def encoded(text: str, encoding: str) -> bytes:
    return ENCODINGS[encoding] + text.encode(encoding)


def outcome(data: bytes) -> list[tuple[Any, ...]] | None:
    """The rows; None when they are refused in a documented way. Anything else is an error of the test."""
    try:
        return rows_of(data)
    except DOCUMENTED:
        return None


def refusal(data: bytes) -> set[str]:
    with pytest.raises(ValidationError) as caught:
        rows_of(data)
    assert all(problem.source == DEMAND and problem.message for problem in caught.value.problems)
    return {problem.rule for problem in caught.value.problems}


# Good files -----------------------------------------------------------------------------------------------------------

FILES = {
    DEMAND: ("family_code", "period", "demand"),
    "capacity.csv": ("resource_code", "period", "capacity"),
    "inventory.csv": ("node_code", "item_code", "initial_qty"),
    "open_po.csv": ("item_code", "due_date", "qty"),
    "bom.csv": ("parent_code", "child_code", "qty"),
    "period_cost.csv": ("period", "unit", "value"),
}
tables = st.lists(
    st.tuples(WORDS, WORDS, NUMBERS), min_size=1, max_size=3, unique_by=lambda row: (nfc(row[0]), nfc(row[1]))
)


def spelled(number: float, style: int) -> str:
    """One of the ways to write a number that are all read the same."""
    text = plain_number(number)
    ways = [text, f"+{text}", f"0{text}", f"{text}0" if "." in text else f"{text}.", text]
    return ways[style]


@examples(1700)
@given(tables, st.sampled_from(sorted(FILES)), st.sampled_from(sorted(ENCODINGS)), st.integers(0, 2**32))
def test_a_table_reads_the_same_however_it_is_written(
    table: list[tuple[str, str, float]], name: str, encoding: str, dialect: int
) -> None:
    fields = FILES[name]
    if name == "bom.csv":  # links must not go round in a circle
        table = [(f"p{parent}", f"c{child}", number) for parent, child, number in table]
    if name == "period_cost.csv":  # whose key is the period alone
        table = list({nfc(row[0]): row for row in table}.values())
    packed = encodable(in_a_dialect(table, name, Random(dialect)), encoding)
    rules = [rule.name for rule in CSV_FILES[name].section.fields]
    places = [rules.index(field) for field in fields]
    expected = sorted((nfc(first), nfc(second), number) for first, second, number in table)
    assert sorted(tuple(row[place] for place in places) for row in rows_of(packed, name)) == expected


def in_a_dialect(table: list[tuple[str, str, float]], name: str, chance: Random) -> str:
    """The text of a table in one of the many ways to write it."""
    headers = {column.field: column.headers for column in CSV_FILES[name].columns}
    order = chance.sample(range(3), 3)
    header = [chance.choice(headers[FILES[name][place]]) for place in order]
    cells = [[*row[:2], spelled(row[2], chance.randrange(5))] for row in table]
    ending = chance.choice(["\n", "\r\n", "\r"])
    text = lines(header, [[row[place] for place in order] for row in cells], ending, quote_all=chance.random() < 0.5)
    if chance.random() < 0.3:
        text = f"{ending}{text}{ending}"
    return text.rstrip("\r\n") if chance.random() < 0.3 else text


def encodable(text: str, encoding: str) -> bytes:
    try:
        packed = encoded(text, encoding)
    except UnicodeEncodeError:
        assume(False)  # noqa: FBT003
        raise
    if encoding == "cp932" and not text.isascii():
        try:
            packed.decode("utf-8")
        except UnicodeDecodeError:
            assume(packed.decode("cp932") == text)
        else:
            assume(False)  # noqa: FBT003 (bytes that are both are UTF-8)
    return packed


# Bad files ------------------------------------------------------------------------------------------------------------

HEADER = ["family", "period", "demand"]
simple = st.lists(st.tuples(PLAIN, PLAIN, NUMBERS), min_size=1, max_size=3, unique_by=lambda row: row[:2])
spreadsheets = simple.map(lambda table: [[first, second, plain_number(number)] for first, second, number in table])
NO_NUMBERS = [
    *("NaN", "nan", "-NaN", "Infinity", "-inf", "1e400", "1e3", "1E5", "0x10", "1_000", "1 000", "1,234", "1.234,5"),
    *(
        "１２３",
        "1２",
        "４.5",
        "▲100",
        "△5",
        "－5",
        "−5",
        "(5)",
        "5-",
        "--5",
        "+-5",
        ".",
        "+",
        "-",
        "1.2.3",
        "5%",
        "¥5",
    ),
    *(
        "l0",
        "O",
        "TRUE",
        "令和8年",
        "五",
        "٣",
        "½",
        "²",
        "①",
        "5\u200b",
        "\u200e5",
        "\ufeff5",
        " 5",
        "5 ",
        "5\t",
        "\u30005",
    ),
    *("9007199254740993", "-1", "-0.5", "#REF!", "=1+1", "'5", '"5', "5\x00", "\x005", "5\x1a", "5\x85", "5\u2028"),
]
NO_TEXTS = [
    "",
    " F",
    "F ",
    "\tF",
    "F\x00",
    "\x00",
    "F\x07",
    "\x1b[2J",
    "F\u202e",
    "F\u200b",
    "\u3000F",
    "F" * 161,
    "F\x7f",
    "F\nG",
]


@examples(1000)
@given(spreadsheets, st.sampled_from(NO_NUMBERS), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.data())
def test_no_text_that_only_looks_like_a_number_becomes_one(
    table: Table, text: str, encoding: str, data: st.DataObject
) -> None:
    line = data.draw(st.integers(0, len(table) - 1))
    table[line][2] = text
    rules = refusal(encoded(lines(HEADER, table, quote_all=data.draw(st.booleans())), encoding))
    assert rules <= {"number", "range", "csv"}


@examples(400)
@given(spreadsheets, st.sampled_from(NO_TEXTS), st.integers(0, 1), st.data())
def test_no_text_that_cannot_be_seen_is_kept(table: Table, text: str, column: int, data: st.DataObject) -> None:
    table[data.draw(st.integers(0, len(table) - 1))][column] = text
    assert refusal(lines(HEADER, table).encode()) <= {"text", "required", "length", "csv"}


@examples(100)
@given(spreadsheets, st.integers(0xD800, 0xDFFF).map(chr), st.sampled_from(["utf-8-sig", "utf-16-le", "utf-16-be"]))
def test_half_a_character_is_in_no_encoding(table: Table, half: str, encoding: str) -> None:
    table[-1][0] += half
    text = lines(HEADER, table)
    if encoding == "utf-8-sig":
        data = codecs.BOM_UTF8 + text.encode("utf-8", "surrogatepass")
    else:
        data = ENCODINGS[encoding] + text.encode(encoding, "surrogatepass")
    with pytest.raises(UnsupportedEncodingError):
        rows_of(data)


HEADERS = [
    *(["family", "period"], ["family"], ["family", "period", "demand", "demand"], ["family", "family_code", "demand"]),
    *(
        ["family", "", "demand"],
        ["", "period", "demand"],
        ["family", "period", "demand", ""],
        ["", "", ""],
        [" ", "a", "b"],
    ),
    *(["Family", "period", "demand"], ["family ", "period", "demand"], ["ｆamily", "period", "demand"]),
    *(["family", "period", "demand", "notes"], ["family;period;demand"], ["family\tperiod\tdemand"]),
    *(["family", "period", "demand\x00"], ["\ufeff\ufefffamily", "period", "demand"], ["1", "2", "3"], ["x" * 500]),
    *(["family", "period", "demand", *(f"c{n}" for n in range(70))], ["family,period,demand"], ["__class__", "a", "b"]),
]


@examples(300)
@given(spreadsheets, st.sampled_from(HEADERS), st.booleans())
def test_no_other_header_is_taken_for_the_right_one(table: Table, header: list[str], quote_all: bool) -> None:
    cells = [(row * 30)[: len(header)] for row in table]
    rules = refusal(lines(header, cells, quote_all=quote_all).encode())
    assert rules <= {"unknown-column", "missing-column", "duplicate-column", "too-many-columns", "csv"}


@examples(300)
@given(spreadsheets, st.integers(0, 6), st.data())
def test_no_row_of_another_width_is_read(table: Table, width: int, data: st.DataObject) -> None:
    assume(width not in {0, 3})
    line = data.draw(st.integers(0, len(table) - 1))
    table[line] = (table[line] * 2)[:width]
    assert refusal(lines(HEADER, table).encode()) == {"ragged-row"}


@examples(50)
@given(spreadsheets, st.sampled_from([4097, 131_071, 131_073, 300_000]), st.integers(0, 2), st.sampled_from("x0,\n あ"))
def test_no_endless_cell_is_kept(table: Table, length: int, column: int, char: str) -> None:
    table[0][column] = char * length
    assert refusal(lines(HEADER, table).encode()) <= {"length", "csv"}


@examples(250)
@given(spreadsheets, st.data())
def test_no_key_stands_twice(table: Table, data: st.DataObject) -> None:
    table.append([*table[data.draw(st.integers(0, len(table) - 1))][:2], data.draw(st.sampled_from(["0", "5", "1.5"]))])
    assert refusal(lines(HEADER, data.draw(st.permutations(table))).encode()) == {"duplicate-key"}


# Any bytes ------------------------------------------------------------------------------------------------------------


def said_by(text: str) -> list[tuple[str, str, float]]:
    """What a file of plain cells says, read without planvault."""
    header, *records = [
        row
        for row in csv.reader(io.StringIO(text, newline=""), strict=True)
        if len(row) > 1 or any(map(str.strip, row))
    ]
    named = [dict(zip(header, row, strict=True)) for row in records]
    return sorted((nfc(row["family"]), nfc(row["period"]), float(row["demand"])) for row in named)


def decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp932")


def check(data: bytes) -> None:
    found = outcome(data)
    if found is not None:
        assert sorted(row[:3] for row in found) == said_by(decoded(data))


HOSTILE = [
    *'",\r\n\0\t ;\\',
    '""',
    '"\n',
    "\r\r",
    ",,",
    "\ufeff",
    "\x1a",
    "\x85",
    "\u2028",
    "NaN",
    "1e400",
    "１",
    "\ud7ff",
    "あ",
]


@examples(700)
@given(
    spreadsheets,
    st.lists(st.tuples(st.integers(0), st.sampled_from(HOSTILE), st.integers(0, 3)), max_size=3),
    st.data(),
)
def test_a_text_cut_and_patched_is_refused_or_read_as_it_says(
    table: Table, patches: list[tuple[int, str, int]], data: st.DataObject
) -> None:
    text = lines(HEADER, table, quote_all=data.draw(st.booleans()))
    for place, patch, cut in patches:
        at = place % (len(text) + 1)
        text = text[:at] + patch + text[at + cut :]
    check(encoded(text, data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))))


@examples(500)
@given(spreadsheets, st.sampled_from(sorted(ENCODINGS)), st.integers(0), st.binary(max_size=4), st.integers(0, 4))
def test_bytes_cut_and_patched_are_refused_or_read_as_they_say(
    table: Table, encoding: str, place: int, patch: bytes, cut: int
) -> None:
    data = encoded(lines(HEADER, table), encoding)
    at = place % (len(data) + 1)
    check(data[:at] + patch + data[at + cut :])


@examples(150)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=100).map(str.encode)))
def test_any_bytes_are_refused(data: bytes) -> None:
    assert outcome(data) is None
    assert outcome(b"family,period,demand\n" + data) in (None, []) or b"," in data
