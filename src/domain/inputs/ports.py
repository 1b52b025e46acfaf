"""Where config versions, input sets and their contents are kept."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ..shared.ids import Label
from ..shared.paging import Page
from .config import ConfigVersion
from .content import InputContent
from .input_set import InputSet
from .sections import InputRow


class ConfigRepository(Protocol):
    """The config versions of a store."""

    async def get(self, config_version_id: int) -> ConfigVersion:
        """The config version of that id.

        Raises:
            NotFoundError: there is none.
        """
        ...

    async def list(self) -> list[ConfigVersion]:
        """All config versions, in order of id."""
        ...

    async def add(self, config: ConfigVersion) -> None:
        """Keep a new config version.

        Raises:
            AlreadyExistsError: its id or its name is taken.
        """
        ...

    async def next_id(self) -> int:
        """The next free id, counting from 1."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSetFilter:
    """Which input sets to list; what is null does not matter. ``status`` is the legacy word."""

    status: str | None = None
    config_version_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSetSummary:
    """An input set as a list shows it."""

    label: Label
    title: str | None
    status: str
    config_version_id: int
    live: int | None
    live_content_hash: str | None
    candidate: int | None
    candidate_status: str | None
    created_at: datetime
    updated_at: datetime


class InputSetRepository(Protocol):
    """The input sets of a store, each with its revisions and their approvals."""

    async def find(self, label: Label) -> InputSet | None:
        """The set of that label in whatever case, if there is one; locked until a writing unit of work ends."""
        ...

    async def get(self, label: Label) -> InputSet:
        """The set of that label in whatever case; locked until a writing unit of work ends.

        Raises:
            NotFoundError: there is none.
        """
        ...

    async def list(self, wanted: InputSetFilter, *, limit: int, cursor: str | None) -> Page[InputSetSummary]:
        """Input sets in order of label.

        Raises:
            InvalidRequestError: the cursor is not of this list.
        """
        ...

    async def add(self, input_set: InputSet) -> None:
        """Keep a new set with its revisions.

        Raises:
            AlreadyExistsError: the label is taken, in whatever case.
        """
        ...

    async def save(self, input_set: InputSet) -> InputSet:
        """Keep a changed set, its changed revisions and new approvals, and what the label now points to.

        The answer carries the next ``row_version``.

        Raises:
            StaleVersionError: somebody saved it first.
        """
        ...


class InputContentRepository(Protocol):
    """The contents of revisions, each kept once however many revisions share it."""

    async def add(self, content: InputContent) -> None:
        """Keep a content; one that is there already is left alone."""
        ...

    async def get(self, content_hash: str) -> InputContent:
        """The whole content of that hash, checked against it.

        Raises:
            NotFoundError: there is none.
            IntegrityError: what is stored no longer has that hash.
        """
        ...

    def rows(self, content_hash: str, section: str) -> AsyncGenerator[list[InputRow]]:
        """The rows of one section in key order, in batches."""
        ...

    async def page(
        self, content_hash: str, section: str, *, after: Sequence[str | int] | None, limit: int
    ) -> list[InputRow]:
        """At most ``limit`` rows of one section after a key, in key order.

        Raises:
            NotFoundError: there is no such content or section.
        """
        ...
