from __future__ import annotations

import csv
import io
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from planvault.adapters.exchange.series_numbers import plain_number
from planvault.domain.inputs.rows import FamilyDemand

from .builders import places, problems, read

DEMAND = "demand_family.csv"
HEADER = ("family", "period", "demand", "source_type", "tolerance_abs", "attributes")

keys = st.text(st.characters(categories=["L", "M", "N", "P", "S"]), min_size=1, max_size=12)
amounts = st.floats(min_value=0, max_value=1e12, allow_nan=False).map(lambda value: value + 0.0)
lines = st.tuples(
    keys,
    keys,
    amounts,
    st.sampled_from(["canonical", "override", "imported", "legacy"]),
    st.none() | amounts,
    st.sampled_from(["{}", '{"a":1}', '{"a":"x, \\"y\\""}']),
)
tables = st.lists(lines, min_size=1, max_size=12, unique_by=lambda line: nfc(line[:2]))
endings = st.sampled_from(["\n", "\r\n", "\r"])
quotings = st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])


def nfc(key: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(unicodedata.normalize("NFC", part) for part in key)


def written(rows: list[list[str]], ending: str, quoting: int) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator=ending, quoting=quoting).writerows([list(HEADER), *rows])  # type: ignore[arg-type]
    return text.getvalue()


def cells(line: tuple[str, str, float, str, float | None, str]) -> list[str]:
    family, period, demand, source, tolerance, attributes = line
    return [
        family,
        period,
        plain_number(demand),
        source,
        "" if tolerance is None else plain_number(tolerance),
        attributes,
    ]


@given(tables, endings, quotings)
def test_any_table_is_read_as_it_was_written(
    table: list[tuple[str, str, float, str, float | None, str]], ending: str, quoting: int
) -> None:
    content = read({DEMAND: written([cells(line) for line in table], ending, quoting)}).content
    expected = [FamilyDemand._make([*nfc(line[:2]), *line[2:]]) for line in table]
    assert list(content.rows("family_demands")) == sorted(expected, key=lambda row: row[:2])


@given(tables, endings, st.data())
def test_any_cell_made_wrong_is_named(
    table: list[tuple[str, str, float, str, float | None, str]], ending: str, data: st.DataObject
) -> None:
    rows = [cells(line) for line in table]
    line = data.draw(st.integers(0, len(rows) - 1), label="line")
    column, value, rule = data.draw(
        st.sampled_from(
            [
                (0, "", "required"),
                (1, " x", "text"),
                (1, "a\x07", "text"),
                (2, "1,5", "number"),
                (2, "NaN", "number"),
                (2, "-1", "range"),
                (2, "", "required"),
                (3, "guess", "choice"),
                (4, "1e3", "number"),
                (5, "{", "document"),
                (5, "[1]", "document"),
            ]
        ),
        label="fault",
    )
    rows[line][column] = value
    (found,) = problems({DEMAND: written(rows, ending, csv.QUOTE_MINIMAL)})
    assert places([found]) == [(rule, DEMAND, line + 2, HEADER[column])]
    assert found.value == value
