from __future__ import annotations

import sys
import tempfile
import tracemalloc
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from planvault.adapters.exchange import archives, workbook_parts
from planvault.adapters.exchange.archives import ArchiveLimits
from planvault.adapters.exchange.calendar_json import read_calendar
from planvault.adapters.exchange.input_files import CSV_FILES
from planvault.adapters.exchange.problems import ProblemList
from planvault.adapters.exchange.workbook import SheetObject, SheetTable, workbook_tables
from planvault.adapters.exchange.workbook_guard import check_workbook
from planvault.domain.errors import ArchiveRejectedError, InvalidRequestError
from planvault.domain.inputs.rows import CalendarWeek

from .builders import stream
from .workbook_builder import (
    HEADER,
    SHEET,
    demand_book,
    packed,
    parts_of,
    raw_book,
    workbook,
)
from .zip_builder import LINK, Entry, described, zipped

MIB = 1 << 20
DEMAND = [["family", "period", "demand"], ["F1", "2026-01", 100]]
Found = dict[str, Any]


def taken(data: bytes) -> tuple[Found, ProblemList]:
    """The records or the object of each sheet by name of file, and the problems."""
    problems = ProblemList()
    found: Found = {}
    for part in workbook_tables(stream("book.xlsx", data), problems):
        if isinstance(part, SheetTable):
            found[part.file.name] = list(part.records)
        else:
            found.setdefault(part.name, {}).update(part.values)
    return found, problems


def sheets(data: bytes) -> Found:
    found, problems = taken(data)
    assert problems.kept == []
    return found


def found_wrong(data: bytes) -> list[tuple[str, str, int | None, str | None]]:
    _, problems = taken(data)
    return [(problem.rule, problem.source, problem.line, problem.column) for problem in problems.kept]


def refused(data: bytes) -> ArchiveRejectedError:
    with pytest.raises(ArchiveRejectedError) as caught:
        taken(data)
    return caught.value


# Names ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["demand_family", "Demand_Family", "family_demands", " FAMILY_DEMANDS "])
def test_a_sheet_is_named_after_its_file_or_its_section(name: str) -> None:
    assert sheets(workbook({name: DEMAND})) == {
        "demand_family.csv": [(1, ["family", "period", "demand"]), (2, ["F1", "2026-01", "100"])]
    }


def test_every_file_has_its_sheet() -> None:
    data = workbook({name.removesuffix(".csv"): [["x"]] for name in CSV_FILES})
    assert sheets(data) == {name: [(1, ["x"])] for name in CSV_FILES}


def test_the_legacy_name_of_items_is_known() -> None:
    assert list(sheets(workbook({"item_master": [["item"]]}))) == ["item.csv"]


def test_an_unknown_sheet_is_a_problem_unless_it_is_empty() -> None:
    data = workbook({"demand_famly": DEMAND, "Sheet1": [], "zzz": [["hello"]], "capacity": []})
    found, problems = taken(data)
    assert found == {"capacity.csv": []}
    assert [(problem.rule, problem.source) for problem in problems.kept] == [
        ("unknown-sheet", "book.xlsx/demand_famly"),
        ("unknown-sheet", "book.xlsx/zzz"),
    ]
    assert "did you mean demand_family?" in problems.kept[0].message
    assert "known are demand_family, capacity" in problems.kept[1].message


def test_two_sheets_of_one_file_are_a_problem() -> None:
    assert found_wrong(workbook({"demand_family": DEMAND, "family_demands": DEMAND})) == [
        ("duplicate-file", "book.xlsx/family_demands", None, None)
    ]


# Tables ---------------------------------------------------------------------------------------------------------------


def test_blank_rows_and_trailing_cells_are_dropped_and_rows_keep_their_numbers() -> None:
    rows = [[], ["item", "lt", "lot", None], [None, " "], ["I1", 1, 2, None], [None], ["I2", None, 3]]
    assert sheets(workbook({"item": rows})) == {
        "item.csv": [(2, ["item", "lt", "lot"]), (4, ["I1", "1", "2"]), (6, ["I2", "", "3"])]
    }


