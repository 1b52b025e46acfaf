from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest

from planvault.domain.errors import IllegalTransitionError, InvalidRequestError
from planvault.domain.plans.version import PlanAction, PlanEvent, PlanOrigin, PlanStatus, Provenance, plan_stream
from planvault.testing.builders import AYA, a_plan
from planvault.testing.clocks import NOON

LATER = NOON + timedelta(hours=1)
MADE_FROM = Provenance(
    origin=PlanOrigin.ENGINE,
    input_label="weekly",
    input_revision=4,
    input_content_hash="c" * 64,
    engine_name="reference",
)
ALLOWED = {
    ("draft", "submitted"),
    ("draft", "archived"),
    ("submitted", "approved"),
    ("submitted", "draft"),
    ("submitted", "archived"),
    ("approved", "draft"),
    ("approved", "superseded"),
    ("superseded", "approved"),
    ("superseded", "archived"),
}
statuses = pytest.mark.parametrize("status", PlanStatus)


@statuses
@pytest.mark.parametrize("wanted", PlanStatus)
def test_a_plan_moves_by_one_table(status: PlanStatus, wanted: PlanStatus) -> None:
    plan = a_plan(status=status)
    if (status, wanted) in ALLOWED:
        moved = plan.moved_to(wanted, at=LATER)
        assert (moved.status, moved.updated_at, moved.created_at) == (wanted, LATER, NOON)
    else:
        with pytest.raises(IllegalTransitionError, match=f"v1 is {status} and cannot become {wanted}") as caught:
            plan.moved_to(wanted, at=LATER)
        assert caught.value.params == {"status": str(status), "wanted": str(wanted)}


@statuses
@pytest.mark.parametrize("wanted", ["submitted", "approved", "superseded"])
def test_a_trial_is_never_submitted_approved_or_superseded(status: PlanStatus, wanted: str) -> None:
    with pytest.raises(IllegalTransitionError, match=f"v1 is a trial made from weekly@4 and can never become {wanted}"):
        a_plan(trial=True, status=status, provenance=MADE_FROM).moved_to(PlanStatus(wanted), at=LATER)


def test_a_trial_can_be_put_away() -> None:
    assert a_plan(trial=True).moved_to(PlanStatus.ARCHIVED, at=LATER).status is PlanStatus.ARCHIVED


@statuses
def test_a_trial_is_never_pinned_nor_the_baseline(status: PlanStatus) -> None:
    trial = a_plan(trial=True, status=status)
    with pytest.raises(IllegalTransitionError, match="made from unapproved inputs and can never be pinned"):
        trial.pin(at=LATER)
    with pytest.raises(IllegalTransitionError, match="can never be the baseline"):
        trial.require_baseline()


@statuses
def test_only_an_approved_or_superseded_plan_may_be_the_baseline(status: PlanStatus) -> None:
    plan = a_plan(status=status)
    if status in {"approved", "superseded"}:
        plan.require_baseline()
    else:
        with pytest.raises(IllegalTransitionError, match=f"v1 is {status}; only approved"):
            plan.require_baseline()


def test_a_pinned_plan_stays_where_it_stands() -> None:
    pinned = a_plan(status=PlanStatus.APPROVED).pin(at=LATER)
    assert (pinned.pinned, pinned.status, pinned.updated_at) == (True, "approved", LATER)


def test_ids_compare_without_case() -> None:
    assert a_plan("V1-Final").key == a_plan("v1-FINAL").key
    assert plan_stream("V1") == plan_stream("v1") == "plan/v1"


def test_the_ledger_hears_what_a_plan_was_made_from_and_came_to() -> None:
    plan = a_plan("V1", provenance=MADE_FROM, payload_digest="a" * 64, plan_digest="b" * 64, series_rows=7)
    event = PlanEvent(version=plan, action=PlanAction.CREATE, actor=AYA, comment="weekly").draft()
    assert (event.stream, event.subject, event.action, event.comment) == ("plan/v1", "plan/V1", "create", "weekly")
    assert event.details == {
        "plan_digest": "b" * 64,
        "payload_digest": "a" * 64,
        "series_rows": 7,
        "trial": False,
        "input": "weekly@4",
        "input_content_hash": "c" * 64,
        "engine": "reference",
        "engine_version": None,
        "engine_parameters": {},
        "run_id": None,
    }


def test_a_plan_from_unknown_inputs_has_no_reference() -> None:
    assert a_plan().provenance.input_reference is None


def test_engine_parameters_are_the_plans_own_json_values() -> None:
    given: dict[str, Any] = {"weeks": (1, 2.0), "families": ["F1"]}
    made_from = Provenance(origin=PlanOrigin.ENGINE, engine_parameters=given)
    given["families"].append("F2")
    assert made_from.engine_parameters == {"weeks": [1, 2], "families": ["F1"]}


@pytest.mark.parametrize("bad", [{"a": math.inf}, {"a": NOON}, {1: 2}], ids=ascii)
def test_engine_parameters_that_json_cannot_say_are_refused(bad: dict[Any, Any]) -> None:
    with pytest.raises(InvalidRequestError, match="The engine parameters cannot be kept"):
        Provenance(origin=PlanOrigin.ENGINE, engine_parameters=bad)
