from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from planvault.adapters.exchange.input_reader import FileInputReader
from planvault.adapters.memory.state import MemoryState
from planvault.domain.access.actor import Actor, Role
from planvault.domain.errors import (
    AlreadyExistsError,
    ConflictError,
    ForbiddenError,
    IllegalTransitionError,
    InvalidLabelError,
    InvalidRequestError,
    NotFoundError,
    PlanvaultError,
    UnauthenticatedError,
    ValidationError,
)
from planvault.testing.builders import AYA, BEN, a_config, a_content, an_actor
from planvault.testing.clocks import NOON
from tests.unit.application.desk import Desk

CID = Actor.asserted("cid")


async def refused(desk: Desk, kind: type[PlanvaultError], match: str, **request: object) -> PlanvaultError:
    before = desk.kept()
    with pytest.raises(kind, match=match) as caught:
        await desk.planner.inputs.import_files(**{"label": "weekly", "actor": AYA, **request})  # type: ignore[arg-type]
    assert without_reports(desk) == replace(before, import_reports={})
    return caught.value


def without_reports(desk: Desk) -> MemoryState:
    return replace(desk.kept(), import_reports={})


async def with_configs(desk: Desk, *names: str) -> None:
    for name in names:
        await desk.planner.configs.create(name, actor=AYA)


async def test_the_first_import_makes_a_config_a_label_and_a_draft() -> None:
    desk = Desk()
    imported = await desk.planner.inputs.import_files(
        label="weekly", actor=AYA, files=[], title=" Weekly inputs ", comment="from the ERP"
    )
    assert (imported.number, imported.unchanged) == (1, False)
    assert imported.content_hash == a_content().content_hash
    assert [file.name for file in imported.files] == ["item.csv"]
    known = await desk.planner.inputs.get("weekly")
    assert known == imported.input_set
    assert (known.title, known.status, known.candidate, known.created_at) == ("Weekly inputs", "draft", 1, NOON)
    assert [config.name for config in await desk.planner.configs.list()] == ["default"]
    assert desk.actions == ["config/1 create", "input_set/weekly/1 import"]
    assert (desk.events[1].comment, desk.events[1].actor) == ("from the ERP", "aya")
    assert await desk.planner.inputs.content("weekly@1") == a_content()


async def test_a_new_config_is_made_by_name() -> None:
    desk = Desk()
    imported = await desk.planner.inputs.import_files(label="weekly", actor=AYA, new_config="plant 2")
    assert await desk.planner.configs.get(imported.input_set.config_version_id) == a_config(1, "plant 2")


async def test_a_new_config_by_a_name_that_is_taken_is_refused_and_nothing_is_stored() -> None:
    desk = Desk()
    await with_configs(desk, "Plant")
    await refused(desk, AlreadyExistsError, "pLANT", new_config="pLANT")


async def test_the_only_config_is_the_obvious_one() -> None:
    desk = Desk()
    await with_configs(desk, "plant")
    assert (await desk.candidate()).config_version_id == 1
    assert len(await desk.planner.configs.list()) == 1


async def test_among_several_configs_a_choice_is_asked_for_and_the_choices_are_given() -> None:
    desk = Desk()
    await with_configs(desk, "one", "two")
    error = await refused(desk, InvalidRequestError, "2 config versions: 1 one, 2 two")
    assert error.params["choices"] == [[1, "one"], [2, "two"]]
    imported = await desk.planner.inputs.import_files(label="weekly", actor=AYA, config_version_id=2)
    assert imported.input_set.config_version_id == 2


async def test_an_unknown_config_or_two_choices_at_once_are_refused() -> None:
    desk = Desk()
    await refused(desk, NotFoundError, "config version 7", config_version_id=7)
    await refused(desk, InvalidRequestError, "not both", config_version_id=1, new_config="x")


async def test_a_label_stays_in_its_config() -> None:
    desk = Desk()
    await desk.candidate()
    await with_configs(desk, "other")
    error = await refused(desk, ConflictError, "weekly belongs to the config version 1 default", config_version_id=2)
    assert error.params == {"config_version_id": 1}
    await refused(desk, ConflictError, "belongs to the config version 1", new_config="third")
    again = await desk.planner.inputs.import_files(label="weekly", actor=AYA, config_version_id=1)
    assert again.unchanged


async def test_a_second_content_is_the_next_revision() -> None:
    desk = Desk()
    await desk.candidate()
    after = await desk.candidate(demand=101.0)
    assert (after.candidate, after.row_version) == (2, 1)
    assert [str(revision.status) for revision in after.revisions] == ["superseded", "draft"]


async def test_an_unchanged_import_by_the_same_author_leaves_its_report_only() -> None:
    desk = Desk()
    await desk.candidate()
    before = without_reports(desk)
    again = await desk.planner.inputs.import_files(label="WEEKLY", actor=AYA)
    assert (again.unchanged, again.number, again.input_set.label) == (True, 1, "weekly")
    assert without_reports(desk) == before


