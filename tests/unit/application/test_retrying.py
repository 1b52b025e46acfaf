from __future__ import annotations

import pytest

from planvault.application.plans.register_request import RegisterRequest
from planvault.application.retrying import ATTEMPTS, retried
from planvault.domain.errors import OutcomeUnknownError, PlanvaultError, StaleVersionError, StorageUnavailableError
from planvault.testing.builders import AYA, BEN, det_rows
from tests.unit.application.desk import Desk, UnsteadyStore, out_of_reach


class Faltering:
    """Fails so many times, then answers how often it was asked."""

    def __init__(self, error: Exception, times: int) -> None:
        self.error, self.times, self.asked = error, times, 0

    @retried
    async def __call__(self, word: str) -> tuple[str, int]:
        self.asked += 1
        if self.asked <= self.times:
            raise self.error
        return word, self.asked


@pytest.mark.parametrize("times", range(ATTEMPTS))
async def test_a_lost_connection_is_tried_again_until_it_works(times: int) -> None:
    assert await Faltering(out_of_reach(), times)("done") == ("done", times + 1)


async def test_after_the_last_attempt_the_error_itself_is_raised() -> None:
    faltering = Faltering(out_of_reach(), ATTEMPTS)
    with pytest.raises(StorageUnavailableError, match="out of reach"):
        await faltering("done")
    assert faltering.asked == ATTEMPTS


@pytest.mark.parametrize(
    "error",
    [out_of_reach(transient=False), OutcomeUnknownError("who knows"), StaleVersionError("plan", "v1"), OSError("disk")],
    ids=repr,
)
async def test_any_other_error_is_raised_at_once(error: Exception) -> None:
    faltering = Faltering(error, 1)
    with pytest.raises(type(error)):
        await faltering("done")
    assert faltering.asked == 1


def test_a_retried_use_case_keeps_its_documentation() -> None:
    @retried
    async def named() -> None:
        """Say something."""

    assert (named.__name__, named.__doc__) == ("named", "Say something.")


at_commit = pytest.mark.parametrize("at_commit", [False, True], ids=["on entering", "at commit"])


@at_commit
@pytest.mark.parametrize("times", [1, 3])
async def test_every_step_to_a_live_revision_happens_once(times: int, *, at_commit: bool) -> None:
    store = UnsteadyStore(at_commit=at_commit)
    desk = Desk(store=store)
    store.errors = [out_of_reach()] * times
    await desk.candidate()
    store.errors = [out_of_reach()] * times
    await desk.planner.inputs.submit("weekly", actor=AYA)
    store.errors = [out_of_reach()] * times
    await desk.planner.inputs.approve_reference("weekly@1", actor=BEN)
    known = await desk.planner.inputs.get("weekly")
    assert (known.live, known.row_version, len(known.revision(1).approvals)) == (1, 2, 1)
    assert [action.split()[1] for action in desk.actions] == ["create", "import", "submit", "approve"]
    assert len(store.state.checkpoints) == 1
    assert store.opened == 3 * (times + 1)


@at_commit
async def test_a_plan_is_registered_once(*, at_commit: bool) -> None:
    desk = Desk(store=UnsteadyStore([out_of_reach(), out_of_reach()], at_commit=at_commit))
    plan = await desk.planner.plans.register(RegisterRequest(version_id="v1", actor=AYA), iter(det_rows()))
    assert plan.series_rows == 10
    assert desk.actions == ["plan/v1 register"]
    assert [row async for row in desk.planner.plans.series("v1", level="det")] == det_rows()
    assert desk.telemetry.told == [
        ("plan not stored", "storage-unavailable"),
        ("plan not stored", "storage-unavailable"),
        ("plan stored", "registered", 10),
        ("run without inputs", "facade"),
    ]


@at_commit
async def test_a_plan_is_created_once_and_each_failed_attempt_is_a_failed_run(*, at_commit: bool) -> None:
    store = UnsteadyStore(at_commit=at_commit)
    desk = Desk(store=store)
    await desk.live()
    # recording the run fails once; then storing, and even noting that fails once
    store.errors = [out_of_reach(), None, out_of_reach(), out_of_reach()]
    plan = await desk.planner.plans.create(input_set="weekly", actor=AYA, engine="tiny")
    assert list(store.state.plans) == [plan.key]
    assert desk.actions[-1] == f"plan/{plan.key} create"
    runs = (await desk.planner.runs.list()).items
    assert sorted((str(run.status), run.error) for run in runs) == [
        ("failed", "The store is out of reach."),
        ("succeeded", None),
    ]
    assert not store.errors


async def test_a_store_that_stays_out_of_reach_is_told_and_nothing_is_kept() -> None:
    store = UnsteadyStore([out_of_reach()] * 20)
    desk = Desk(store=store)
    before = desk.kept()
    with pytest.raises(PlanvaultError, match="out of reach"):
        await desk.planner.configs.create("one", actor=AYA)
    assert desk.kept() == before
    assert store.opened == ATTEMPTS
    store.errors = []
    assert (await desk.planner.configs.create("one", actor=AYA)).config_version_id == 1


async def test_a_store_that_will_not_come_back_is_asked_once() -> None:
    store = UnsteadyStore([out_of_reach(transient=False)])
    with pytest.raises(StorageUnavailableError):
        await Desk(store=store).planner.configs.create("one", actor=AYA)
    assert store.opened == 1
