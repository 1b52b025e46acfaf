"""Stores for every test that asks for one: memory, SQLite, and a real PostgreSQL started from a wheel."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("planvault.testing.contracts", "planvault.testing.builders")

from planvault.application.unit_of_work import UnitOfWorkFactory  # noqa: E402
from planvault.testing.postgres import PostgresForTests, postgres_server  # noqa: E402
from planvault.testing.stores import memory_store, sql_database, sql_store, sqlite_url  # noqa: E402

from .support.forking import ForkServer  # noqa: E402

STORES = ("memory", "sqlite", "postgresql")
PLENTY_OF_MEMORY = 2 * 1024**3

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs behind it with interrupts ignored, and so would everything that tests interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _cache_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What is cached lands in a folder of the run, never in the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANVAULT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def forks() -> Iterator[ForkServer]:
    """Processes that need no second for their imports; the folder's name is short, as a socket's address has to be."""
    with tempfile.TemporaryDirectory() as folder, ForkServer(Path(folder)) as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresForTests]:
    """One server for the whole run, all workers included."""
    # Not below pytest's own temporary folders, which it clears when other runs come and go.
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid.uuid4().hex)
    with postgres_server(_quickest_place() / f"planvault-test-{run[:12]}") as server:
        yield server


def _quickest_place() -> Path:
    """Memory where there is plenty: a database is hundreds of files, and there are hundreds of databases."""
    memory = Path("/dev/shm")  # noqa: S108 (the server's folder has a name of its own, and lets nobody else in)
    plenty = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > PLENTY_OF_MEMORY
    return memory if plenty else Path(tempfile.gettempdir())


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresForTests, worker_id: str) -> Iterator[str]:
    """A migrated database to copy, so that no test pays for the migrations again."""
    name = f"planvault_template_{worker_id}"

    async def make() -> None:
        await postgres.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        async with sql_database(postgres.url(name)):
            pass

    asyncio.run(make())
    yield name
    asyncio.run(postgres.execute(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def postgres_url(postgres: PostgresForTests, postgres_template: str) -> AsyncIterator[str]:
    """A migrated database of the test's own; left-over connections fail the test."""
    async with postgres.database(template=postgres_template) as url:
        yield url
        assert await postgres.connections(url) == 0, "a connection to PostgreSQL was left open"


@pytest.fixture(params=STORES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store of every kind; databases are at the needed schema."""
    if request.param == "memory":
        return "memory://"
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "plans.db")
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def unit_of_work(database_url: str) -> AsyncIterator[UnitOfWorkFactory]:
    """A factory of units of work over an empty store of every kind."""
    if database_url == "memory://":
        async with memory_store() as factory:
            yield factory
        return
    async with sql_store(database_url, migrated=database_url.startswith("postgresql")) as factory:
        yield factory