async def test_an_unchanged_import_by_somebody_else_adds_an_author_and_an_event() -> None:
    desk = Desk()
    await desk.submitted()
    again = await desk.planner.inputs.import_files(label="weekly", actor=BEN)
    assert (again.unchanged, again.revision.authors) == (True, ("aya", "ben"))
    assert desk.actions[-1] == "input_set/weekly/1 import"
    with pytest.raises(PlanvaultError, match="ben wrote weekly@1"):
        await desk.planner.inputs.approve_reference("weekly@1", actor=BEN)


async def test_a_mere_viewer_and_a_malformed_label_are_refused_before_any_file_is_read() -> None:
    desk = Desk()
    await refused(desk, ForbiddenError, "planner", actor=an_actor("kim", *(set(Role) - {Role.PLANNER})))
    await refused(desk, InvalidLabelError, "cannot name an input set", label="../x")
    assert desk.shelf.asked == 0


async def test_a_comment_or_title_that_cannot_be_kept_is_refused_and_nothing_is_stored() -> None:
    desk = Desk()
    await refused(desk, InvalidRequestError, "comment has 2001", comment="x" * 2001)
    await refused(desk, InvalidRequestError, r"title holds .*U\+202E", title="a\u202eb")


async def test_an_archived_label_takes_nothing_in() -> None:
    desk = Desk()
    await desk.live()
    async with desk.store() as uow:
        archived, _ = (await uow.input_sets.get((await desk.planner.inputs.get("weekly")).label)).archive(
            actor=BEN, at=NOON
        )
        await uow.input_sets.save(archived)
        await uow.commit()
    desk.shelf.content = a_content(demand=7.0)
    await refused(desk, IllegalTransitionError, "archived")


async def test_a_mere_name_is_refused_once_a_token_exists() -> None:
    desk = Desk()
    await desk.planner.tokens.create("root", [Role.ADMIN], actor=AYA)
    await refused(desk, UnauthenticatedError, "only a name")


async def test_a_directory_is_read_and_its_source_is_told(tmp_path: Path) -> None:
    (tmp_path / "demand_family.csv").write_text("family,period,demand\nF1,2026-01,100\n", encoding="utf-8")
    desk = Desk(reader=FileInputReader())
    imported = await desk.planner.inputs.import_files(label="weekly", actor=AYA, directory=str(tmp_path))
    assert imported.revision.row_counts == {"family_demands": 1}
    assert imported.revision.source == "csv"


async def test_a_file_with_problems_stores_nothing_and_tells_all_of_them(tmp_path: Path) -> None:
    text = "family,period,demand\nF1,2026-01,▲100\nF1,2026-02,1e3\n"
    (tmp_path / "demand_family.csv").write_text(text, encoding="utf-8")
    desk = Desk(reader=FileInputReader())
    error = await refused(desk, ValidationError, "problem", directory=tmp_path)
    assert isinstance(error, ValidationError)
    assert [(problem.place, problem.column) for problem in error.problems] == [
        ("demand_family.csv:2", "demand"),
        ("demand_family.csv:3", "demand"),
    ]


async def test_two_people_importing_at_once_make_two_revisions() -> None:
    desk = Desk()
    await desk.candidate()
    await desk.candidate(actor=CID, demand=1.0)
    await desk.candidate(actor=BEN, demand=2.0)
    known = await desk.planner.inputs.get("weekly")
    assert [revision.authors for revision in known.revisions] == [("aya",), ("cid",), ("ben",)]


async def test_an_import_tells_what_it_changes_against_what_is_live() -> None:
    desk = Desk()
    await desk.live()
    desk.shelf.content = a_content(demand=120.0)
    before = desk.kept()
    validated = await desk.planner.inputs.import_files(label="weekly", actor=AYA, files=[], validate_only=True)
    assert desk.kept() == before
    stored = await desk.planner.inputs.import_files(label="weekly", actor=AYA, files=[])
    for imported in (validated, stored):
        effect = imported.effect
        assert effect is not None
        assert effect.previous is not None
        assert effect.previous.reference == "weekly@1"
        changed = {section.section.name: section.changed_count for section in effect.sections if not section.is_empty}
        assert changed == {"family_demands": 1}
        assert all(section.changed == () for section in effect.sections)


async def test_the_first_import_of_a_label_has_nothing_to_be_compared_with() -> None:
    desk = Desk()
    assert (await desk.planner.inputs.import_files(label="weekly", actor=AYA, files=[])).effect is None
    desk.shelf.content = a_content(demand=120.0)
    second = await desk.planner.inputs.import_files(label="weekly", actor=AYA, files=[])
    assert second.effect is not None
    assert second.effect.previous is not None
    assert second.effect.previous.reference == "weekly@1"
