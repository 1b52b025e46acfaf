"""The contract of runs, jobs, tokens and the event chain."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from ...application.unit_of_work import UnitOfWorkFactory
from ...domain.access.actor import Role
from ...domain.access.token import AccessToken
from ...domain.errors import AlreadyExistsError, InvalidRequestError, NotFoundError, StaleVersionError
from ...domain.inputs.ports import InputSetFilter
from ...domain.plans.ports import PlanFilter
from ...domain.runs.job import JobStatus
from ...domain.runs.ports import RunFilter
from ...domain.runs.run import RunStatus
from ...domain.shared.events import first_broken
from ...domain.shared.ids import JobId, Label, RunId, VersionId
from ..builders import A_LEASE, AYA, a_job, a_plan, a_run, an_event, moments
from ..clocks import NOON


async def test_a_run_comes_back_equal_until_it_has_ended(unit_of_work: UnitOfWorkFactory) -> None:
    run = a_run(config_version_id=1, input_revision=4, input_content_hash="a" * 64, plan_job_id=JobId("job-1"))
    async with unit_of_work() as uow:
        await uow.runs.add(run)
        with pytest.raises(AlreadyExistsError):
            await uow.runs.add(run)
        ended = await uow.runs.save(run.succeeded(VersionId("v1"), at=NOON + timedelta(seconds=2.5)))
        with pytest.raises(StaleVersionError):
            await uow.runs.save(run.failed("late", at=NOON))
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        assert await uow.runs.get(run.run_id) == ended
        assert ended.duration_ms == 2500
        with pytest.raises(NotFoundError, match="run-9"):
            await uow.runs.get(RunId("run-9"))


async def test_runs_are_listed_newest_first_by_what_they_are(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        for number, at in enumerate(moments(4)):
            await uow.runs.add(a_run(f"run-{number}", at=at, input_set_label="weekly" if number % 2 else "monthly"))
        await uow.runs.save(a_run("run-0", input_set_label="monthly").failed("no", at=NOON))
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        first = await uow.runs.list(RunFilter(), limit=3, cursor=None)
        rest = await uow.runs.list(RunFilter(), limit=3, cursor=first.next_cursor)
        weekly = await uow.runs.list(RunFilter(input_set_label=Label("weekly")), limit=9, cursor=None)
        failed = await uow.runs.list(RunFilter(status=RunStatus.FAILED), limit=9, cursor=None)
    assert [run.run_id for run in [*first.items, *rest.items]] == ["run-3", "run-2", "run-1", "run-0"]
    assert [run.run_id for run in weekly.items] == ["run-3", "run-1"]
    assert [(run.run_id, run.error) for run in failed.items] == [("run-0", "no")]


async def test_a_job_comes_back_equal_and_is_linked_to_its_version(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.plans.add(a_plan())
        await uow.jobs.add(a_job())
        running = await uow.jobs.save(a_job().claimed(A_LEASE, at=NOON, run_id=RunId("run-1")))
        done = await uow.jobs.save(running.succeeded(VersionId("v1"), at=NOON + timedelta(seconds=1)))
        await uow.jobs.add(a_job("job-2"))
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        assert await uow.jobs.get(JobId("job-1")) == done
        of_version = await uow.jobs.list(status=None, version_id=VersionId("v1"), limit=9, cursor=None)
        queued = await uow.jobs.list(status=JobStatus.QUEUED, version_id=None, limit=9, cursor=None)
        with pytest.raises(NotFoundError, match="job-9"):
            await uow.jobs.get(JobId("job-9"))
    assert [job.job_id for job in of_version.items] == ["job-1"]
    assert [job.job_id for job in queued.items] == ["job-2"]


async def test_a_cursor_of_another_list_is_refused(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        for number, at in enumerate(moments(2)):
            await uow.runs.add(a_run(f"run-{number}", at=at))
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        cursor = (await uow.runs.list(RunFilter(), limit=1, cursor=None)).next_cursor
        assert cursor is not None
        assert len((await uow.runs.list(RunFilter(), limit=1, cursor=cursor)).items) == 1
        with pytest.raises(InvalidRequestError, match="cursor"):
            await uow.plans.list(PlanFilter(), limit=1, cursor=cursor)
        with pytest.raises(InvalidRequestError, match="cursor"):
            await uow.jobs.list(status=None, version_id=None, limit=1, cursor=cursor)
        with pytest.raises(InvalidRequestError, match="cursor"):
            await uow.input_sets.list(InputSetFilter(), limit=1, cursor=cursor)


async def test_parameters_come_back_as_json_values_from_every_store(unit_of_work: UnitOfWorkFactory) -> None:
    given = {"weeks": (1, 2.0), "families": ["F1"]}
    async with unit_of_work() as uow:
        await uow.runs.add(a_run(engine_parameters=given))
        await uow.jobs.add(a_job(parameters=given))
        await uow.commit()
    given["families"] = ["F2"]

    async with unit_of_work(read_only=True) as uow:
        run, job = await uow.runs.get(RunId("run-1")), await uow.jobs.get(JobId("job-1"))
    for kept in (run.engine_parameters, job.parameters):
        assert kept == {"weeks": [1, 2], "families": ["F1"]}
        assert [type(week) for week in kept["weeks"]] == [int, int]


async def test_a_token_comes_back_equal_and_still_counts_once_revoked(unit_of_work: UnitOfWorkFactory) -> None:
    token, _ = AccessToken.issue("ci", [Role.PLANNER, Role.ADMIN], by=AYA, at=NOON, expires_at=NOON + timedelta(days=1))
    async with unit_of_work() as uow:
        assert not await uow.tokens.any()
        await uow.tokens.add(token)
        revoked = await uow.tokens.save(token.revoke(at=NOON))
        with pytest.raises(StaleVersionError):
            await uow.tokens.save(token)
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        assert await uow.tokens.any()
        assert await uow.tokens.find(token.token_id) == revoked
        assert await uow.tokens.list() == [revoked]


async def test_events_chain_by_stream_and_count_by_position(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        first = await uow.events.append(an_event("plan/v1", details={"b": 1.0, "a": [None, "é"]}), at=NOON)
        await uow.events.append(an_event("plan/v2", comment="JIRA-1"), at=NOON)
        second = await uow.events.append(an_event("plan/v1", "submit"), at=NOON)
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        chain = [event async for event in uow.events.stream("plan/v1")]
        heads = await uow.events.heads()
        everything = await uow.events.page(None, after=0, limit=10)
        later = await uow.events.page(None, after=1, limit=1)
        head = await uow.events.head("plan/v1")
        nothing = await uow.events.head("plan/v9")
    assert chain == [first, second]
    assert first_broken(chain) is None
    assert second.previous_hash == first.hash
    assert [event.position for event in everything] == [1, 2, 3]
    assert [event.stream for event in later] == ["plan/v2"]
    assert [(known.stream, known.sequence) for known in heads] == [("plan/v1", 2), ("plan/v2", 1)]
    assert head is not None
    assert head.hash == second.hash
    assert nothing is None


async def test_a_head_moves_only_with_a_commit(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        first = await uow.events.append(an_event("plan/v1"), at=NOON)
        await uow.commit()
    async with unit_of_work() as uow:
        given_up = await uow.events.append(an_event("plan/v1", "submit"), at=NOON)
        await uow.events.append(an_event("plan/v0"), at=NOON)
        head = await uow.events.head("plan/v1")
        assert head is not None
        assert (head.sequence, head.hash) == (2, given_up.hash)

    async with unit_of_work() as uow:
        assert [(head.stream, head.hash) for head in await uow.events.heads()] == [("plan/v1", first.hash)]
        second = await uow.events.append(an_event("plan/v1", "submit"), at=NOON)
        assert (second.sequence, second.previous_hash) == (2, first.hash)


async def test_concurrent_writers_never_fork_a_chain(unit_of_work: UnitOfWorkFactory) -> None:
    async def write(number: int) -> None:
        async with unit_of_work() as uow:
            await uow.events.append(an_event("shared", f"act-{number}"), at=NOON)
            await asyncio.sleep(0.001)
            await uow.commit()

    await asyncio.gather(*(write(number) for number in range(12)))

    async with unit_of_work(read_only=True) as uow:
        chain = [event async for event in uow.events.stream("shared")]
    assert [event.sequence for event in chain] == list(range(1, 13))
    assert [event.position for event in chain] == list(range(1, 13))
    assert first_broken(chain) is None


async def test_checkpoints_cover_all_heads_and_link_to_the_one_before(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        assert await uow.events.last_checkpoint() is None
        await uow.events.append(an_event("plan/v1"), at=NOON)
        first = await uow.events.take_checkpoint("by hand", at=NOON)
        await uow.commit()
    async with unit_of_work() as uow:
        await uow.events.append(an_event("plan/v2"), at=NOON)
        second = await uow.events.take_checkpoint("again", at=NOON)
        await uow.commit()

    assert (first.number, first.position, first.stream_count) == (1, 1, 1)
    assert (second.number, second.position, second.stream_count) == (2, 2, 2)
    assert second.previous_hash == first.hash
    async with unit_of_work(read_only=True) as uow:
        assert await uow.events.last_checkpoint() == second