def test_a_cell_beyond_the_header_makes_the_row_too_wide() -> None:
    data = workbook({"item": [["item"], ["I1", "more"], ["I2", None, "far"]]})
    assert sheets(data)["item.csv"][1:] == [(2, ["I1", "more"]), (3, ["I2", "", "far"])]


def test_a_cell_in_the_last_column_of_all_takes_no_room() -> None:
    rows = '<row r="1"><c t="str"><v>item</v></c></row><row r="9"><c r="XFD9"><v>1</v></c></row>'
    ((_, header), (number, record)) = sheets(raw_book(rows, "item"))["item.csv"]
    assert (header, number, len(record), record[-1]) == (["item"], 9, 65, "1")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-5, "-5"),
        (2**53, str(2**53)),
        (0.1, "0.1"),
        (1 / 3, "0.3333333333333333"),
        (1e-7, "0.0000001"),
        (1e20, "100000000000000000000"),
        (5.0, "5"),
        ("text", "text"),
        ("0012", "0012"),
        ("=1+1 typed as text", None),
        ("需要①", "需要①"),
        (" spaces ", " spaces "),
        ("two\nlines", "two\nlines"),
        ('{"a": 1}', '{"a": 1}'),
    ],
)
def test_cells_become_the_text_that_a_csv_file_would_hold(value: object, text: str | None) -> None:
    if text is not None:
        data = workbook({"demand_family": [["family"], [value]]})
        assert sheets(data)["demand_family.csv"][1] == (2, [text])


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<c><v>1E+2</v></c>", "100"),
        ("<c><v>0.10000000000000001</v></c>", "0.1"),
        ("<c><v>1e400</v></c>", "1e400"),
        ("<c><v>12345678901234567890</v></c>", "12345678901234567890"),
        ("<c><v>NaN</v></c>", "NaN"),
        ("<c><v>１２</v></c>", "１２"),
        ("<c><v>1_000</v></c>", "1_000"),
        ('<c t="n"><v> 5 </v></c>', "5"),
        ("<c><f>1+1</f><v>2</v></c>", "2"),
        ('<c t="str"><f>A1</f><v>x</v></c>', "x"),
        ('<c t="s"><v>0</v></c>', "東京"),
        ('<c t="s"><v>1</v></c>', "bold plain"),
        ('<c t="s"><v>2</v></c>', "a_x0041_b"),
        ('<c t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c>', "ab"),
        ("<c><v>" + "1" * 5000 + "</v></c>", "1" * 5000),
    ],
)
def test_cells_are_read_as_they_are_stored(cell: str, text: str) -> None:
    strings = (
        "<si><t>東京</t><rPh sb='0' eb='2'><t>トウキョウ</t></rPh></si>"
        "<si><r><t>bold </t></r><r><t>plain</t></r></si><si><t>a_x005F_x0041_b</t></si>"
    ).encode()
    assert sheets(demand_book(cell, strings=strings))["demand_family.csv"][1][1][2] == text


def test_a_date_is_read_where_there_are_dates_only() -> None:
    shares = ["family", "sku", "effective_from", "effective_to"]
    data = workbook({"mix_share": [shares, ["F", "S", date(2026, 11, 20), datetime(2026, 12, 31)]]})  # noqa: DTZ001
    assert sheets(data)["mix_share.csv"][1] == (2, ["F", "S", "2026-11-20", "2026-12-31"])
    orders = workbook({"open_po": [["item", "due"], ["I", date(2026, 11, 20)], ["I", "2026-W47"]]})
    assert [record for _, record in sheets(orders)["open_po.csv"]][1:] == [["I", "2026-11-20"], ["I", "2026-W47"]]


