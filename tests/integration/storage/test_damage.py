"""Every file of a folder, cut, flipped, grown and deleted: exactly that one is named, and repaired from the tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from planvault import Planner, RegisterRequest, open_planner
from planvault.domain.storage.state import Side
from planvault.testing.builders import aggregate_rows, det_rows
from planvault.testing.stores import sqlite_url

from .dying import AYA, settings_of


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"{}\n")


WAYS: tuple[Callable[[Path], None], ...] = (cut, flipped, longer, Path.unlink)


async def folder_of(planner: Planner, root: Path, version_id: str) -> Path:
    await planner.storage.sweep(actor=AYA)
    (folder,) = (root / "versions" / version_id).iterdir()
    return folder


async def damages(planner: Planner) -> list[tuple[str, str, str]]:
    found = planner.storage.verify(full=True)
    return [(finding.version_id, finding.kind, finding.message) async for finding in found]


async def test_every_damage_to_a_file_names_that_file_and_is_repaired(tmp_path: Path) -> None:
    root = tmp_path / "files"
    async with open_planner(settings_of(sqlite_url(tmp_path / "plans.db"), root)) as planner:
        for version_id in ("v1", "v2", "v3"):
            request = RegisterRequest(version_id=version_id, actor=AYA, trigger="test")
            await planner.plans.register(request, [*aggregate_rows(), *det_rows(20)])
        names = sorted(path.name for path in (await folder_of(planner, root, "v2")).iterdir())
        assert names == ["aggregate.jsonl", "det.jsonl", "headers.json", "kpis.json", "manifest.json"]
        for name in names:
            for damage in WAYS:
                damage((await folder_of(planner, root, "v2")) / name)
                ((version_id, kind, message),) = await damages(planner)
                assert (version_id, kind, name in message) == ("v2", "damaged", True), message
                assert [it async for it in planner.storage.repair(Side.DB, ["v2"], actor=AYA)] == ["v2"]
                assert await damages(planner) == []
        flipped((await folder_of(planner, root, "v1")) / "det.jsonl")
        cut((await folder_of(planner, root, "v3")) / "kpis.json")
        assert [(version_id, kind) for version_id, kind, _ in await damages(planner)] == [
            ("v1", "damaged"),
            ("v3", "damaged"),
        ]
        assert [it async for it in planner.storage.repair(Side.DB, ["v1", "v3"], actor=AYA)] == ["v1", "v3"]
        assert await damages(planner) == []
        assert (await planner.audit.verify()).clean
