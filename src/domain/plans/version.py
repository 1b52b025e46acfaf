"""Plan versions: one plan each, from the inputs it was made from to where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from ..access.actor import Actor
from ..errors import IllegalTransitionError, PlanTrimmedError
from ..shared.canonical import json_value
from ..shared.events import EventDraft
from ..shared.ids import JobId, RunId, VersionId, folded
from .approval import PlanApproval
from .stage import PlanStage


class PlanStatus(StrEnum):
    """Where a plan version stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    SUPERSEDED = "superseded"
    ARCHIVED = "archived"


ALLOWED_MOVES: Mapping[PlanStatus, frozenset[PlanStatus]] = {
    PlanStatus.DRAFT: frozenset({PlanStatus.SUBMITTED, PlanStatus.ARCHIVED}),
    PlanStatus.SUBMITTED: frozenset({PlanStatus.APPROVED, PlanStatus.DRAFT, PlanStatus.ARCHIVED}),
    PlanStatus.APPROVED: frozenset({PlanStatus.DRAFT, PlanStatus.SUPERSEDED}),
    PlanStatus.SUPERSEDED: frozenset({PlanStatus.APPROVED, PlanStatus.ARCHIVED}),
    PlanStatus.ARCHIVED: frozenset(),
}
_CLOSED_TO_TRIALS = frozenset({PlanStatus.SUBMITTED, PlanStatus.APPROVED, PlanStatus.SUPERSEDED})


class PlanOrigin(StrEnum):
    """How a plan came here."""

    ENGINE = "engine"
    REGISTERED = "registered"
    LEGACY = "legacy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a plan was made from and by: all of it null where nobody knows any more.

    ``input_label`` with ``input_revision`` and ``input_content_hash`` names exactly one content, forever.
    """

    origin: PlanOrigin
    config_version_id: int | None = None
    input_label: str | None = None
    input_revision: int | None = None
    input_content_hash: str | None = None
    engine_name: str | None = None
    engine_version: str | None = None
    engine_parameters: Mapping[str, Any] = field(default_factory=dict)
    run_id: RunId | None = None
    job_id: JobId | None = None
    base_version_id: VersionId | None = None

    def __post_init__(self) -> None:
        """Engine parameters are JSON values of the plan's own, the same in every store."""
        object.__setattr__(self, "engine_parameters", json_value(self.engine_parameters, what="engine parameters"))

    @property
    def input_reference(self) -> str | None:
        """``weekly@4``, if the inputs are known."""
        return None if self.input_label is None else f"{self.input_label}@{self.input_revision}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanVersion:
    """One plan: its identity, its standing and its provenance; the rows are kept beside it.

    A *trial* was made from a revision that nobody approved: it can be looked at, never submitted, approved, pinned
    or made baseline.  ``payload_digest`` and ``plan_digest`` are 64 hex digits; ``series_rows`` counts all levels.
    ``editors`` are the names of everybody who edited it, in that order, besides its creator; ``approvals`` are those
    that hold, for ``plan_digest`` as it is; ``stale_levels`` no longer follow from the levels above them.
    """

    version_id: VersionId
    title: str | None = None
    status: PlanStatus = PlanStatus.DRAFT
    trial: bool = False
    pinned: bool = False
    provenance: Provenance
    cutover_date: date | None = None
    recon_window_days: int | None = None
    objective: str | None = None
    note: str | None = None
    payload_digest: str
    plan_digest: str
    series_rows: int
    created_at: datetime
    created_by: str
    updated_at: datetime
    row_version: int = 0
    editors: tuple[str, ...] = ()
    approvals: tuple[PlanApproval, ...] = ()
    stage: PlanStage = PlanStage.DRAFT
    stale_levels: tuple[str, ...] = ()

    @property
    def authors(self) -> tuple[str, ...]:
        """Who may not approve it: its creator and everybody who edited it."""
        return (self.created_by, *self.editors)

    @property
    def author_keys(self) -> frozenset[str]:
        """The authors as names compare."""
        return frozenset(folded(author) for author in self.authors)

    @property
    def key(self) -> str:
        """The id as it is compared: unique without regard to case, and never used again."""
        return folded(self.version_id)

    def moved_to(self, status: PlanStatus, *, at: datetime) -> PlanVersion:
        """The version at another status.

        Raises:
            IllegalTransitionError: its status does not allow the move, or it is a trial.
        """
        if status in _CLOSED_TO_TRIALS:
            self.refuse_trial(f"become {status}")
        if status not in ALLOWED_MOVES[self.status]:
            raise IllegalTransitionError(
                f"{self.version_id} is {self.status} and cannot become {status}.",
                status=str(self.status),
                wanted=str(status),
            )
        return replace(self, status=status, updated_at=at)

    def pin(self, *, at: datetime) -> PlanVersion:
        """The version, kept from every trim.

        Raises:
            IllegalTransitionError: it is a trial.
        """
        self.refuse_trial("be pinned")
        return replace(self, pinned=True, updated_at=at)

    def unpin(self, *, at: datetime) -> PlanVersion:
        """The version, as any other to a trim."""
        return replace(self, pinned=False, updated_at=at)

    def require_baseline(self) -> None:
        """Let a version pass that may be the baseline of its config version.

        Raises:
            IllegalTransitionError: it is a trial, or neither approved nor superseded.
        """
        self.refuse_trial("be the baseline")
        if self.status not in {PlanStatus.APPROVED, PlanStatus.SUPERSEDED}:
            raise IllegalTransitionError(
                f"{self.version_id} is {self.status}; only approved or superseded plans can be the baseline."
            )

    def require_rows(self) -> PlanVersion:
        """The version itself, if its rows are kept.

        Raises:
            PlanTrimmedError: a trim put it away.
        """
        if self.status is PlanStatus.ARCHIVED:
            raise PlanTrimmedError("plan version", self.version_id)
        return self

    def refuse_trial(self, what: str) -> None:
        """Let every version pass that is no trial.

        Raises:
            IllegalTransitionError: it is one.
        """
        if self.trial:
            reference = self.provenance.input_reference or "unapproved inputs"
            raise IllegalTransitionError(
                f"{self.version_id} is a trial made from {reference} and can never {what}.",
                remedy="Have the inputs approved and create a plan from them.",
            )


