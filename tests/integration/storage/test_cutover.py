"""Cutover: from tables to files and back, step by step, with gates that are measured at each."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from planvault import Actor, Planner, RegisterRequest, Settings, open_planner
from planvault.application.storage.cut_over import CutoverOrder, Moved
from planvault.application.storage.switch_mode import StepTaken
from planvault.domain.errors import (
    GateClosedError,
    InvalidRequestError,
)
from planvault.domain.storage.state import Side, StorageMode
from planvault.testing.builders import det_rows

AYA, BEN = Actor.asserted("aya"), Actor.asserted("ben")
DB, FILES, BOTH = StorageMode.DB, StorageMode.FILES, StorageMode.BOTH


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
async def planner(database_url: str, root: Path) -> AsyncIterator[Planner]:
    """A planner on a store in the mode db with two plans; a files root is set."""
    async with open_planner(Settings(database_url=database_url, files_root=root)) as opened:
        await registered(opened, "v1")
        await registered(opened, "v2", rows=9)
        yield opened


async def registered(planner: Planner, version_id: str, *, rows: int = 40) -> None:
    await planner.plans.register(RegisterRequest(version_id=version_id, actor=AYA, trigger="test"), det_rows(rows))


async def gone(planner: Planner, mode: StorageMode, primary: Side | None = None, **how: Any) -> list[str]:
    """The steps that were taken and the versions that were moved."""
    news = planner.storage.cutover(CutoverOrder(mode=mode, primary=primary, actor=BEN, **how))
    return [str(one.step) if isinstance(one, StepTaken) else told(one) async for one in news]


def there(place: Path) -> bool:
    return place.exists()


def told(moved: Moved) -> str:
    return f"{moved.version_id} {moved.side}"


async def backed_up(planner: Planner) -> None:
    with suppress(InvalidRequestError):  # a store in memory needs none
        await planner.maint.backup_verified(await planner.maint.backup(io.BytesIO(), actor=AYA), actor=AYA)


async def readings(planner: Planner) -> list[Any]:
    """Everything that a reader sees of the plans, in order."""
    seen: list[Any] = []
    for plan in (await planner.plans.list()).items:
        series = [row async for row in planner.plans.series(plan.version_id, level="det")]
        seen.append((plan, series, await planner.plans.kpis(plan.version_id)))
    return seen


async def rows_in_tables(database_url: str) -> dict[str, int]:
    """How many rows of each version stand in the table, as an independent reader sees it."""
    engine = create_async_engine(database_url)
    table = "plan_series" if database_url.startswith("sqlite") else "planvault.plan_series"
    async with engine.connect() as connection:
        rows = await connection.execute(text(f"SELECT version_id, COUNT(*) FROM {table} GROUP BY version_id"))
        found = {row[0]: row[1] for row in rows}
    await engine.dispose()
    return found


async def place(planner: Planner) -> tuple[StorageMode, Side]:
    state = (await planner.storage.status()).state
    assert state is not None
    return state.mode, state.primary


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
async def test_a_store_goes_all_the_way_to_files_and_back_and_reads_stay_the_same(
    planner: Planner, database_url: str, root: Path
) -> None:
    before = await readings(planner)
    plan = await planner.storage.plan_cutover(FILES)
    assert [str(step.step) for step in plan.steps] == [
        "db → both, primary db",
        "both, primary db → both, primary files",
        "both, primary files → files",
    ]
    assert (list(plan.fills), plan.rows, there(root)) == (["v1", "v2"], 49, False)
    assert await gone(planner, BOTH, Side.FILES) == [
        "db → both, primary db",
        "v1 files",
        "v2 files",
        "both, primary db → both, primary files",
    ]
    assert await readings(planner) == before
    with pytest.raises(GateClosedError, match="backup: none was verified") as refused:
        await gone(planner, FILES)
    assert refused.value.params["step"] == "both, primary files → files"
    assert await place(planner) == (BOTH, Side.FILES)

    await backed_up(planner)
    assert await gone(planner, FILES) == ["both, primary files → files", "v1 None", "v2 None"]
    assert (await rows_in_tables(database_url), await readings(planner)) == ({}, before)

    # what is written in files alone comes back with the rest
    await planner.plans.replace("v2", det_rows(12), actor=AYA)
    await registered(planner, "v3")
    meanwhile = await readings(planner)
    assert (await gone(planner, BOTH, Side.DB)) == [
        "files → both, primary files",
        "v1 db",
        "v2 db",
        "v3 db",
        "both, primary files → both, primary db",
    ]
    assert (await rows_in_tables(database_url), await readings(planner)) == ({"v1": 40, "v2": 12, "v3": 40}, meanwhile)
    with pytest.raises(GateClosedError, match="backup: one of position"):
        await gone(planner, DB)
    await backed_up(planner)
    assert await gone(planner, DB, comment="done with files") == ["both, primary db → db"]
    assert await readings(planner) == meanwhile
    await registered(planner, "v4")
    assert (await planner.audit.verify()).clean


async def test_a_team_that_went_back_and_edited_is_told_which_versions_are_stale(planner: Planner) -> None:
    """Grafana #123616: a trial that was ended, edits since, and a second try must never serve what the trial left."""
    await gone(planner, BOTH, Side.FILES)
    await backed_up(planner)
    await gone(planner, FILES)
    await gone(planner, BOTH)  # the trial fills the tables
    await gone(planner, FILES, keep_rows=True)  # and its end leaves them there
    await planner.plans.replace("v2", det_rows(12), actor=AYA)
    now = await readings(planner)

    with pytest.raises(GateClosedError, match=r"drift: 1 of 2 versions differ \(v2\)") as refused:
        await gone(planner, BOTH, Side.DB, fill=False)

    assert refused.value.params["taken"] == ["files → both, primary files"]
    assert (await place(planner), await readings(planner)) == ((BOTH, Side.FILES), now)
    assert await gone(planner, BOTH, Side.DB) == ["v2 db", "both, primary files → both, primary db"]
    assert await readings(planner) == now
