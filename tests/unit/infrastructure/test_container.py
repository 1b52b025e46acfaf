"""The container wires every part, for every kind of store."""

from __future__ import annotations

from pathlib import Path

import pytest

from planvault import Planner, Settings
from planvault.adapters.memory.unit_of_work import MemoryStore
from planvault.adapters.sql.unit_of_work import SqlUnitOfWorkFactory
from planvault.infrastructure.container import Container

URLS = {
    "memory://": MemoryStore,
    "sqlite+aiosqlite:///never-opened.db": SqlUnitOfWorkFactory,
    "postgresql+asyncpg://nobody@nowhere/nothing": SqlUnitOfWorkFactory,
}


@pytest.mark.parametrize("url", URLS)
def test_every_use_case_is_made_without_touching_the_store(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(database_url=url)
    container = Container(settings=settings, database_or_engine=settings.database_url)

    planner = container.planner()

    assert isinstance(planner, Planner)
    assert isinstance(planner.plans.create_plan.make_plan.unit_of_work, URLS[url])
    assert list(tmp_path.iterdir()) == []


def test_all_use_cases_share_one_store_and_one_telemetry() -> None:
    settings = Settings(database_url="memory://", approvals_required=2)
    container = Container(settings=settings, database_or_engine=settings.database_url)

    planner = container.planner()

    stores = {
        id(use_case.unit_of_work)
        for use_case in (
            planner.plans.create_plan.make_plan,
            planner.jobs.worker,
            planner.plans.register_plan,
            planner.inputs.import_inputs,
            planner.tokens.read,
            planner.runs.read,
        )
    }
    assert len(stores) == 1
    assert planner.inputs.approve_inputs.policy.approvals_required == 2
    assert planner is container.planner()


def test_two_containers_share_nothing() -> None:
    settings = Settings(database_url="memory://")
    one, other = (Container(settings=settings, database_or_engine=settings.database_url).planner() for _ in range(2))
    assert one.runs.read.unit_of_work is not other.runs.read.unit_of_work
    assert one.plans.create_plan.make_plan.telemetry is not other.plans.create_plan.make_plan.telemetry
