"""Whole sets in one file: a zip, a workbook and a document hold what a directory of files holds."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from planvault.adapters.exchange.input_reader import FileInputReader
from planvault.adapters.exchange.input_writer import FileInputWriter
from planvault.adapters.exchange.samples import sample_directory
from planvault.application.exchange import ExportForm, ExportOptions, NamedStream
from planvault.domain.errors import (
    ArchiveRejectedError,
    PlanvaultError,
    TooLargeError,
    UnsupportedEncodingError,
    ValidationError,
)
from planvault.domain.inputs.content import InputContent
from planvault.domain.inputs.rows import Item

from .builders import finished
from .contents import LETTERS, contents, outgoing

GOOD = "family,period,demand\nF1,2026-01,10\n"


def stream(name: str, data: bytes) -> NamedStream:
    return NamedStream(name=name, open=lambda: io.BytesIO(data))


async def packed(content: InputContent, form: ExportForm, *, include_meta: bool = False) -> bytes:
    made = await FileInputWriter().packed(form, outgoing(content), ExportOptions(include_meta=include_meta), ())
    with made.file as file:
        return file.read()


def read_back(form: ExportForm, data: bytes) -> InputContent:
    return finished(FileInputReader().streams([stream(f"weekly.{form}", data)])).content


def problems_of(name: str, data: bytes) -> list[tuple[str, str, str | None]]:
    with pytest.raises(ValidationError) as refusal:
        finished(FileInputReader().streams([stream(name, data)]))
    return [(problem.source, problem.rule, problem.column) for problem in refusal.value.problems]


@pytest.mark.parametrize("form", ExportForm)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(content=contents(LETTERS + "é𠮷_x0041"))
def test_every_kind_of_export_imports_to_the_same_content(form: ExportForm, content: InputContent) -> None:
    data = asyncio.run(packed(content, form, include_meta=True))
    if any(content.row_counts.values()):
        assert read_back(form, data).content_hash == content.content_hash


@pytest.mark.parametrize("form", ExportForm)
def test_the_sample_is_the_same_by_directory_and_in_one_file(form: ExportForm) -> None:
    sample = finished(FileInputReader().path(sample_directory())).content
    content = InputContent.of({name: list(sample.rows(name)) for name in sample.row_counts})
    assert read_back(form, asyncio.run(packed(content, form))).content_hash == sample.content_hash


def test_text_that_looks_like_an_escape_or_a_formula_stays_as_it_is_in_a_workbook() -> None:
    items = [Item(code, 1.0, 1.0, 0.0) for code in ("_x0041_", "'=1", "=1+1", "_x005F_")]
    content = InputContent.of({"items": items})
    data = asyncio.run(packed(content, ExportForm.XLSX))
    assert [row.item_code for row in read_back(ExportForm.XLSX, data).rows("items")] == sorted(
        item.item_code for item in items
    )


def test_problems_are_told_with_sheet_member_or_entry() -> None:
    document = {"item": [{"item": "I", "lt": "x", "lot": 1, "moq": 0}], "weather": []}
    assert set(problems_of("set.json", json.dumps(document).encode())) == {
        ("set.json", "unknown-key", "weather"),
        ("set.json", "number", "item[0].lt"),
    }


def test_what_a_file_says_it_is_has_to_be_true() -> None:
    wrong: tuple[tuple[str, bytes, type[PlanvaultError]], ...] = (
        ("set.zip", b"junk", ArchiveRejectedError),
        ("set.zip", b"", ArchiveRejectedError),
        ("set.xlsx", b"junk", ArchiveRejectedError),
        ("set.xls", b"\xd0\xcf\x11\xe0 old", ArchiveRejectedError),
        ("set.json", b"[]", ValidationError),
        ("set.json", b"{", ValidationError),
        ("set.json", b"\xff\xfe\xfd\x80\x81", UnsupportedEncodingError),
        ("set.json", b" " * (16 * 1024 * 1024 + 1), TooLargeError),
    )
    for name, data, expected in wrong:
        with pytest.raises(expected):
            finished(FileInputReader().streams([stream(name, data)]))


def test_a_whole_set_comes_alone(tmp_path: Path) -> None:
    (tmp_path / "demand_family.csv").write_text(GOOD)
    (tmp_path / "set.zip").write_bytes(b"")
    with pytest.raises(ValidationError) as refusal:
        finished(FileInputReader().path(tmp_path))
    (problem,) = refusal.value.problems
    assert (problem.source, problem.rule) == ("set.zip", "unknown-file")
    assert "import it alone" in problem.message


def test_a_report_of_differences_among_the_files_is_no_input(tmp_path: Path) -> None:
    (tmp_path / "demand_family.csv").write_text(GOOD)
    before = finished(FileInputReader().path(tmp_path))
    (tmp_path / "diff_report.json").write_text("anything")
    after = finished(FileInputReader().path(tmp_path))
    assert (after.content.content_hash, after.files) == (before.content.content_hash, before.files)


def test_the_source_is_told_by_the_name() -> None:
    reader = FileInputReader()
    known = {"a.zip": "zip", "a.XLSX": "xlsx", "a.json": "json", "planning_params.json": None, "item.csv": None}
    assert {name: reader.source_of([name]) for name in known} == known
    assert reader.source_of(["a.zip", "b.zip"]) is None
