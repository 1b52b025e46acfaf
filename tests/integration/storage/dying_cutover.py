"""A process that cuts over and dies at a named point: ``URL ROOT POINT MODE``."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from planvault import Actor, Settings
from planvault.application.storage.cut_over import CutoverOrder
from planvault.domain.storage.state import StorageMode
from planvault.infrastructure.container import Container


def main() -> None:
    url, root, point, mode = sys.argv
    asyncio.run(_cut_over(url, Path(root), point, StorageMode(mode)))


async def _cut_over(url: str, root: Path, point: str, mode: StorageMode) -> None:
    def reached(passed: str) -> None:
        if passed == point:
            os.kill(os.getpid(), signal.SIGKILL)

    container = Container(settings=Settings(database_url=url, files_root=root), database_or_engine=url)
    container.switch_mode.add_kwargs(reached=reached)
    container.cut_over.add_kwargs(reached=reached)
    news = container.planner().storage.cutover(CutoverOrder(mode=mode, actor=Actor.asserted("ben")))
    async for _ in news:
        pass
