"""The port of planning engines: from the content of a revision to the rows of a plan."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..domain.inputs.content import InputContent
from ..domain.plans.series import SeriesRow


class Progress(Protocol):
    """Who is told how far a long step has come."""

    def __call__(self, stage: str, share: float) -> None:
        """The stage that is at work, and the share of it that is done, from 0 to 1."""
        ...


def silent(stage: str, share: float) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineResult:
    """What an engine makes of an input revision.

    ``levels`` maps each level's name to its rows in strictly rising key order; iterables, so that an engine may
    stream them.  ``headers`` holds what the legacy-shaped artifacts say besides rows, by artifact name
    (``aggregate.json`` …), as JSON values.
    """

    levels: Mapping[str, Iterable[SeriesRow]]
    headers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class Engine(Protocol):
    """A planning engine: pure, synchronous, and without a store.

    Third parties add one by the entry point group ``planvault.engines``.
    """

    @property
    def name(self) -> str:
        """The name that plans record."""
        ...

    @property
    def version(self) -> str:
        """The version that plans record; it changes when results change."""
        ...

    def parameters(self, given: Mapping[str, Any], inputs: InputContent) -> dict[str, Any]:
        """All parameters in force: given ones over the input set's over defaults, as JSON values.

        Raises:
            InvalidRequestError: an unknown parameter, or a value out of its range; the sentence names it.
        """
        ...

    def run(self, inputs: InputContent, parameters: Mapping[str, Any], progress: Progress) -> EngineResult:
        """The plan of these inputs: the same inputs and parameters always give the same rows.

        Raises:
            InvalidRequestError: no plan can be made of these inputs; the sentence says why.
            EngineError: the engine itself failed.
        """
        ...


class RunningEngine(Protocol):
    """An engine at work elsewhere, whose results are taken as they come."""

    @property
    def headers(self) -> Mapping[str, Mapping[str, Any]]:
        """What artifacts say besides rows; complete once the levels are."""
        ...

    def levels(self) -> AsyncIterator[tuple[str, AsyncIterator[list[SeriesRow]]]]:
        """Each level's name with its batches of rows in key order; take a level's batches before the next level.

        Raises:
            EngineError: the engine failed or was stopped.
        """
        ...


class EngineRunner(Protocol):
    """Runs engines off the event loop."""

    def describe(self, name: str, parameters: Mapping[str, Any], inputs: InputContent) -> tuple[str, dict[str, Any]]:
        """The engine's version, and all parameters in force.

        Raises:
            NotFoundError: there is no engine of that name.
            InvalidRequestError: a parameter is wrong.
        """
        ...

    def run(
        self, name: str, inputs: InputContent, parameters: Mapping[str, Any], progress: Progress
    ) -> AbstractAsyncContextManager[RunningEngine]:
        """Start the engine; once entered it has computed, and its levels can be taken. Leaving early stops it.

        Raises:
            InvalidRequestError: no plan can be made of these inputs; the sentence says why.
            EngineError: the engine failed; the sentence says how.
        """
        ...