class PlanAction(StrEnum):
    """The things that can happen to a plan version, by the verb of the command."""

    CREATE = "create"
    REGISTER = "register"
    RECONCILE = "reconcile"
    RERUN = "rerun"
    SUBMIT = "submit"
    APPROVE = "approve"
    REVOKE = "revoke"
    REOPEN = "reopen"
    PIN = "pin"
    UNPIN = "unpin"
    BASELINE = "baseline"
    SUPERSEDE = "supersede"
    ROLLBACK = "rollback"
    ADVANCE = "advance"
    INVALIDATE = "invalidate"
    DELETE = "delete"
    TRIM = "trim"
    COPY = "copy"
    REPLACE = "replace"
    EDIT = "edit"
    UNDO = "undo"
    LOCK = "lock"
    UNLOCK = "unlock"
    WEIGHT = "weight"
    BACKFILL = "backfill"
    QUOTE = "quote"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEvent:
    """One thing that happened to one plan version, which is ``version`` afterwards.

    Without ``details`` it tells how the version came to be, and from which ``base`` if it was made again; with them,
    where it now stands and what they say.
    """

    version: PlanVersion
    action: PlanAction
    actor: Actor
    comment: str | None = None
    base: PlanVersion | None = None
    details: Mapping[str, Any] | None = None

    def draft(self) -> EventDraft:
        """The event as the ledger takes it."""
        version = self.version
        if self.details is None:
            said = _origin_of(version)
        else:
            said = {"plan_digest": version.plan_digest, "status": str(version.status), **self.details}
        return EventDraft(
            stream=plan_stream(version.version_id),
            action=str(self.action),
            subject=f"plan/{version.version_id}",
            actor=self.actor,
            comment=self.comment,
            details=said | self._based_on(),
        )

    def _based_on(self) -> dict[str, Any]:
        """The base, and the inputs that it was bound to where the version is bound to others."""
        if self.base is None:
            return {}
        former, now = self.base.provenance.input_reference, self.version.provenance.input_reference
        return {
            "base_version_id": self.base.version_id,
            "base_plan_digest": self.base.plan_digest,
            "base_payload_digest": self.base.payload_digest,
            "rebound_from": None if former == now else former,
        }


def _origin_of(version: PlanVersion) -> dict[str, Any]:
    made_from = version.provenance
    return {
        "plan_digest": version.plan_digest,
        "payload_digest": version.payload_digest,
        "series_rows": version.series_rows,
        "trial": version.trial,
        "input": made_from.input_reference,
        "input_content_hash": made_from.input_content_hash,
        "engine": made_from.engine_name,
        "engine_version": made_from.engine_version,
        "engine_parameters": dict(made_from.engine_parameters),
        "run_id": made_from.run_id,
    }


def plan_stream(version_id: str) -> str:
    """The stream of a plan version; that it has events is what keeps its id from being used again."""
    return f"plan/{folded(version_id)}"
