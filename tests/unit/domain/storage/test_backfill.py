from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from planvault.domain.errors import ConflictError, NotFoundError
from planvault.domain.shared.ids import VersionId
from planvault.domain.storage.backfill import (
    BackfillItem,
    BackfillRun,
    BackfillStatus,
    Candidate,
    Outcome,
    Selection,
    require_no_gaps,
)
from planvault.domain.storage.standing import Standing, unread_verdict, verdict
from planvault.testing.clocks import NOON

THERE, HERE = "a" * 64, "b" * 64
ITEM = BackfillItem(
    version_id=VersionId("v1"),
    source_version="v1",
    run_id="r1",
    outcome=Outcome.TAKEN,
    source_digest=THERE,
    payload_digest=HERE,
    updated_at=NOON,
)
TAKEN = Standing(item=ITEM, payload_digest=HERE, used=True)
CHANGED_HERE = replace(TAKEN, payload_digest="c" * 64)
OFFERED = [
    Candidate(source_version=name, version_id=VersionId(name), created_at=NOON + timedelta(days=day))
    for day, name in enumerate(["v10", "v9", "v8"])
]


def names(selection: Selection) -> list[str]:
    return [one.source_version for one in selection.of(OFFERED)]


def test_a_version_that_is_not_here_has_to_be_read_and_is_taken() -> None:
    assert unread_verdict(Standing(), THERE, force=False) is None
    assert verdict(Standing(), [], force=False).outcome is Outcome.TAKEN


@pytest.mark.parametrize("force", [False, True])
def test_what_was_deleted_here_never_comes_back(force: bool) -> None:
    found = unread_verdict(Standing(item=ITEM, used=True), "d" * 64, force=force)
    assert found is not None
    assert found.outcome is Outcome.SKIPPED
    assert "deleted" in str(found.reason)


def test_what_did_not_change_at_the_source_is_skipped_unread_whatever_happened_here() -> None:
    for standing in (TAKEN, CHANGED_HERE):
        found = unread_verdict(standing, THERE, force=False)
        assert found is not None
        assert found.outcome is Outcome.SKIPPED
        assert unread_verdict(standing, THERE, force=True) is None


def test_what_changed_only_at_the_source_is_replaced() -> None:
    assert unread_verdict(TAKEN, "d" * 64, force=False) is None
    assert verdict(TAKEN, ["det"], force=False).outcome is Outcome.REPLACED


def test_what_changed_on_both_sides_is_a_conflict_unless_forced() -> None:
    found = verdict(CHANGED_HERE, ["aggregate", "det"], force=False)
    assert found.outcome is Outcome.CONFLICT
    assert "aggregate, det" in str(found.reason)
    assert verdict(CHANGED_HERE, ["det"], force=True).outcome is Outcome.REPLACED


def test_a_version_that_came_from_elsewhere_is_a_conflict_unless_its_rows_are_the_same() -> None:
    other = replace(TAKEN, item=None)
    assert verdict(other, ["det"], force=False).outcome is Outcome.CONFLICT
    assert verdict(other, [], force=False).outcome is Outcome.SKIPPED


@pytest.mark.parametrize("force", [False, True])
def test_approved_content_never_changes(force: bool) -> None:
    approved = replace(TAKEN, frozen=True)
    assert verdict(approved, ["det"], force=force).outcome is Outcome.CONFLICT
    assert verdict(approved, [], force=force).outcome is Outcome.SKIPPED


def test_versions_are_chosen_in_the_order_of_the_source() -> None:
    assert names(Selection()) == ["v10", "v9", "v8"]
    assert names(Selection(resume_from="v9")) == ["v9", "v8"]
    assert names(Selection(only=("v8", "v10"))) == ["v10", "v8"]
    assert names(Selection(since=NOON + timedelta(hours=1))) == ["v9", "v8"]
    assert [one.source_version for one in Selection(resume_from="v8").passed_over(OFFERED)] == ["v10", "v9"]


@pytest.mark.parametrize("selection", [Selection(resume_from="v7"), Selection(only=("v9", "v7"))])
def test_a_version_that_the_source_does_not_have_is_an_error(selection: Selection) -> None:
    with pytest.raises(NotFoundError, match="v7"):
        selection.of(OFFERED)


def test_a_resumption_over_what_is_not_done_is_refused_with_its_names() -> None:
    require_no_gaps(OFFERED[:2], frozenset({VersionId("v10"), VersionId("v9")}))
    with pytest.raises(ConflictError, match=r"1 versions .* not done: v9"):
        require_no_gaps(OFFERED[:2], frozenset({VersionId("v10")}))


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        ([], BackfillStatus.SUCCESS),
        ([Outcome.TAKEN, Outcome.SKIPPED], BackfillStatus.SUCCESS),
        ([Outcome.TAKEN, Outcome.FAILED], BackfillStatus.PARTIAL),
        ([Outcome.SKIPPED, Outcome.CONFLICT], BackfillStatus.PARTIAL),
        ([Outcome.FAILED, Outcome.CONFLICT], BackfillStatus.FAILED),
    ],
)
def test_a_run_ends_as_its_versions_did(outcomes: list[Outcome], status: BackfillStatus) -> None:
    run = BackfillRun(run_id="r1", source="attic", started_at=NOON, started_by="aya")
    for outcome in outcomes:
        run = run.counting(outcome, 5)
    assert run.ended(at=NOON).status is status
    assert run.ended(at=NOON, interrupted=True).status is BackfillStatus.INTERRUPTED
    assert run.attempted == len([one for one in outcomes if one is not Outcome.SKIPPED])
