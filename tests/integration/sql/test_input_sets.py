"""Input sets on both databases: what the schema refuses is never passed over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event

from planvault.adapters.sql.database import SqlDatabase
from planvault.adapters.sql.unit_of_work import SqlUnitOfWorkFactory
from planvault.application.unit_of_work import UnitOfWorkFactory
from planvault.domain.errors import StorageError
from planvault.domain.inputs.ports import InputSetFilter
from planvault.domain.shared.clock import SystemClock
from planvault.testing.builders import AYA, a_config, a_content, an_input_set, approved
from planvault.testing.clocks import NOON
from planvault.testing.stores import sql_database, sql_store, sqlite_url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of either kind."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "plans.db")
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.fixture
async def store(url: str) -> AsyncIterator[UnitOfWorkFactory]:
    """The empty database, at the needed schema."""
    async with sql_store(url, migrated=url.startswith("postgresql")) as unit_of_work:
        yield unit_of_work


async def test_an_approval_that_cannot_be_kept_fails_the_change(store: UnitOfWorkFactory) -> None:
    known = approved(an_input_set())
    (revision,) = known.revisions
    twice = replace(known, revisions=(replace(revision, approvals=revision.approvals * 2),))
    async with store() as uow:
        await uow.configs.add(a_config())
        await uow.contents.add(a_content())
        with pytest.raises(StorageError):
            await uow.input_sets.add(twice)


async def test_a_revision_that_cannot_be_kept_fails_the_change(store: UnitOfWorkFactory) -> None:
    known = an_input_set()
    twice = replace(known, revisions=known.revisions * 2)
    async with store() as uow:
        await uow.configs.add(a_config())
        await uow.contents.add(a_content())
        with pytest.raises(StorageError):
            await uow.input_sets.add(twice)


async def test_a_page_of_sets_that_wait_takes_as_many_statements_for_many_as_for_few(url: str) -> None:
    counts: list[int] = []
    async with sql_database(url, migrated=url.startswith("postgresql")) as database:
        store = SqlUnitOfWorkFactory(database.dialect, SystemClock())
        async with store() as uow:
            await uow.configs.add(a_config())
            await uow.contents.add(a_content())
            await uow.commit()
        for label in (f"set-{number}" for number in range(20)):
            async with store() as uow:
                await uow.input_sets.add(an_input_set(label).submit(1, actor=AYA, at=NOON)[0])
                await uow.commit()
            if label in {"set-0", "set-19"}:
                counts.append(await _statements(database, store))
    assert counts[0] == counts[1]


async def _statements(database: SqlDatabase, store: UnitOfWorkFactory) -> int:
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        said.append(statement)

    engines = {engine.sync_engine for engine in database.dialect.engines}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        async with store(read_only=True) as uow:
            page = await uow.input_sets.list(InputSetFilter(awaiting="ben"), limit=100, cursor=None)
            newest = await uow.input_sets.newest(InputSetFilter(), limit=100)
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
    assert len(page.items) == len(newest) > 0
    return len([statement for statement in said if "planning_" in statement])
