"""The port of a legacy system's plans: a database or a tree of artifacts, read and never written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

from ...domain.inputs.content import InputContent
from ...domain.plans.editing.overlay import Overlay
from ...domain.plans.series import SeriesRow
from ...domain.plans.version import Provenance
from ...domain.runs.job import Job
from ...domain.runs.run import Run
from ...domain.shared.clock import instant_text
from ...domain.shared.events import Head
from ...domain.shared.ids import COMMENT_LENGTH, Label
from ...domain.storage.backfill import Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyConfig:
    """A config version as the legacy system calls it."""

    config_id: int
    name: str
    status: str
    horizon_days: int | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyEvent:
    """Something that happened in the legacy system, to be quoted: nobody here saw it."""

    action: str
    actor: str | None
    comment: str | None
    at: datetime | None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def quoted(self) -> dict[str, Any]:
        """The event as another one tells of it."""
        at = None if self.at is None else instant_text(self.at)
        said = {"event_type": self.action, "actor": self.actor, "event_ts": at, "comment": self.comment}
        return said | dict(self.details)

    @property
    def line(self) -> str:
        """The event in a line: what was done, by whom, and what they said."""
        by = "" if self.actor is None else f" by {self.actor}"
        said = "" if self.comment is None else f": {self.comment}"
        return f"{self.action}{by}{said}"[:COMMENT_LENGTH]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldPlan:
    """What another planvault tells of its plan, beyond what a legacy system knows.

    ``provenance`` is as it stands there; ``heads`` are all events of the plan, oldest first, and empty where none are
    known.
    """

    title: str | None
    trial: bool
    stale_levels: tuple[str, ...] = ()
    provenance: Provenance
    payload_digest: str
    heads: tuple[Head, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyPlan:
    """One plan of the legacy system, whole.

    ``levels`` are rows in key order.  ``status`` and ``label`` are the source's words, of which only a word of stage
    means anything here.  ``artifacts`` are those that are kept as they are, and what the others say besides rows.
    ``runs`` and ``jobs`` name the config versions of the source.  ``quoted`` is what is told and not believed;
    ``differences`` are stored figures that artifacts do not bear out; ``told`` is there where the source is a
    planvault, and ``events`` then are those of its ``heads``, one by one.
    """

    candidate: Candidate
    source_digest: str
    status: str | None = None
    label: str | None = None
    config_id: int | None = None
    source_run_id: str | None = None
    cutover_date: date | None = None
    recon_window_days: int | None = None
    objective: str | None = None
    note: str | None = None
    levels: Mapping[str, Sequence[SeriesRow]] = field(default_factory=dict)
    artifacts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    overlay: Overlay = field(default_factory=Overlay)
    editors: Sequence[str] = ()
    events: Sequence[LegacyEvent] = ()
    runs: Sequence[Run] = ()
    jobs: Sequence[Job] = ()
    quoted: Mapping[str, Any] = field(default_factory=dict)
    differences: Sequence[Mapping[str, Any]] = ()
    told: ToldPlan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyInputs:
    """An input set of the legacy system; ``quoted`` is what it says of its status and of who approved it."""

    label: Label
    source_label: str
    config_id: int | None
    created_at: datetime
    archived: bool
    content: InputContent
    events: Sequence[LegacyEvent] = ()
    quoted: Mapping[str, Any] = field(default_factory=dict)

    @property
    def standing(self) -> str:
        """Where it stood there, and who approved it, in a line."""
        approver = self.quoted.get("approved_by")
        by = "" if approver is None else f", approved by {approver}"
        return f"{self.quoted.get('status')} in the legacy system{by}"


class LegacySource(Protocol):
    """Plans and inputs of a legacy system, as they stand there; reading changes nothing."""

    @property
    def name(self) -> str:
        """What people call it: a name, or a path."""
        ...

    def configs(self) -> Sequence[LegacyConfig]:
        """Its config versions, in order of id."""
        ...

    def versions(self) -> Sequence[Candidate]:
        """Its plan versions in order of time, then of id."""
        ...

    def digest(self, source_version: str) -> str:
        """The digest over everything it says of a version; 64 hex digits."""
        ...

    def plan(self, source_version: str) -> LegacyPlan:
        """One version, whole.

        Raises:
            InvalidRequestError: it is damaged; the sentence says where and how.
        """
        ...

    def input_sets(self) -> Sequence[str]:
        """The labels of its input sets, in order of id."""
        ...

    def inputs(self, source_label: str) -> LegacyInputs:
        """One input set, whole.

        Raises:
            InvalidRequestError: it is damaged; the sentence says where and how.
        """
        ...

    def loose_jobs(self) -> Sequence[Job]:
        """The jobs that made no plan version, as they ended."""
        ...


class LegacySources(Protocol):
    """The legacy systems that can be read."""

    @property
    def names(self) -> Sequence[str]:
        """The names that were given to sources, in order."""
        ...

    def open(self, source: str | Path) -> AbstractContextManager[LegacySource]:
        """The source of that name, or at that path.

        Raises:
            NotFoundError: there is none.
            InvalidRequestError: what is there is neither a legacy database nor a folder of artifacts.
        """
        ...