@pytest.mark.parametrize("kind", [14, 27, 31, 36, 50, 58, 200, 201])
def test_dates_are_known_by_their_format_also_in_japanese(kind: int) -> None:
    styles = (
        '<numFmts><numFmt numFmtId="200" formatCode="[$-411]ggge&quot;年&quot;m&quot;月&quot;"/>'
        '<numFmt numFmtId="201" formatCode="yyyy/mm/dd;@"/></numFmts>'
        f'<cellStyleXfs><xf numFmtId="0"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="{kind}"/></cellXfs>'
    ).encode()
    data = demand_book('<c s="1"><v>46346</v></c>', '<c s="0"><v>46346</v></c>', styles=styles)
    found, problems = taken(data)
    assert [(problem.rule, problem.line) for problem in problems.kept] == [("date-cell", 2)]
    assert "2026-11-20" in problems.kept[0].message
    assert found["demand_family.csv"][1][1][2] == "46346"


def test_dates_since_1904_are_read_as_such() -> None:
    found = parts_of(workbook({"open_po": [["due"], [date(2026, 11, 20)]]}))
    found["xl/workbook.xml"] = found["xl/workbook.xml"].replace(b"<workbookPr ", b'<workbookPr date1904="1" ')
    assert sheets(packed(found))["open_po.csv"][1] == (2, ["2030-11-21"])


def test_a_date_written_as_text_of_its_own_kind_is_read() -> None:
    rows = '<row><c t="str"><v>due</v></c></row><row><c t="d"><v>2026-11-20</v></c></row>'
    assert sheets(raw_book(rows, "open_po"))["open_po.csv"][1] == (2, ["2026-11-20"])


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (True, "boolean-cell"),
        (False, "boolean-cell"),
        ("#REF!", "error-cell"),
        ("#N/A", "error-cell"),
        ("=A1*2", "formula-cell"),
        (date(2026, 1, 1), "date-cell"),
        (datetime(2026, 1, 1, 12), "date-cell"),  # noqa: DTZ001
        (time(12, 30), "date-cell"),
        (timedelta(hours=30), "date-cell"),
    ],
)
def test_a_cell_that_is_neither_number_nor_text_is_a_problem(value: object, rule: str) -> None:
    data = workbook({"demand_family": [*DEMAND, ["F2", "2026-01", value], ["F3", "2026-01", 1]]})
    found, problems = taken(data)
    (problem,) = problems.kept
    assert (problem.rule, problem.place, problem.column) == (rule, "book.xlsx/demand_family:3", "demand")
    assert problem.value
    assert [record[0] for _, record in found["demand_family.csv"]] == ["family", "F1", "F3"]


def test_a_period_that_became_a_date_is_answered_with_what_to_do() -> None:
    _, problems = taken(workbook({"demand_family": [DEMAND[0], ["F", date(2026, 1, 1), 1]]}))
    assert problems.kept[0].column == "period"
    assert "format the column as text" in problems.kept[0].message


def test_a_time_of_day_is_no_date_either() -> None:
    data = workbook({"open_po": [["due"], [datetime(2026, 1, 1, 12)], [time(12)], [-1]]})  # noqa: DTZ001
    assert [wrong[0] for wrong in found_wrong(data)] == ["date-cell", "date-cell"]


def test_a_header_that_holds_a_date_ends_its_sheet() -> None:
    found, problems = taken(workbook({"demand_family": [["family", date(2026, 1, 1)], ["F", 1]]}))
    assert found == {"demand_family.csv": []}
    assert [problem.line for problem in problems.kept] == [1]


# Objects --------------------------------------------------------------------------------------------------------------

WEEKS = ["period", "start_date", "end_date", "week_code", "sequence", "week_start", "week_end", "weight", "attributes"]


def test_a_calendar_is_read_from_its_table() -> None:
    rows = [
        WEEKS,
        ["2026-01", date(2026, 1, 1), "2026-01-31", "W05", 5, date(2026, 1, 26), "2026-01-31", 6, '{"a": 1}'],
        ["2026-01", date(2026, 1, 1), "2026-01-31", "W04", 4],
        ["2026-02", "2026-02-01", "2026-02-28", None, 0, None, None, 1, "{}"],
    ]
    data = workbook({"planning_calendar": rows, "planning_calendar_facts": [["name", "value"], ["week_unit", "day"]]})
    values = sheets(data)["planning_calendar.json"]
    assert values["week_unit"] == "day"
    problems = ProblemList()
    assert read_calendar(values, "x", problems).weeks == [
        CalendarWeek("2026-01", 5, "W05", "2026-01-26", "2026-01-31", "2026-01-01", "2026-01-31", 6.0, '{"a":1}'),
        CalendarWeek("2026-01", 4, "W04", None, None, "2026-01-01", "2026-01-31"),
        CalendarWeek("2026-02", 0, "", None, None, "2026-02-01", "2026-02-28"),
    ]
    assert problems.kept == []


