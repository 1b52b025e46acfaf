"""A runner of engines for tests: in this process, without a subprocess."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any

from ..adapters.engine.catalogue import load_engine
from ..application.engine import Engine, EngineResult, EngineRunner, Progress, RunningEngine
from ..domain.inputs.content import InputContent
from ..domain.plans.series import SeriesRow

BATCH = 2000


class InlineEngineRunner(EngineRunner):
    """Runs engines where it is called: those it is given by name, and the installed ones."""

    def __init__(self, engines: Iterable[Engine] = (), *, batch: int = BATCH) -> None:
        """Take engines to offer beside the installed ones, and how many rows make a batch."""
        self._engines = {engine.name: engine for engine in engines}
        self._batch = batch

    def describe(self, name: str, parameters: Mapping[str, Any], inputs: InputContent) -> tuple[str, dict[str, Any]]:
        """The engine's version, and all parameters in force.

        Raises:
            NotFoundError: there is no engine of that name.
            InvalidRequestError: a parameter is wrong.
        """
        engine = self._engine(name)
        return engine.version, engine.parameters(parameters, inputs)

    @asynccontextmanager
    async def run(
        self, name: str, inputs: InputContent, parameters: Mapping[str, Any], progress: Progress
    ) -> AsyncIterator[RunningEngine]:
        """Run the engine to its end, then let its levels be taken.

        Raises:
            NotFoundError: there is no engine of that name.
            EngineError: the engine failed; the sentence says how.
        """
        yield _Finished(self._engine(name).run(inputs, parameters, progress), self._batch)

    def _engine(self, name: str) -> Engine:
        return self._engines[name] if name in self._engines else load_engine(name)


class _Finished(RunningEngine):
    def __init__(self, result: EngineResult, batch: int) -> None:
        self._result = result
        self._batch = batch

    @property
    def headers(self) -> Mapping[str, Mapping[str, Any]]:
        """What artifacts say besides rows."""
        return self._result.headers

    async def levels(self) -> AsyncIterator[tuple[str, AsyncIterator[list[SeriesRow]]]]:
        """Each level's name with its batches."""
        for name, rows in self._result.levels.items():
            yield name, self._batches(rows)

    async def _batches(self, rows: Iterable[SeriesRow]) -> AsyncIterator[list[SeriesRow]]:
        walk = iter(rows)
        while batch := list(islice(walk, self._batch)):
            yield batch
