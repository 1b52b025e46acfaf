"""Replacing, merging, validating only, and the reports that imports leave."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from planvault.adapters.exchange.input_reader import FileInputReader
from planvault.application.exchange import InputReading
from planvault.application.inputs.import_inputs import ImportedInputs
from planvault.domain.errors import (
    InvalidRequestError,
    NotFoundError,
    StaleVersionError,
    UnsupportedEncodingError,
    ValidationError,
)
from planvault.domain.inputs.import_report import KEPT_REPORTS
from planvault.testing.builders import AYA, BEN
from tests.unit.adapters.exchange.builders import stream

from ..desk import Desk

DEMAND = "family,period,demand\nF1,2026-01,10\nF1,2026-02,20\n"
CAPACITY = "workcenter,period,capacity\nW,2026-01,5\nW,2026-02,5\n"
MIX = "family,sku,share\nF1,A,0.4\nF1,B,0.6\n"
WHOLE: Mapping[str, str] = {
    "demand_family.csv": DEMAND,
    "capacity.csv": CAPACITY,
    "mix_share.csv": MIX,
    "planning_params.json": '{"lt_unit": "day", "tolerance_abs": 1}',
}


@dataclass(kw_only=True)
class FileDesk(Desk):
    """A desk that reads files."""

    def __post_init__(self) -> None:
        self.reader = self.reader or FileInputReader()

    async def brought(self, files: Mapping[str, str | bytes], **asked: Any) -> ImportedInputs:
        streams = [stream(name, text) for name, text in files.items()]
        return await self.planner.inputs.import_files(**{"label": "weekly", "actor": AYA, "files": streams, **asked})

    async def rows(self, section: str) -> list[tuple[Any, ...]]:
        known = await self.planner.inputs.get("weekly")
        content = await self.planner.inputs.content(f"weekly@{known.current}")
        return [tuple(row) for row in content.rows(section)]


def calendar(**weeks: str) -> str:
    periods = [
        {
            "period": period.replace("_", "-").removeprefix("p"),
            "start_date": "2026-01-01",
            "end_date": "2026-12-31",
            "weeks": [{"week_code": week, "sequence": 1}],
        }
        for period, week in weeks.items()
    ]
    return json.dumps({"periods": periods})


async def test_replace_takes_the_files_for_the_whole_content() -> None:
    desk = FileDesk()
    await desk.brought(WHOLE)
    replaced = await desk.brought({"demand_family.csv": DEMAND})
    assert replaced.revision.row_counts == {"family_demands": 2}
    assert (str(replaced.apply_mode), replaced.base) == ("replace", None)


async def test_merge_keeps_absent_sections_and_lays_rows_over_rows_by_key() -> None:
    desk = FileDesk()
    await desk.brought(WHOLE)
    merged = await desk.brought(
        {
            "demand_family.csv": "family,period,demand\nF1,2026-02,99\nF1,2026-03,30\n",
            "planning_params.json": '{"tolerance_abs": 2}',
        },
        apply_mode="merge",
        actor=BEN,
    )
    assert merged.base == 1
    assert [row[1:3] for row in await desk.rows("family_demands")] == [
        ("2026-01", 10.0),
        ("2026-02", 99.0),
        ("2026-03", 30.0),
    ]
    assert len(await desk.rows("capacity_buckets")) == len(await desk.rows("mix_shares")) == 2
    assert [row[1:] for row in await desk.rows("parameters")] == [("lt_unit", '"day"'), ("tolerance_abs", "2")]
    assert merged.revision.authors == ("ben",)
    details = json.loads(desk.events[-1].details_json)
    assert (details["apply_mode"], details["base"]) == ("merge", 1)


async def test_a_period_of_the_calendar_is_merged_whole() -> None:
    desk = FileDesk()
    await desk.brought({"planning_calendar.json": calendar(p2026_01="W1", p2026_02="W5")})
    await desk.brought({"planning_calendar.json": calendar(p2026_02="W6", p2026_03="W9")}, apply_mode="merge")
    assert [(row[0], row[2]) for row in await desk.rows("calendar_weeks")] == [
        ("2026-01", "W1"),
        ("2026-02", "W6"),
        ("2026-03", "W9"),
    ]


async def test_a_merge_without_anything_to_merge_into_is_a_replace() -> None:
    desk, other = FileDesk(), FileDesk()
    merged = await desk.brought(WHOLE, apply_mode="merge")
    assert merged.base is None
    assert merged.content_hash == (await other.brought(WHOLE)).content_hash


async def test_a_merge_of_what_is_there_is_unchanged() -> None:
    desk = FileDesk()
    await desk.brought(WHOLE)
    assert (await desk.brought({"demand_family.csv": DEMAND}, apply_mode="merge")).unchanged


async def test_the_merged_whole_is_checked_and_base_rows_are_told_with_their_revision() -> None:
    desk = FileDesk()
    await desk.brought(WHOLE)
    with pytest.raises(ValidationError) as caught:
        await desk.brought({"mix_share.csv": "family,sku,share\nF1,A,0.9\n"}, apply_mode="merge")
    (problem,) = caught.value.problems
    assert (problem.rule, problem.source, problem.line) == ("share-sum", "weekly@1", None)


class _Interrupted(FileInputReader):
    """Lets somebody else import between reading and storing."""

    def __init__(self) -> None:
        super().__init__()
        self.finishing: Any = None

    def streams(self, files: Any, *, encoding: str | None = None) -> Any:
        reading = super().streams(files, encoding=encoding)
        if self.finishing is not None:
            meanwhile, self.finishing = self.finishing, None
            finish = reading.finish

            def interrupted() -> Any:
                meanwhile()
                return finish()

            reading.finish = interrupted  # type: ignore[method-assign]
        return reading


@pytest.mark.parametrize("asked", [{"apply_mode": "merge"}, {"base_revision": 1}])
async def test_an_import_whose_base_moved_meanwhile_stores_nothing(asked: dict[str, Any]) -> None:
    reader = _Interrupted()
    desk = FileDesk(reader=reader)
    await desk.brought(WHOLE)
    other = FileDesk(store=desk.store)

    def meanwhile() -> None:
        import asyncio  # noqa: PLC0415

        asyncio.run(other.brought({"demand_family.csv": DEMAND}))

    reader.finishing = meanwhile
    with pytest.raises(StaleVersionError, match="weekly"):
        await desk.brought({"item.csv": "item,lt,lot,moq\nI,1,1,0\n"}, **asked)
    known = await desk.planner.inputs.get("weekly")
    assert (known.current, len(known.revisions)) == (2, 2)
    assert (await desk.brought({"demand_family.csv": DEMAND}, apply_mode="merge")).unchanged


@pytest.mark.parametrize("mode", ["replace", "merge"])
async def test_the_revision_that_was_seen_has_to_be_the_current_one(mode: str) -> None:
    desk = FileDesk()
    with pytest.raises(StaleVersionError):
        await desk.brought(WHOLE, base_revision=1, apply_mode=mode)
    await desk.brought(WHOLE)
    with pytest.raises(StaleVersionError):
        await desk.brought(WHOLE, base_revision=2, apply_mode=mode)
    assert (await desk.brought(WHOLE, base_revision=1, apply_mode=mode)).unchanged


async def test_validating_only_leaves_the_store_as_it_is() -> None:
    desk = FileDesk()
    before = desk.kept()
    validated = await desk.brought(WHOLE, validate_only=True)
    assert (validated.number, validated.validated_only, validated.report_id) == (1, True, None)
    assert desk.kept() == before
    with pytest.raises(ValidationError) as caught:
        await desk.brought({"bom.csv": "x\n"}, validate_only=True)
    assert caught.value.params == {}
    assert desk.kept() == before
    assert (await desk.brought(WHOLE)).content_hash == validated.content_hash


@pytest.mark.parametrize("files", [{"bom.csv": "parent,child,qty\n"}, {"meta.json": "{}"}])
async def test_an_upload_without_a_row_is_refused_unless_it_is_meant(files: dict[str, str]) -> None:
    desk = FileDesk()
    with pytest.raises(ValidationError) as caught:
        await desk.brought(files)
    assert [problem.rule for problem in caught.value.problems] == ["no-rows"]
    assert (await desk.brought(files, allow_empty=True)).revision.row_counts == {}


async def test_a_header_alone_does_not_empty_a_section_unless_it_is_meant() -> None:
    desk = FileDesk()
    await desk.brought(WHOLE)
    emptied = {**WHOLE, "capacity.csv": "workcenter,period,capacity\n"}
    with pytest.raises(ValidationError) as caught:
        await desk.brought(emptied)
    (problem,) = caught.value.problems
    assert (problem.rule, problem.source) == ("no-rows", "capacity.csv")
    assert (await desk.brought(emptied, apply_mode="merge")).unchanged
    assert "capacity_buckets" not in (await desk.brought(emptied, allow_empty=True)).revision.row_counts


async def test_a_refused_import_keeps_its_report_and_nothing_else() -> None:
    desk = FileDesk()
    before = desk.kept()
    with pytest.raises(ValidationError) as caught:
        await desk.brought({"demand_family.csv": "family,period,demand\nF1,P,x\n"})
    assert replace(desk.kept(), import_reports={}) == before
    report = await desk.planner.inputs.report(str(caught.value.params["report_id"]))
    assert report.report_id in str(caught.value.remedy)
    assert (report.label, str(report.outcome), report.problem_count) == ("weekly", "refused", 1)
    assert report.problems == caught.value.problems
    assert [file.name for file in report.files] == ["demand_family.csv"]
    with pytest.raises(NotFoundError):
        await desk.planner.inputs.report("import-x")


async def test_a_wrong_encoding_is_refused_by_file_and_reported() -> None:
    desk = FileDesk()
    with pytest.raises(UnsupportedEncodingError, match=r"demand_family\.csv is not utf-8"):
        await desk.brought({"demand_family.csv": DEMAND.replace("F1", "\u5ead").encode("cp932")}, encoding="utf-8")
    (report,) = (await desk.planner.inputs.reports("weekly")).items
    assert report.message is not None
    read = await desk.brought(
        {"demand_family.csv": DEMAND.replace("F1", "\u5ead").encode("cp932")}, encoding="shift_jis"
    )
    assert read.files[0].encoding == "CP932"
    with pytest.raises(InvalidRequestError, match="no encoding"):
        await desk.brought(WHOLE, encoding="ebcdic")


async def test_a_report_that_cannot_be_kept_never_hides_the_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = FileDesk()

    async def broken(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("planvault.adapters.memory.import_reports.MemoryImportReportRepository.add", broken)
    with pytest.raises(ValidationError) as caught:
        await desk.brought({"bom.csv": "x\n"})
    assert "report_id" not in caught.value.params


async def test_stored_and_unchanged_imports_keep_reports_up_to_fifty() -> None:
    desk = FileDesk()
    for _ in range(KEPT_REPORTS + 3):
        last = await desk.brought(WHOLE)
        desk.clock.move(seconds=1)
    page = await desk.planner.inputs.reports("weekly", limit=500)
    assert len(page.items) == KEPT_REPORTS
    assert page.items[0].report_id == last.report_id
    assert {str(report.outcome) for report in page.items} == {"unchanged"}


async def test_a_config_version_by_id_is_made_once() -> None:
    desk = FileDesk()
    first = await desk.brought(WHOLE, new_config_version_id=7)
    assert first.input_set.config_version_id == 7
    second = await desk.brought(WHOLE, label="other", new_config_version_id=7)
    assert second.input_set.config_version_id == 7
    assert [config.name for config in await desk.planner.configs.list()] == ["version 7"]


async def test_an_import_through_the_temporary_file_is_the_same_and_leaves_no_file(tmp_path: Path) -> None:
    lines = "".join(f"F{index % 401:03},P{index:06},{index % 97}\n" for index in range(40_000))
    files = {"demand_family.csv": f"family,period,demand\n{lines}"}
    spilled = FileDesk(reader=FileInputReader(directory=tmp_path, rows_in_memory=10_000))
    roomy = FileDesk(reader=FileInputReader(rows_in_memory=1_000_000))
    one, other = await spilled.brought(files), await roomy.brought(files)
    assert one.content_hash == other.content_hash
    assert one.revision.row_counts == {"family_demands": 40_000}
    assert os.listdir(tmp_path) == []  # noqa: PTH208
    spilling = FileInputReader(directory=tmp_path, rows_in_memory=10_000)
    kept: InputReading = spilling.streams([stream(*item) for item in files.items()])
    kept.close()
    assert os.listdir(tmp_path) == []  # noqa: PTH208