def test_a_calendar_of_a_header_only_is_none() -> None:
    assert sheets(workbook({"planning_calendar": [WEEKS]})) == {"planning_calendar.json": {}}
    assert sheets(workbook({"planning_calendar": []})) == {"planning_calendar.json": {}}


def test_what_is_wrong_in_a_calendar_is_named_with_its_row() -> None:
    rows = [
        [*WEEKS[:7], "attributes"],
        ["2026-01", "2026-01-01", "2026-01-31", "W1", 1, None, None, "{"],
        ["2026-01", "2026-01-01", "2026-01-30", "W2", "#REF!"],
        [date(2026, 2, 1), "2026-02-01", "2026-02-28", "W3", 3, None, None, None, "beyond"],
    ]
    source = "book.xlsx/planning_calendar"
    assert found_wrong(workbook({"planning_calendar": rows})) == [
        ("json-syntax", source, 2, "attributes"),
        ("error-cell", source, 3, "sequence"),
        ("calendar-dates", source, 3, "start_date"),
        ("ragged-row", source, 4, None),
        ("date-cell", source, 4, "period"),
    ]


def test_settings_are_names_and_values() -> None:
    rows: list[list[object]] = [
        ["name", "value"],
        ["lt_unit", "week"],
        ["quoted", '"week"'],
        ["recon_window_days", 5],
        ["tolerance_abs", "0.5"],
        ["object", '{"a": [1, null]}'],
        ["flag", True],
        ["other", "true"],
        ["nothing", "null"],
        ["empty", None],
        ["sentence", "two, 3"],
    ]
    assert sheets(workbook({"planning_params": rows, "meta": rows[:2]})) == {
        "planning_params.json": {
            "lt_unit": "week",
            "quoted": "week",
            "recon_window_days": 5,
            "tolerance_abs": 0.5,
            "object": {"a": [1, None]},
            "flag": True,
            "other": True,
            "nothing": None,
            "empty": None,
            "sentence": "two, 3",
        },
        "meta.json": {"lt_unit": "week"},
    }


def test_what_is_wrong_in_settings_is_named_with_its_row() -> None:
    rows = [["name", "value"], ["a", 1], ["a", 2], [None, 3], ["b", "{"], ["c", date(2026, 1, 1)], ["d", '{"x":NaN}']]
    source = "book.xlsx/meta"
    assert found_wrong(workbook({"meta": rows})) == [
        ("json-duplicate-key", source, 3, "name"),
        ("required", source, 4, "name"),
        ("json-syntax", source, 5, "value"),
        ("date-cell", source, 6, "value"),
        ("number", source, 7, "value.x"),
    ]
    assert found_wrong(workbook({"meta": [["name", "valu", "name"]]})) == [
        ("unknown-column", source, 1, "valu"),
        ("duplicate-column", source, 1, "name"),
        ("missing-column", source, 1, "value"),
    ]


# Hostile --------------------------------------------------------------------------------------------------------------

GOOD = parts_of(workbook({"demand_family": DEMAND}))
LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]>"
)


def with_sheet(content: bytes) -> bytes:
    return packed({**GOOD, SHEET: content})


def rows(xml: str) -> bytes:
    return raw_book(xml)


