from __future__ import annotations

from datetime import timedelta

import pytest

from planvault.domain.access.actor import Role
from planvault.domain.errors import ForbiddenError, IllegalTransitionError
from planvault.domain.inputs.arrival import arrive
from planvault.domain.inputs.event import InputSetEvent
from planvault.domain.inputs.input_set import InputSet
from planvault.domain.inputs.keeping import LabelTombstone
from planvault.domain.shared.ids import Label
from planvault.testing.builders import AYA, DIGEST, an_actor
from planvault.testing.clocks import NOON

LATER = NOON + timedelta(days=1)


def arrived(*, archived: bool = False, tombstone: LabelTombstone | None = None) -> tuple[InputSet, InputSetEvent]:
    return arrive(
        Label("weekly"),
        DIGEST,
        config_version_id=2,
        row_counts={"items": 3},
        archived=archived,
        quoted={"status": "ready", "approved_by": "suzuki"},
        comment="ready in the legacy system, approved by suzuki",
        tombstone=tombstone,
        actor=AYA,
        created_at=NOON,
        at=LATER,
    )


def test_it_is_a_draft_candidate_of_whoever_brings_it_and_nothing_is_live() -> None:
    after, event = arrived()
    revision = after.candidate_revision
    assert (after.live, after.candidate, after.status, after.next_number) == (None, 1, "draft", 2)
    assert (revision.source, revision.authors, str(revision.status)) == ("legacy", ("aya",), "draft")
    assert (after.created_at, after.updated_at) == (NOON, LATER)
    assert event.details["quoted"] == {"status": "ready", "approved_by": "suzuki"}
    assert (event.revision, event.comment) == (1, "ready in the legacy system, approved by suzuki")


def test_an_archived_one_stays_archived_until_it_is_restored() -> None:
    after, _ = arrived(archived=True)
    assert after.status == "archived"
    with pytest.raises(IllegalTransitionError):
        after.submit(1, actor=AYA, at=LATER)
    restored, _ = after.restore(actor=AYA, at=LATER)
    assert restored.candidate == 1


def test_numbers_go_on_where_a_deleted_label_left_off() -> None:
    gone = LabelTombstone(label=Label("weekly"), generation=1, next_number=4, deleted_at=NOON)
    after, event = arrived(tombstone=gone)
    assert (after.candidate, after.generation, event.generation) == (4, 2, 2)


def test_only_an_operator_brings_it() -> None:
    with pytest.raises(ForbiddenError):
        arrive(
            Label("weekly"),
            DIGEST,
            config_version_id=2,
            row_counts={},
            archived=False,
            quoted={},
            tombstone=None,
            actor=an_actor("pia", Role.PLANNER),
            created_at=NOON,
            at=NOON,
        )
