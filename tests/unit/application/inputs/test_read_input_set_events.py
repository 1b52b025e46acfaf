from __future__ import annotations

import pytest

from planvault.application.audit_presentation import input_set_events_fields
from planvault.domain.errors import InvalidRequestError, NotFoundError
from planvault.testing.builders import AYA, an_event
from planvault.testing.clocks import NOON
from tests.unit.application.desk import Desk


async def told_of_a_deletion(desk: Desk) -> None:
    """What deleting a label leaves behind: its events, and none of the rest."""
    async with desk.store() as uow:
        draft = an_event("input_set/weekly/1", "delete", subject="input_set/Weekly", actor=AYA)
        await uow.events.append(draft, at=NOON)
        await uow.commit()
    del desk.store.state.input_sets["weekly"]


async def test_events_of_a_set_come_newest_first_under_their_legacy_names() -> None:
    desk = Desk()
    await desk.live("Weekly")
    told = input_set_events_fields(await desk.planner.inputs.events("WEEKLY"))
    assert told["input_set"] == {"id": 2, "label": "Weekly", "config_version_id": 1, "status": "ready"}
    assert [(event["id"], event["action"], event["actor"]) for event in told["events"]] == [
        (4, "approve", "ben"),
        (3, "submit", "aya"),
        (2, "import", "aya"),
    ]
    assert list(told["events"][0]) == ["id", "action", "actor", "comment", "created_at", "metadata"]
    assert told["events"][0]["metadata"]["revision"] == 1
    assert told["events"][0]["metadata"]["verification"] == "asserted"
    assert told["next_cursor"] is None


async def test_events_of_a_set_are_paged() -> None:
    desk = Desk()
    await desk.live()
    await desk.live("weekly-2")
    first = await desk.planner.inputs.events("weekly", limit=2)
    rest = await desk.planner.inputs.events("weekly", limit=2, cursor=first.page.next_cursor)
    assert [event.position for event in (*first.page.items, *rest.page.items)] == [4, 3, 2]
    assert rest.page.next_cursor is None
    assert rest.first_position == 2


async def test_a_deleted_label_still_tells_and_a_new_one_tells_of_both() -> None:
    desk = Desk()
    await desk.live("Weekly")
    await told_of_a_deletion(desk)
    gone = await desk.planner.inputs.events("weekly")
    assert (gone.label, gone.status, gone.config_version_id, gone.first_position) == ("Weekly", "deleted", None, 2)
    assert [event.action for event in gone.page.items] == ["delete", "approve", "submit", "import"]

    async with desk.store() as uow:
        await uow.events.append(an_event("input_set/weekly/2", "import", subject="input_set/weekly"), at=NOON)
        await uow.commit()
    again = await desk.planner.inputs.events("weekly")
    assert again.first_position == 6
    assert len(again.page.items) == 5


async def test_a_label_of_which_nothing_is_known_is_refused() -> None:
    desk = Desk()
    await desk.live("weekly-2")
    with pytest.raises(NotFoundError, match="no input set weekly") as refused:
        await desk.planner.inputs.events("weekly")
    assert refused.value.remedy is not None
    assert "planvault inputs list" in refused.value.remedy
    with pytest.raises(InvalidRequestError, match="cursor"):
        await desk.planner.inputs.events("weekly-2", cursor="nonsense")
