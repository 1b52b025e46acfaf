"""The mirror: whatever is done, the files root tells what the ledger tells, and a root of another past is refused."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from planvault import Actor, Planner, RegisterRequest, Settings, open_planner
from planvault.adapters.exchange.samples import sample_directory
from planvault.adapters.sql.ledger_parts import IN_FILES_OF_THEIR_OWN, LEFT_OUT, OF_LABELS, OF_STORE, OF_VERSIONS
from planvault.adapters.sql.tables import METADATA
from planvault.domain.storage.state import StorageMode
from planvault.testing.builders import det_rows

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
AYA, BEN = Actor.asserted("aya"), Actor.asserted("ben")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
async def planner(database_url: str, root: Path) -> AsyncIterator[Planner]:
    """A planner on a store that files what it stores."""
    settings = Settings(database_url=database_url, storage_mode=StorageMode.BOTH, files_root=root)
    async with open_planner(settings) as opened:
        yield opened


async def registered(planner: Planner, version_id: str = "v1") -> None:
    await planner.plans.register(RegisterRequest(version_id=version_id, actor=AYA, trigger="test"), det_rows(40))


async def approved_inputs(planner: Planner) -> None:
    await planner.inputs.import_files(label="Weekly", directory=sample_directory(), actor=AYA)
    await planner.inputs.submit("Weekly", actor=AYA)
    await planner.inputs.approve_reference("Weekly@1", actor=BEN)


def current(root: Path, key: str) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads((root / "current" / f"{key}.json").read_text(encoding="utf-8"))
    return fields


def test_every_table_has_its_place_in_the_mirror() -> None:
    placed = {*OF_VERSIONS, *OF_LABELS, *OF_STORE, *IN_FILES_OF_THEIR_OWN, *LEFT_OUT}
    assert placed == set(METADATA.sorted_tables)


@BOTH
async def test_whatever_is_done_the_root_tells_it(planner: Planner, root: Path) -> None:
    await approved_inputs(planner)
    await planner.plans.create(input_set="Weekly", actor=AYA, version_id="Made")
    await registered(planner, "told")
    await planner.plans.copy("Made", "copied", actor=AYA)
    await planner.plans.delete("copied", actor=AYA)
    assert sorted(path.name for path in (root / "current").iterdir()) == ["copied.json", "made.json", "told.json"]
    made = current(root, "made")
    assert (made["version_id"], made["tables"]["plan_versions"][0][0]) == ("Made", "Made")
    assert (root / "versions" / "made" / f"{made['folder']['digest']}.{made['folder']['suffix']}").is_dir()
    assert [row[3] for row in made["tables"]["plan_jobs"]] == ["succeeded"]
    assert current(root, "copied")["deleted"] is True
    assert "tables" not in current(root, "copied")
    assert (root / "labels" / "weekly.json").is_file()
    (content,) = (root / "inputs").iterdir()
    assert content.stem == made["tables"]["planning_input_contents"][0][1]
    assert (await planner.audit.verify()).clean
