"""Input sets on both databases: what the schema refuses is never passed over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from planvault.application.unit_of_work import UnitOfWorkFactory
from planvault.domain.errors import StorageError
from planvault.testing.builders import a_config, a_content, an_input_set, approved
from planvault.testing.stores import sql_store, sqlite_url


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
