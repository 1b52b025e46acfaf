"""Taking inputs out: which revision, checked against its hash, with its facts beside it."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from planvault.application.difference_presentation import difference_fields
from planvault.application.exchange import ExportEncoding, ExportForm, ExportOptions
from planvault.application.inputs.export_inputs import InputArchive
from planvault.domain.errors import (
    InputSetMissingError,
    IntegrityError,
    InvalidLabelError,
    InvalidRequestError,
    NotFoundError,
)
from planvault.domain.inputs.content import InputContent
from planvault.domain.inputs.rows import Item
from planvault.testing.builders import AYA, a_content
from tests.unit.application.desk import Desk

META = ExportOptions(include_meta=True)


async def files_of(desk: Desk, reference: str, options: ExportOptions | None = None) -> dict[str, bytes]:
    async with desk.planner.inputs.export(reference, options=options) as export:
        return {file.name: b"".join([piece async for piece in file.pieces()]) for file in export.files}


async def bytes_of(archive: InputArchive) -> bytes:
    return b"".join([piece async for piece in archive.pieces()])


async def test_what_is_live_or_named_is_exported() -> None:
    desk = Desk()
    await desk.live()
    await desk.candidate(demand=101.0)
    assert b"F1,2026-01,100," in (await files_of(desk, "weekly"))["demand_family.csv"]
    assert b"F1,2026-01,101," in (await files_of(desk, "weekly@2"))["demand_family.csv"]


async def test_a_config_version_means_its_newest_live_input_set() -> None:
    desk = Desk()
    for label in ("b", "c", "a"):
        await desk.live(label, demand=len(label))
        desk.clock.move(days=1)
    await desk.candidate("d")
    async with desk.planner.inputs.export(config_version_id=1) as export:
        assert export.revision.reference == "a@1"
    with pytest.raises(NotFoundError, match="9"):
        await desk.planner.inputs.export_archive(config_version_id=9)
    await desk.planner.configs.create("empty", actor=AYA)
    with pytest.raises(InputSetMissingError, match="config version 2"):
        await desk.planner.inputs.export_archive(config_version_id=2)


@pytest.mark.parametrize(("reference", "config"), [(None, None), ("weekly", 1)])
async def test_exactly_one_of_label_and_config_version_is_named(reference: str | None, config: int | None) -> None:
    with pytest.raises(InvalidRequestError, match="either a label or a config version"):
        await Desk().planner.inputs.export_archive(reference, config_version_id=config)


@pytest.mark.parametrize("reference", ["monthly", "weekly@9"])
async def test_what_is_not_there_is_not_exported(reference: str) -> None:
    desk = Desk()
    await desk.live()
    with pytest.raises(NotFoundError):
        await desk.planner.inputs.export_archive(reference)
    with pytest.raises(NotFoundError):
        await files_of(desk, reference)
    with pytest.raises(NotFoundError):
        await desk.planner.inputs.export_tag(reference)


async def test_a_draft_is_exported_by_its_number_only() -> None:
    desk = Desk()
    await desk.candidate()
    assert await files_of(desk, "weekly@1")
    with pytest.raises(InputSetMissingError, match="no live revision"):
        await files_of(desk, "weekly")


async def test_altered_rows_are_never_exported_and_the_next_export_works() -> None:
    desk = Desk()
    known = await desk.live()
    content_hash = known.live_revision.content_hash
    kept = desk.store.state.contents[content_hash]
    altered = InputContent.of({**a_content().sections, "items": [Item("SKU1", 99.0), Item("COMP1", 14.0)]})
    desk.store.state.contents[content_hash] = altered
    with pytest.raises(IntegrityError, match="weekly@1 no longer have the hash"):
        await files_of(desk, "weekly")
    with pytest.raises(IntegrityError):
        await desk.planner.inputs.export_archive("weekly")
    desk.store.state.contents[content_hash] = kept
    assert await files_of(desk, "weekly")


async def test_the_facts_name_the_revision() -> None:
    desk = Desk()
    known = await desk.live()
    facts = json.loads((await files_of(desk, "weekly", META))["input_set_meta.json"])
    assert facts == {
        "label": "weekly",
        "number": 1,
        "status": "ready",
        "config_version_id": 1,
        "source": "api",
        "content_hash": known.live_revision.content_hash,
        "created_at": facts["created_at"],
        "updated_at": facts["updated_at"],
    }


@pytest.mark.parametrize("form", list(ExportForm))
async def test_an_archive_is_complete_and_closes_after_its_pieces(form: ExportForm) -> None:
    desk = Desk()
    await desk.live()
    archive = await desk.planner.inputs.export_archive("weekly", form=form)
    data = await bytes_of(archive)
    assert (archive.name, len(data)) == (f"planning_input_set_weekly.{form}", archive.size)
    assert archive.file.closed
    assert sum(file.row_count for file in archive.files) == sum(a_content().row_counts.values())


async def test_the_tag_says_what_the_bytes_are() -> None:
    desk = Desk()
    await desk.live()
    inputs = desk.planner.inputs
    archive = await inputs.export_archive("weekly")
    archive.close()
    tags = {
        await inputs.export_tag("weekly", form=form, options=options)
        for form in ExportForm
        for options in (ExportOptions(), ExportOptions(encoding=ExportEncoding.CP932), META)
    }
    assert len(tags) == 9
    assert await inputs.export_tag("weekly") == archive.tag == await inputs.export_tag("weekly@1")
    draft = await inputs.export_tag("weekly", options=META)
    await desk.candidate("other")
    assert await inputs.export_tag("other@1") == archive.tag
    assert await inputs.export_tag("other@1", options=META) != draft


async def test_the_whole_difference_goes_along_and_is_the_one_that_diff_tells() -> None:
    desk = Desk()
    await desk.live()
    await desk.candidate(demand=120.0)
    inputs = desk.planner.inputs
    archive = await inputs.export_archive("weekly@2", against="weekly")
    with zipfile.ZipFile(io.BytesIO(await bytes_of(archive))) as opened:
        report = json.loads(opened.read("diff_report.json"))
    assert report == difference_fields(await inputs.diff("weekly@2", "weekly@1"))
    assert report["summary"]["demand_family"]["changed"] == len(report["demand_family"]["changed"]) == 1
    async with inputs.export("weekly@2", against="weekly@1") as export:
        assert export.files[-1].name == "diff_report.json"
    tags = {await inputs.export_tag("weekly@2", against=against) for against in (None, "weekly@1", "weekly@2")}
    assert len(tags) == 3
    assert archive.tag in tags


async def test_an_export_against_what_is_not_there_writes_nothing() -> None:
    desk = Desk()
    await desk.live()
    for reference, error in (("weekly@9", NotFoundError), ("monthly", NotFoundError), ("../x", InvalidLabelError)):
        with pytest.raises(error):
            await desk.planner.inputs.export_archive("weekly", against=reference)
    with pytest.raises(InvalidRequestError, match="no further files"):
        await desk.planner.inputs.export_archive("weekly", form=ExportForm.XLSX, against="weekly@1")


async def test_a_section_is_read_page_by_page() -> None:
    desk = Desk()
    await desk.live()
    inputs = desk.planner.inputs
    first = await inputs.page("weekly", "calendar_weeks", limit=1)
    rest = await inputs.page("weekly@1", "calendar_weeks", limit=1, cursor=first.next_cursor)
    assert [*first.items, *rest.items] == list(a_content().rows("calendar_weeks"))
    assert rest.next_cursor is None
    for wrong in ({"limit": 0}, {"limit": 10_001}, {"cursor": "x"}, {"cursor": first.next_cursor, "section": "items"}):
        with pytest.raises(InvalidRequestError):
            await inputs.page("weekly", **{"section": "calendar_weeks", **wrong})  # type: ignore[arg-type]
    with pytest.raises(NotFoundError, match="weather"):
        await inputs.page("weekly", "weather")
