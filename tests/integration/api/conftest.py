"""A planner on every kind of store, and a client of the API over it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from planvault import Planner, Settings, open_planner

from .driving import client_of


@pytest.fixture
async def planner(database_url: str, tmp_path: Path) -> AsyncIterator[Planner]:
    """A planner on an empty store of every kind."""
    async with open_planner(Settings(database_url=database_url, cache_dir=tmp_path / "cache")) as opened:
        yield opened


@pytest.fixture
async def client(planner: Planner) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API, without a server in between."""
    async with client_of(planner) as made:
        yield made


@pytest.fixture
async def memory_planner(tmp_path: Path) -> AsyncIterator[Planner]:
    """A planner in memory: for what has nothing to do with the store."""
    async with open_planner(Settings(database_url="memory://", cache_dir=tmp_path / "cache")) as opened:
        yield opened


@pytest.fixture
async def memory_client(memory_planner: Planner) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API over a planner in memory."""
    async with client_of(memory_planner) as made:
        yield made
