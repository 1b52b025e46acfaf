from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from planvault.domain.access.actor import Role
from planvault.domain.errors import (
    AlreadyExistsError,
    ForbiddenError,
    InputSetMissingError,
    InvalidRequestError,
    NotFoundError,
)
from planvault.domain.inputs.ports import InputSetFilter
from planvault.testing.builders import AYA, a_content, an_actor
from tests.unit.application.desk import Desk


async def test_content_is_what_is_live_or_what_the_number_names() -> None:
    desk = Desk()
    await desk.live()
    await desk.candidate(demand=101.0)
    inputs = desk.planner.inputs
    assert await inputs.content("weekly") == a_content()
    assert await inputs.content("weekly@2") == a_content(demand=101.0)
    rows = [row async for batch in inputs.rows("weekly@2", "family_demands") for row in batch]
    assert rows == list(a_content(demand=101.0).rows("family_demands"))


async def test_without_a_live_revision_a_label_alone_has_no_content() -> None:
    desk = Desk()
    await desk.candidate()
    with pytest.raises(InputSetMissingError, match="weekly has no live revision") as caught:
        await desk.planner.inputs.content("weekly")
    assert caught.value.params == {"label": "weekly"}
    with pytest.raises(InputSetMissingError):
        _ = [batch async for batch in desk.planner.inputs.rows("weekly", "items")]


@pytest.mark.parametrize("reference", ["monthly", "weekly@9"])
async def test_what_does_not_exist_is_not_found(reference: str) -> None:
    desk = Desk()
    await desk.live()
    with pytest.raises(NotFoundError, match=reference):
        await desk.planner.inputs.content(reference)


@pytest.mark.parametrize(
    "listing",
    [
        lambda planner: planner.inputs.list(limit=0),
        lambda planner: planner.inputs.list(limit=501),
        lambda planner: planner.inputs.list(cursor="not-one"),
        lambda planner: planner.plans.list(limit=0),
        lambda planner: planner.plans.list(cursor="not-one"),
        lambda planner: planner.runs.list(limit=501),
        lambda planner: planner.jobs.list(limit=-1),
    ],
)
async def test_a_wrong_limit_or_cursor_is_refused(listing: Callable[[Any], Any]) -> None:
    with pytest.raises(InvalidRequestError):
        await listing(Desk().planner)


async def test_sets_are_listed_with_what_is_live_and_what_is_on_its_way() -> None:
    desk = Desk()
    await desk.live()
    await desk.candidate(demand=101.0)
    await desk.candidate("monthly")
    page = await desk.planner.inputs.list()
    assert [(known.label, known.live, known.candidate) for known in page.items] == [
        ("monthly", None, 1),
        ("weekly", 1, 2),
    ]
    ready = await desk.planner.inputs.list(InputSetFilter(status="ready"))
    assert [known.label for known in ready.items] == ["weekly"]


async def test_a_config_is_made_with_its_event_and_its_name_is_taken_in_every_case() -> None:
    desk = Desk()
    config = await desk.planner.configs.create("Plant", actor=AYA, horizon_days=90, attributes={"region": "EU"})
    assert await desk.planner.configs.get(1) == config
    assert desk.actions == ["config/1 create"]
    before = desk.kept()
    with pytest.raises(AlreadyExistsError):
        await desk.planner.configs.create("PLANT", actor=AYA)
    with pytest.raises(ForbiddenError):
        await desk.planner.configs.create("other", actor=an_actor("kim", Role.APPROVER))
    with pytest.raises(InvalidRequestError, match="attributes"):
        await desk.planner.configs.create("other", actor=AYA, attributes={"share": math.nan})
    assert desk.kept() == before
