"""Plans taken out in the forms that hold rows of levels, and registered again."""

from __future__ import annotations

import io
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault import RegisterRequest
from planvault.adapters.exchange import parquet, workbook_sheets
from planvault.application.exchange import NamedStream
from planvault.application.plans.export_plan import PlanForm
from planvault.domain.errors import InvalidRequestError, NotFoundError, TooLargeError
from planvault.domain.plans.series import SeriesRow
from planvault.domain.plans.series_filter import SeriesFilter
from planvault.testing.builders import AYA, BEN, aggregate_rows, det_rows
from tests.unit.adapters.exchange.test_series_files import rows as any_row
from tests.unit.application.desk import Desk

FORMS = [PlanForm.CSV, PlanForm.JSONL]
if find_spec("pyarrow") is not None:
    FORMS.append(PlanForm.PARQUET)


async def planned(rows: Sequence[SeriesRow]) -> Desk:
    desk = Desk()
    await desk.planner.plans.register(RegisterRequest(actor=AYA, version_id="v1"), rows)
    return desk


async def exported(desk: Desk, form: PlanForm, **asked: Any) -> bytes:
    made = await desk.planner.plans.export_archive("v1", form=form, **asked)
    assert made.tag == await desk.planner.plans.export_tag("v1", form=form, **asked)
    whole = b"".join([piece async for piece in made.pieces()])
    assert made.size == len(whole)
    assert made.name.endswith(f".{form}")
    return whole


@pytest.mark.parametrize("form", FORMS)
@given(st.lists(any_row(), min_size=1, max_size=5))
async def test_whatever_the_rows_of_a_level_the_payload_digest_comes_back(
    form: PlanForm, drawn: list[SeriesRow]
) -> None:
    kept = {row[1:5]: row._replace(level="aggregate") for row in drawn}
    desk = await planned(list(kept.values()))
    for safe in (False, True) if form is PlanForm.CSV else (False,):
        data = await exported(desk, form, level="aggregate", spreadsheet_safe=safe)
        file = NamedStream(name=f"plan.{form}", open=lambda data=data: io.BytesIO(data))  # type: ignore[misc]
        version_id = f"again-{safe}"
        again = await desk.planner.plans.register_file(RegisterRequest(actor=BEN, version_id=version_id), file)
        assert again.payload_digest == (await desk.planner.plans.get("v1")).payload_digest


async def test_a_workbook_has_a_sheet_for_each_level_and_numbers_as_numbers() -> None:
    rows = [*aggregate_rows(), *det_rows(6)]
    desk = await planned([*rows[:4], rows[4]._replace(item_name="=1+1", demand=0.1), *rows[5:]])
    book = openpyxl.load_workbook(io.BytesIO(await exported(desk, PlanForm.XLSX)))
    assert book.sheetnames == ["aggregate", "det"]
    header, first, *more = book["det"].iter_rows(values_only=True)
    told = dict(zip(header, first, strict=True))
    assert (told["item_name"], told["demand"], told["backlog"], len(more)) == ("=1+1", 0.1, 0, 5)
    assert book["det"]["F2"].data_type == "s"
    one = openpyxl.load_workbook(io.BytesIO(await exported(desk, PlanForm.XLSX, level="det")))
    assert one.sheetnames == ["det"]


async def test_a_level_with_more_rows_than_a_sheet_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = await planned(det_rows(10))
    monkeypatch.setattr(workbook_sheets, "SHEET_ROWS", 10)
    with pytest.raises(TooLargeError, match="det has 10 rows"):
        await exported(desk, PlanForm.XLSX)
    monkeypatch.setattr(workbook_sheets, "SHEET_ROWS", 11)
    assert await exported(desk, PlanForm.XLSX)


async def test_a_level_that_cannot_be_a_sheet_is_refused() -> None:
    level = "x" * 32
    desk = await planned([row._replace(level=level) for row in det_rows(3)])
    with pytest.raises(InvalidRequestError, match="name of a sheet"):
        await exported(desk, PlanForm.XLSX)
    data = await exported(desk, PlanForm.CSV, level=level)
    assert len(data.splitlines()) == 4


async def test_only_the_rows_that_are_wanted_are_written_and_tags_tell_them_apart() -> None:
    desk = await planned(det_rows(10))
    only = SeriesFilter(bucket_to="2026-W01")
    lines = (await exported(desk, PlanForm.CSV, level="det", only=only)).splitlines()
    assert len(lines) == 3
    asked: list[dict[str, Any]] = [
        {"form": PlanForm.CSV, "level": "det"},
        {"form": PlanForm.CSV, "level": "det", "only": only},
        {"form": PlanForm.CSV, "level": "det", "spreadsheet_safe": True},
        {"form": PlanForm.JSONL, "level": "det"},
        {"form": PlanForm.XLSX},
        {},
    ]
    assert len({await desk.planner.plans.export_tag("v1", **one) for one in asked}) == len(asked)


async def test_what_a_form_does_not_have_is_refused() -> None:
    desk = await planned(det_rows(3))
    for asked in (
        {"form": PlanForm.CSV},
        {"form": PlanForm.PARQUET},
        {"form": PlanForm.ZIP, "level": "det"},
        {"form": PlanForm.ZIP, "only": SeriesFilter(item="x")},
        {"form": PlanForm.JSONL, "level": "det", "spreadsheet_safe": True},
    ):
        with pytest.raises(InvalidRequestError):
            await exported(desk, **asked)
    with pytest.raises(NotFoundError):
        await exported(desk, PlanForm.CSV, level="mrp")


async def test_parquet_without_its_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = await planned(det_rows(3))
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    with pytest.raises(InvalidRequestError) as refusal:
        await exported(desk, PlanForm.PARQUET, level="det")
    assert "planvault[parquet]" in str(refusal.value.remedy)
    file = NamedStream(name="x.parquet", open=lambda: io.BytesIO(b""))
    with pytest.raises(InvalidRequestError) as refusal:
        list(parquet.parquet_rows(file))
    assert "planvault[parquet]" in str(refusal.value.remedy)