HOSTILE: dict[str, tuple[str, bytes]] = {
    "nothing": ("not-a-workbook", b""),
    "a CSV file": ("not-a-workbook", b"family,period,demand\n"),
    "an old workbook": ("not-a-workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500),
    "a zip of CSV files": ("not-a-workbook", zipped(described())),
    "no relations": ("not-a-workbook", packed({name: part for name, part in GOOD.items() if name != "_rels/.rels"})),
    "no workbook": ("workbook", packed({name: part for name, part in GOOD.items() if name != "xl/workbook.xml"})),
    "no sheet": ("workbook", packed({name: part for name, part in GOOD.items() if name != SHEET})),
    "macros": ("macros", packed({**GOOD, "xl/vbaProject.bin": b"x"})),
    "macros in another case": ("macros", packed({**GOOD, "xl/VBAPROJECT.BIN": b"x"})),
    "a part that climbs out": ("unsafe-path", packed({**GOOD, "xl/../../x.xml": b"x"})),
    "an absolute part": ("unsafe-path", packed({**GOOD, "/x.xml": b"x"})),
    "a part twice": ("duplicate-name", packed({**GOOD, "XL/workbook.xml": b"x"})),
    "a linked part": ("special-file", packed(GOOD, [Entry(name=b"x.xml", attributes=LINK)])),
    "an encrypted part": ("encrypted", packed(GOOD, [Entry(name=b"x.xml", flags=1)])),
    "1 001 parts": ("too-many-entries", packed({f"x{n}.xml": b"" for n in range(1001)})),
    "a sheet of 1 GB": ("too-large", packed(GOOD, [Entry(name=b"xl/x.xml", size=1 << 30)])),
    "a picture of 1 GB": ("too-large", packed(GOOD, [Entry(name=b"xl/x.png", size=1 << 30)])),
    "a sheet of zeros": ("ratio", with_sheet(b"0" * (11 * MIB))),
    "a sheet that is more than it says": (
        "size-mismatch",
        packed(GOOD, [Entry(name=b"x.xml", content=b"0" * MIB, size=5)]),
    ),
    "a damaged sheet": ("crc", packed(GOOD, [Entry(name=b"x.xml", crc=1)])),
    "an entity bomb": ("xml-entities", with_sheet(LAUGHS + b"<worksheet>&j;</worksheet>")),
    "an entity bomb in the texts": ("xml-entities", raw_book("", texts=LAUGHS + b"<sst><si>&j;</si></sst>")),
    "an entity bomb in the workbook": ("xml-entities", packed({**GOOD, "xl/workbook.xml": LAUGHS + b"<x>&j;</x>"})),
    "an entity of a file": (
        "xml-entities",
        with_sheet(b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'),
    ),
    "an entity in UTF-16": (
        "xml-entities",
        with_sheet('<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY e "x">]><x/>'.encode("utf-16")),
    ),
    "no XML": ("workbook", with_sheet(b"family,period,demand\n")),
    "XML cut off": ("workbook", with_sheet(GOOD[SHEET][:300])),
    "an unknown encoding": ("workbook", with_sheet(b'<?xml version="1.0" encoding="utf-7"?><x/>')),
    "elements without end": ("workbook", with_sheet(b"<x>" * 100_000)),
    "rows that go back": ("workbook", rows('<row r="2"><c><v>1</v></c></row><row r="1"><c><v>1</v></c></row>')),
    "a row twice": ("workbook", rows('<row r="2"><c><v>1</v></c></row><row r="2"/>')),
    "a row beyond the last": ("workbook", rows('<row r="1048577"><c><v>1</v></c></row>')),
    "a row far beyond the last": ("workbook", rows('<row r="99999999999999999999"/>')),
    "a row before the first": ("workbook", rows('<row r="0"/>')),
    "a row in full-width digits": ("workbook", rows('<row r="１"/>')),
    "a cell twice": ("workbook", rows('<row r="1"><c r="A1"/><c r="A1"/></row>')),
    "a cell of another row": ("workbook", rows('<row r="1"><c r="A2"/></row>')),
    "a cell beyond the last column": ("workbook", rows('<row r="1"><c r="XFE1"/></row>')),
    "a cell without a column": ("workbook", rows('<row r="1"><c r="1"/></row>')),
    "a cell outside of rows": ("workbook", rows('<c r="A1"/>')),
    "a text that is not there": ("workbook", rows('<row r="1"><c t="s"><v>7</v></c></row>')),
    "a text before the first": ("workbook", rows('<row r="1"><c t="s"><v>-1</v></c></row>')),
    "a cell of no kind": ("workbook", rows('<row r="1"><c t="x"><v>7</v></c></row>')),
}


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory for temporary files, in which nothing may be left; every spool goes to disk at once."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(archives, "_IN_MEMORY", 1)
    yield tmp_path
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_refused_with_its_reason(name: str, workplace: Path) -> None:
    reason, data = HOSTILE[name]
    error = refused(data)
    assert error.params["reason"] == reason
    assert error.message.startswith("book.xlsx")
    assert error.remedy


@pytest.mark.parametrize("name", [name for name in HOSTILE if HOSTILE[name][0] not in {"workbook", "xml-entities"}])
def test_the_guard_alone_refuses_what_is_wrong_with_the_archive(name: str) -> None:
    if name != "no relations":
        with pytest.raises(ArchiveRejectedError):
            check_workbook(stream("book.xlsx", HOSTILE[name][1]))


def test_an_honest_workbook_passes_the_guard(workplace: Path) -> None:
    check_workbook(stream("book.xlsx", packed(GOOD)))
    check_workbook(stream("book.xlsx", packed({**GOOD, "xl/externalLinks/externalLink1.xml": b"<x/>"})))


@pytest.mark.parametrize("limit", ["_TEXT_BYTES", "_STYLE_BYTES", "_LIST_BYTES"])
def test_what_is_kept_in_memory_has_limits(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_parts, limit, 30)
    assert refused(raw_book("", strings=b"<si><t>a</t></si>")).params["reason"] == "too-large"


def test_sheets_by_the_thousand_are_refused() -> None:
    book = GOOD["xl/workbook.xml"]
    start, end = book.index(b"<sheet "), book.index(b"</sheets>")
    many = book[:start] + book[start:end] * 1001 + book[end:]
    assert refused(packed({**GOOD, "xl/workbook.xml": many})).params["reason"] == "too-many-entries"


@pytest.mark.parametrize(
    "inside",
    [
        "<row/>" * 100_000,
        "<row><c/></row>" * 50_000,
        "<row>" + "<c/>" * 16_384 + "</row>",
        "<row><x>" + "<y/>" * 100_000 + "</x></row>",
    ],
)
def test_empty_elements_by_the_hundred_thousand_take_no_memory(inside: str) -> None:
    data = raw_book(inside)
    tracemalloc.start()
    try:
        assert sheets(data) == {"demand_family.csv": []}
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * MIB


def test_a_sheet_that_is_left_half_read_leaves_nothing(workplace: Path) -> None:
    parts = workbook_tables(stream("book.xlsx", workbook({"demand_family": DEMAND})), ProblemList())
    table = next(parts)
    assert isinstance(table, SheetTable)
    next(table.records)
    parts.close()  # type: ignore[attr-defined]


def test_without_the_extra_workbooks_are_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("defusedxml.ElementTree", "openpyxl.styles.numbers"):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, name, None)
            with pytest.raises(InvalidRequestError, match="extra 'excel' is not installed") as caught:
                taken(packed(GOOD))
            assert "pip install planvault[excel]" in str(caught.value.remedy)


def test_limits_of_a_workbook_can_be_narrowed() -> None:
    with pytest.raises(ArchiveRejectedError):
        check_workbook(stream("book.xlsx", packed(GOOD)), ArchiveLimits(listed=3))


def test_objects_and_tables_name_their_sheet() -> None:
    data = workbook({"meta": [["name", "value"]], "bom": [["parent"]]})
    found = list(workbook_tables(stream("book.xlsx", data), ProblemList()))
    assert [part.source for part in found] == ["book.xlsx/meta", "book.xlsx/bom"]
    assert isinstance(found[0], SheetObject)


def test_the_header_of_the_builder_is_read() -> None:
    assert sheets(raw_book(HEADER)) == {"demand_family.csv": [(1, ["family", "period", "demand"])]}
