"""What is exported imports again to the same content."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planvault.adapters.exchange.input_files import CSV_FILES
from planvault.adapters.exchange.input_reader import FileInputReader
from planvault.adapters.exchange.input_writer import FileInputWriter
from planvault.adapters.exchange.samples import sample_directory
from planvault.application.exchange import (
    ExportEncoding,
    ExportForm,
    ExportLayout,
    ExportOptions,
    OutgoingFile,
    PackedInputs,
)
from planvault.domain.errors import InvalidRequestError
from planvault.domain.inputs.content import InputContent, parameter_rows
from planvault.domain.inputs.rows import Item, PeriodMetric
from planvault.testing.builders import a_content

from .builders import finished
from .contents import LETTERS, all_options, as_legacy, contents, exported, imported, outgoing

LEGACY = ExportOptions(layout=ExportLayout.LEGACY)
CP932 = ExportOptions(encoding=ExportEncoding.CP932)
UTF_8S = (ExportEncoding.UTF_8, ExportEncoding.UTF_8_SIG)
SLOW = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(content=contents(LETTERS + "é𠮷\u3000 〜¥"), options=all_options(*UTF_8S))
def test_an_export_in_unicode_imports_to_the_same_content(content: InputContent, options: ExportOptions) -> None:
    assert imported(asyncio.run(exported(content, options))).content_hash == content.content_hash


@SLOW
@given(content=contents(), options=all_options(ExportEncoding.CP932))
def test_an_export_in_cp932_imports_to_the_same_content_or_is_refused(
    content: InputContent, options: ExportOptions
) -> None:
    try:
        files = asyncio.run(exported(content, options))
    except InvalidRequestError as error:
        assert "would be read as UTF-8" in error.message  # noqa: PT017 (either way is right)
        return
    assert imported(files).content_hash == content.content_hash


@SLOW
@given(content=contents().map(as_legacy), options=all_options(*UTF_8S))
def test_the_legacy_layout_carries_what_it_has_columns_for(content: InputContent, options: ExportOptions) -> None:
    legacy = replace(options, layout=ExportLayout.LEGACY, include_meta=True)
    assert imported(asyncio.run(exported(content, legacy))).content_hash == content.content_hash


@SLOW
@given(content=contents(LETTERS + "é𠮷〜"), safe=st.booleans())
def test_a_zip_holds_the_files_and_is_the_same_every_time(content: InputContent, safe: bool) -> None:
    options = ExportOptions(spreadsheet_safe=safe)
    first, again = (packed(ExportForm.ZIP, content, options, batch=batch) for batch in (1, 3))
    assert first == again
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
        assert {info.date_time for info in archive.infolist()} <= {(1980, 1, 1, 0, 0, 0)}
    assert files == asyncio.run(exported(content, options))


@SLOW
@given(content=contents(LETTERS + "é𠮷〜"))
def test_a_document_says_every_row_and_object(content: InputContent) -> None:
    said = json.loads(packed(ExportForm.JSON, content))
    assert said.pop("schema_version") == "planvault-inputs-1"
    files = {f"{name}.json": json.dumps(said.pop(name)).encode() for name in OBJECTS if name in said}
    assert imported(files | {f"{name}.csv": csv_of(name, rows) for name, rows in said.items()}) == content


@SLOW
@given(content=contents(LETTERS + "é𠮷〜"))
def test_a_workbook_keeps_numbers_exactly_and_text_as_text(content: InputContent) -> None:
    files = files_of_workbook(packed(ExportForm.XLSX, content))
    assert imported(files) == content


OBJECTS = ("planning_calendar", "planning_params", "meta", "input_set_meta")


def packed(form: ExportForm, content: InputContent, options: ExportOptions | None = None, *, batch: int = 2) -> bytes:
    async def written() -> PackedInputs:
        return await FileInputWriter().packed(form, outgoing(content, batch), options or ExportOptions())

    made = asyncio.run(written())
    with made.file:
        data = made.file.read()
    assert len(data) == made.size
    return data


def csv_of(name: str, rows: list[dict[str, Any]]) -> bytes:
    """Row objects as CSV in UTF-8, apostrophes put on as an export would."""
    buffer = io.StringIO()
    headers = [column.headers[0] for column in CSV_FILES[f"{name}.csv"].columns]
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(headers)
    writer.writerows([[_cell(row.get(header)) for header in headers] for row in rows])
    return buffer.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, str):
        # An import takes one apostrophe off a cell that begins like that.
        return f"'{value}" if value.startswith("'") and value.lstrip("'")[:1] in set("=+-@＝＋－＠") - {""} else value
    return plain(value)


def plain(value: float) -> str:
    from planvault.adapters.exchange.series_numbers import plain_number  # noqa: PLC0415

    return plain_number(float(value))


def files_of_workbook(data: bytes) -> dict[str, bytes]:
    """The sheets of a workbook as the files that they stand for."""
    from openpyxl import load_workbook  # noqa: PLC0415

    book = load_workbook(io.BytesIO(data))
    files: dict[str, bytes] = {}
    facts: dict[str, Any] = {}
    periods: dict[str, dict[str, Any]] = {}
    for sheet in book.worksheets:
        if sheet.title == "empty":
            continue
        headers, *rows = ([cell.value for cell in row] for row in sheet.iter_rows())
        assert all(cell.data_type in "nsb" for row in sheet.iter_rows() for cell in row)
        records: list[dict[Any, Any]] = [dict(zip(headers, row, strict=False)) for row in rows]
        if f"{sheet.title}.csv" in CSV_FILES:
            files[f"{sheet.title}.csv"] = csv_of(sheet.title, records)
        elif sheet.title == "planning_calendar":
            for record in records:
                take_week(periods, record)
        elif sheet.title == "planning_calendar_facts":
            facts = {record["name"]: json.loads(record["value"]) for record in records}
        else:
            values = {record["name"]: json.loads(record["value"]) for record in records}
            files[f"{sheet.title}.json"] = json.dumps(values).encode()
    if facts or periods:
        files["planning_calendar.json"] = json.dumps({**facts, "periods": list(periods.values())}).encode()
    return files


def take_week(periods: dict[str, dict[str, Any]], record: dict[str, Any]) -> None:
    period = periods.setdefault(
        record["period"],
        {"period": record["period"], "start_date": record["start_date"], "end_date": record["end_date"], "weeks": []},
    )
    if record["week_code"] is not None:
        period["weeks"].append(
            {
                "week_code": record["week_code"],
                "sequence": record["sequence"],
                "start_date": record["week_start"],
                "end_date": record["week_end"],
                "weight": record["weight"],
                "attributes": json.loads(record["attributes"] or "{}"),
            }
        )


# By example -----------------------------------------------------------------------------------------------------------


async def test_the_sample_comes_back_whole_in_every_encoding_it_fits() -> None:
    content = finished(FileInputReader().path(sample_directory())).content
    for encoding in ExportEncoding:
        files = await exported(content, ExportOptions(encoding=encoding, spreadsheet_safe=True, include_meta=True))
        assert imported(files) == content


async def test_a_file_is_there_only_where_its_section_has_rows() -> None:
    content = InputContent.of({"items": [Item("A")], "period_metrics": [PeriodMetric("custom", "2026-01", 0.5, "h")]})
    files = await exported(content)
    assert files == {
        "period_metric.csv": b"metric_code,period,value,unit,source,attributes\ncustom,2026-01,0.5,h,,\n",
        "item.csv": b"item,lt,lot,moq,item_name,unit,attributes\nA,0,1,0,,,\n",
    }


async def test_the_legacy_layout_has_its_files_always_and_its_columns_exactly() -> None:
    assert await exported(InputContent.of({}), LEGACY) == {
        "demand_family.csv": b"family,period,demand\n",
        "capacity.csv": b"workcenter,period,capacity\n",
        "mix_share.csv": b"family,sku,share\n",
        "inventory.csv": b"loc,item,qty\n",
        "open_po.csv": b"item,due,qty\n",
        "period_cost.csv": b"period,cost\n",
        "period_score.csv": b"period,score\n",
        "planning_calendar.json": b"{}\n",
    }
    with_meta = await exported(a_content(), replace(LEGACY, include_meta=True))
    assert json.loads(with_meta["planning_params.json"]) == {"lt_unit": "day"}
    assert json.loads(with_meta["input_set_meta.json"]) == {"label": "weekly", "number": 3, "status": "ready"}


async def test_the_byte_order_mark_stands_once() -> None:
    content = InputContent.of({"items": [Item(f"A{number}") for number in range(5)]})
    data = (await exported(content, ExportOptions(encoding=ExportEncoding.UTF_8_SIG)))["item.csv"]
    assert data.startswith(b"\xef\xbb\xbfitem,")
    assert data.count(b"\xef\xbb\xbf") == 1


async def test_numbers_have_no_exponent_and_read_back_exactly() -> None:
    values = [0.1 + 0.2, 123456789.12345679, 1e-7, 2.0**53, 1 / 3]
    content = InputContent.of({"items": [Item(f"A{place}", value) for place, value in enumerate(values)]})
    files = await exported(content)
    assert b"e" not in files["item.csv"].partition(b"\n")[2]
    assert [row.lead_time for row in imported(files).rows("items")] == values


async def test_what_cp932_cannot_carry_is_refused_with_its_places() -> None:
    items = [Item("A", item_name="9〜17"), Item("B", item_name="¥ é"), Item("C", item_name="9～17")]
    with pytest.raises(InvalidRequestError, match=r"〜 U\+301C \(item\.csv:2 item_name\)") as caught:
        await exported(InputContent.of({"items": items}), CP932)
    assert caught.value.params["total"] == 3
    characters: Any = caught.value.params["characters"]
    assert [(found["code"], found["line"]) for found in characters] == [("U+301C", 2), ("U+00A5", 3), ("U+00E9", 3)]


async def test_cp932_that_would_be_taken_for_utf_8_is_refused() -> None:
    content = InputContent.of({"items": [Item("ﾃ｡")]})
    assert "ﾃ｡".encode("cp932").decode("utf-8") == "á"
    with pytest.raises(InvalidRequestError, match=r"item\.csv in cp932 would be read as UTF-8"):
        await exported(content, CP932)


@pytest.mark.parametrize("form", [ExportForm.XLSX, ExportForm.JSON])
@pytest.mark.parametrize("options", [CP932, ExportOptions(spreadsheet_safe=True)])
async def test_options_of_csv_files_are_refused_elsewhere(form: ExportForm, options: ExportOptions) -> None:
    with pytest.raises(InvalidRequestError, match=str(form)):
        await FileInputWriter().packed(form, outgoing(a_content()), options)


async def test_further_files_go_into_a_zip_only() -> None:
    async def said() -> Any:
        yield b"{}"

    beside = [OutgoingFile(name="diff_report.json", row_count=0, pieces=said)]
    made = await FileInputWriter().packed(ExportForm.ZIP, outgoing(a_content()), ExportOptions(), beside)
    with made.file, zipfile.ZipFile(made.file) as archive:
        assert archive.namelist()[-1] == "diff_report.json"
    with pytest.raises(InvalidRequestError, match="no further files"):
        await FileInputWriter().packed(ExportForm.JSON, outgoing(a_content()), ExportOptions(), beside)


async def test_a_text_that_no_cell_takes_is_refused_instead_of_cut() -> None:
    content = InputContent.of({"parameters": parameter_rows("metadata", {"note": "x" * 40_000})})
    with pytest.raises(InvalidRequestError, match="longer than a cell"):
        await FileInputWriter().packed(ExportForm.XLSX, outgoing(content), ExportOptions())


def test_a_workbook_is_the_same_every_time_and_holds_no_formula() -> None:
    content = InputContent.of({"items": [Item("=1+1", item_name="#REF!"), Item("2026-01-01", item_name="1e5")]})
    first, again = (packed(ExportForm.XLSX, content) for _ in range(2))
    assert first == again
    assert imported(files_of_workbook(first)) == content
    with zipfile.ZipFile(io.BytesIO(first)) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
