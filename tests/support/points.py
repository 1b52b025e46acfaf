"""The points at which tests stop, kill or fail planvault: those of the files root, and those of every transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from dependency_injector import providers

from planvault.adapters.files.crash_points import CRASH_POINTS, MIRROR_POINTS
from planvault.adapters.files.mirror_files import FileMirror
from planvault.adapters.files.payload_folders import FilePayloadFolders
from planvault.application.planner import Planner
from planvault.application.unit_of_work import UnitOfWork, UnitOfWorkFactory
from planvault.infrastructure.container import Container
from planvault.infrastructure.runtime import prepare
from planvault.infrastructure.settings import Settings

Reached = Callable[[str], None]
# What the kept transactions of every use case pass: a statement is passed before it is carried out.
STATEMENT = "transaction.statement"
LOCKED = "transaction.folders-locked"
POINTED = "transaction.pointed"
COMMITTING = "transaction.committing"
COMMITTED = "transaction.committed"
TRANSACTION_POINTS = (STATEMENT, LOCKED, POINTED, COMMITTING, COMMITTED)
ALL_POINTS = (*CRASH_POINTS, *MIRROR_POINTS, *TRANSACTION_POINTS)


@asynccontextmanager
async def watched_planner(settings: Settings, reached: Reached) -> AsyncIterator[Planner]:
    """A planner on a SQL store whose writing transactions and files root tell of every point that they pass."""
    assert settings.files_root is not None
    container = Container(settings=settings, database_or_engine=settings.database_url)
    container.folders.override(FilePayloadFolders(settings.files_root, reached=reached))
    container.mirror_files.override(FileMirror(settings.files_root, reached=reached))
    for units in (container.plain_unit_of_work, container.unit_of_work):  # the mirror's own first
        units.override(providers.Object(_Watched(units(), reached)))
    opened = container.database()
    try:
        await prepare(opened)
        yield container.planner()
    finally:
        await opened.close()


class _Watched(UnitOfWorkFactory):
    def __init__(self, units: UnitOfWorkFactory, reached: Reached) -> None:
        self._units = units
        self._reached = reached

    @asynccontextmanager
    async def __call__(self, *, read_only: bool = False) -> AsyncIterator[UnitOfWork]:
        async with self._units(read_only=read_only) as uow:
            if not read_only:
                self._watch(uow)
            yield uow

    def _watch(self, uow: Any) -> None:
        self._tell(uow, "commit", before=COMMITTING, after=COMMITTED)
        self._tell(uow.storage, "hold_folders", after=LOCKED)
        self._tell(uow.storage, "point", after=POINTED)
        self._tell(uow._session, "_run", before=STATEMENT)

    def _tell(self, owner: Any, name: str, *, before: str | None = None, after: str | None = None) -> None:
        """Have a method tell before or after it is carried out."""
        method: Callable[..., Coroutine[Any, Any, Any]] = getattr(owner, name)

        async def telling(*words: Any, **named: Any) -> Any:
            if before:
                self._reached(before)
            answer = await method(*words, **named)
            if after:
                self._reached(after)
            return answer

        setattr(owner, name, telling)
