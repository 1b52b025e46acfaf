"""Storage over HTTP."""

from __future__ import annotations

import shutil
from pathlib import Path

from planvault import Role, Settings, open_planner
from planvault.domain.storage.state import StorageMode

from .driving import AYA, client_of, registered, token_of


async def test_storage_is_looked_at_switched_verified_repaired_and_swept(tmp_path: Path) -> None:
    settings = Settings(database_url="memory://", files_root=tmp_path / "files", cache_dir=tmp_path)
    async with open_planner(settings) as planner, client_of(planner) as client:
        await registered(client, "v1")
        assert (await client.get("/storage")).json()["mode"] == "db"
        switched = await client.post("/storage/mode", json={"mode": "both", "comment": "trial"}, headers=AYA)
        assert switched.status_code == 200, switched.text
        assert (switched.json()["mode"], switched.json()["unfiled"], switched.json()["stale"]) == ("both", ["v1"], [])
        assert str(tmp_path) not in switched.text
        again = await client.post("/storage/mode", json={"mode": "both"}, headers=AYA)
        assert (again.status_code, again.json()["code"]) == (409, "invalid-state-transition")
        unfiled = (await client.post("/storage/verify", json={})).json()
        assert (unfiled["clean"], unfiled["total"], unfiled["findings"][0]["kind"]) == (False, 1, "unfiled")
        repaired = await client.post("/storage/repair", json={"source": "db"}, headers=AYA)
        assert (repaired.status_code, repaired.json()) == (200, {"repaired": ["v1"]})
        clean = (await client.post("/storage/verify", json={"full": True, "versions": ["v1"]})).json()
        assert clean == {"clean": True, "total": 0, "findings": []}
        await client.delete("/plans/v1", headers=AYA)
        (orphan,) = (await client.get("/storage")).json()["orphans"]
        swept = await client.post("/storage/sweep", json={}, headers=AYA)
        assert swept.json() == {"swept": [orphan]}
        unknown = await client.post("/storage/verify", json={"versions": ["v9"]})
        assert (unknown.status_code, unknown.json()["code"]) == (404, "not-found")


async def test_a_planner_does_not_run_the_storage(tmp_path: Path) -> None:
    settings = Settings(
        database_url="memory://", storage_mode=StorageMode.BOTH, files_root=tmp_path / "files", cache_dir=tmp_path
    )
    async with open_planner(settings) as planner, client_of(planner) as client:
        held = await token_of(planner, Role.PLANNER)
        for path, body in (("mode", {"mode": "db"}), ("repair", {"source": "db"}), ("sweep", {}), ("mirror", {})):
            assert (await client.post(f"/storage/{path}", json=body, headers=held)).status_code == 403
        assert (await client.post("/storage/verify", json={}, headers=held)).json()["clean"]
        wrong = await client.post("/storage/repair", json={"source": "paper"}, headers=held)
        assert wrong.status_code in {400, 403}


async def test_a_store_cuts_over_rolls_back_and_shows_what_was_measured(tmp_path: Path) -> None:
    settings = Settings(database_url="memory://", files_root=tmp_path / "files", cache_dir=tmp_path)
    async with open_planner(settings) as planner, client_of(planner) as client:
        await registered(client, "v1")
        plan = (await client.post("/storage/cutover", json={"to": "files", "plan": True}, headers=AYA)).json()
        assert (plan["open"], plan["fills"], len(plan["steps"])) == (True, ["v1"], 3)
        both = await client.post("/storage/cutover", json={"to": "both", "comment": "trial"}, headers=AYA)
        assert both.status_code == 200, both.text
        assert (both.json()["mode"], both.json()["primary"], both.json()["filed"]) == ("both", "db", ["v1"])
        assert [gate["gate"] for gate in both.json()["steps"][0]["gates"]] == ["root"]
        plan = (await client.post("/storage/rollback", json={"plan": True}, headers=AYA)).json()
        assert (plan["open"], plan["versions"], plan["after"]) == (True, 1, {"mode": "both", "primary": "files"})
        back = await client.post("/storage/rollback", json={"to": "files"}, headers=AYA)
        assert (back.json()["mode"], back.json()["cleared"]) == ("files", ["v1"])
        assert (await client.post("/storage/rollback/verify", json={})).json() == {
            "mode": "files",
            "primary": "files",
            "back": True,
            "total": 0,
            "findings": [],
        }
        nowhere = await client.post("/storage/rollback", json={"to": "db"}, headers=AYA)
        assert (nowhere.status_code, nowhere.json()["code"]) == (400, "invalid-request")
        shutil.rmtree(tmp_path / "files")
        closed = await client.post("/storage/cutover", json={"to": "db"}, headers=AYA)
        assert (closed.status_code, closed.json()["code"]) == (409, "gate-closed")
        assert (closed.json()["params"]["taken"], str(tmp_path) in closed.text) == ([], False)
        pack = await client.get("/storage/evidence")
        assert (pack.status_code, pack.headers["content-type"], pack.content[:2]) == (200, "application/zip", b"PK")


async def test_the_mirror_is_brought_up_to_date_and_adopted(tmp_path: Path) -> None:
    settings = Settings(
        database_url=f"sqlite+aiosqlite:///{tmp_path / 'plans.db'}",
        storage_mode=StorageMode.BOTH,
        files_root=tmp_path / "files",
        cache_dir=tmp_path,
    )
    async with open_planner(settings) as planner, client_of(planner) as client:
        await registered(client, "v1")
        assert (await client.get("/storage")).json()["outbox"] == {"count": 0, "oldest": None}
        (tmp_path / "files" / "current" / "v1.json").unlink()
        found = (await client.post("/storage/verify", json={})).json()["findings"]
        assert [(one["kind"], one["file"], one["version_id"]) for one in found] == [
            ("mirror-missing", "current/v1.json", "v1")
        ]
        done = await client.post("/storage/mirror", json={"everything": True}, headers=AYA)
        assert (done.status_code, done.json()["versions"], done.json()["adopted"]) == (200, 1, False)
        adopted = await client.post("/storage/mirror", json={"adopt": True}, headers=AYA)
        assert (adopted.status_code, adopted.json()["adopted"]) == (200, True)
        assert (await client.post("/storage/verify", json={})).json()["clean"]
