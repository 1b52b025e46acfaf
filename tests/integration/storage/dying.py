"""A process that stores a plan in the mode ``both`` and dies at a named point: ``python -m … URL ROOT POINT``."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from planvault import Actor, RegisterRequest, Settings
from planvault.adapters.files.payload_folders import FilePayloadFolders
from planvault.infrastructure.container import Container
from planvault.testing.builders import det_rows

AYA = Actor.asserted("aya")


async def main(url: str, root: Path, point: str) -> None:
    def reached(passed: str) -> None:
        if passed == point:
            os.kill(os.getpid(), signal.SIGKILL)

    settings = Settings(database_url=url, files_root=root)
    container = Container(settings=settings, database_or_engine=url)
    container.folders.override(FilePayloadFolders(root, reached=reached))
    planner = container.planner()
    if point == "folder.trashed":
        await planner.storage.sweep(actor=AYA)
        return
    await planner.plans.replace("v1", det_rows(9), actor=AYA)
    await planner.plans.register(RegisterRequest(version_id="v2", actor=AYA, trigger="test"), det_rows(9))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
