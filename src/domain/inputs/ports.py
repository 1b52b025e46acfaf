"""Where config versions, input sets and their contents are kept."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ..access.policy import ApprovalPolicy
from ..errors import InvalidRequestError
from ..shared.ids import Label, free_text
from ..shared.paging import Page
from .config import ConfigVersion
from .content import InputContent, StreamedContent
from .difference import RowPair, SectionTotals
from .history import LabelPointer
from .import_report import ImportReport
from .input_set import InputSet
from .keeping import LabelTombstone
from .label_pattern import LabelPattern
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
    """Which input sets to list; what is null does not matter. ``status`` is the legacy word.

    ``awaiting`` names somebody whom a submitted candidate waits for, under ``policy`` (``InputSet.awaits``).
    """

    status: str | None = None
    config_version_id: int | None = None
    label: LabelPattern | None = None
    awaiting: str | None = None
    policy: ApprovalPolicy = field(default_factory=ApprovalPolicy)

    def __post_init__(self) -> None:
        """Whoever is awaited has a name.

        Raises:
            InvalidRequestError: it is empty, too long, or holds a character that cannot be seen.
        """
        if self.awaiting is not None and not free_text("name of the awaited", self.awaiting, limit=200):
            raise InvalidRequestError("The name of the awaited is empty.", remedy="Say whom the sets wait for.")


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

    async def newest(self, wanted: InputSetFilter, *, limit: int) -> Sequence[InputSet]:
        """At most so many input sets with their revisions, last changed first, then in order of label."""
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

    async def history(self, label: Label) -> Sequence[LabelPointer]:
        """What the label pointed to in its present life, newest first; nothing before anything was live."""
        ...

    async def delete(self, input_set: InputSet, tombstone: LabelTombstone) -> None:
        """Remove a set with its revisions, approvals and history, and keep the tombstone instead.

        Its contents stay; ``InputContentRepository.discard`` removes those.

        Raises:
            StaleVersionError: somebody saved or deleted it first.
        """
        ...

    async def tombstone(self, label: Label) -> LabelTombstone | None:
        """What is remembered of the last life of a label that was deleted, in whatever case."""
        ...


class InputContentRepository(Protocol):
    """The contents of revisions, each kept once however many revisions share it."""

    async def add(self, content: StreamedContent) -> None:
        """Keep a content, its rows as they pass; one that is there already is left alone."""
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

    async def discard(self, content_hashes: Iterable[str]) -> list[str]:
        """Remove those of these contents that no revision and no plan uses; their hashes, in order.

        Whoever brings one of them at the same moment either finds it still there or keeps it anew.
        """
        ...

    def differences(self, current_hash: str, previous_hash: str | None, section: str) -> AsyncGenerator[list[RowPair]]:
        """The rows of one section in which two contents differ, in batches, in flat memory.

        First what was added or changed, in key order, then what was removed.  Without a previous content every row
        was added.

        Raises:
            NotFoundError: there is no such content or section.
        """
        ...

    async def page(
        self, content_hash: str, section: str, *, after: Sequence[str | int] | None, limit: int
    ) -> list[InputRow]:
        """At most ``limit`` rows of one section after a key, in key order.

        Raises:
            NotFoundError: there is no such content or section.
        """
        ...

    async def totals(self, content_hash: str) -> Mapping[str, SectionTotals]:
        """What every section comes to; sums agree between stores within 1e-9 of their size.

        Raises:
            NotFoundError: there is none.
        """
        ...


class ImportReportRepository(Protocol):
    """What imports came to, the newest 50 of each label."""

    async def add(self, report: ImportReport) -> None:
        """Keep a report, and forget what its label has beyond the newest 50.

        Raises:
            AlreadyExistsError: its id is taken.
        """
        ...

    async def get(self, report_id: str) -> ImportReport:
        """The report of that id.

        Raises:
            NotFoundError: there is none, or no longer.
        """
        ...

    async def list(self, label: Label | None, *, limit: int, cursor: str | None) -> Page[ImportReport]:
        """Reports, newest first; those of one label in whatever case, or all.

        Raises:
            InvalidRequestError: the cursor is not of this list.
        """
        ...
