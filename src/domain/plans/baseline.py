"""The baseline of a config version: the one plan that others are held against, and which it was before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ..access.actor import Actor, Role, Verification
from ..errors import IllegalTransitionError, InvalidRequestError, StaleVersionError
from ..shared.ids import VersionId, folded
from .version import PlanAction, PlanEvent, PlanStatus, PlanVersion


class BaselineReason(StrEnum):
    """How a plan became the baseline."""

    SET = "set"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineEntry:
    """One change of a baseline; ``sequence`` counts from 1 in its config version."""

    config_version_id: int
    sequence: int
    version_id: VersionId
    reason: BaselineReason
    since: datetime
    actor: str
    verification: Verification
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineMove:
    """What a change of the baseline comes to: its entry, the plans that it touches, and an event for each of them."""

    entry: BaselineEntry
    changed: tuple[PlanVersion, ...]
    events: tuple[PlanEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The baseline of one config version with its history, oldest entry first; the newest one is in force."""

    config_version_id: int
    entries: tuple[BaselineEntry, ...] = ()

    @property
    def sequence(self) -> int:
        """How often it was changed."""
        return len(self.entries)

    @property
    def current(self) -> VersionId | None:
        """The plan that is the baseline, if there is one."""
        return self.entries[-1].version_id if self.entries else None

    @property
    def previous(self) -> VersionId | None:
        """The plan that a rollback would make the baseline; rollbacks do not undo each other."""
        line: list[VersionId] = []
        for entry in self.entries:
            if entry.reason is BaselineReason.ROLLBACK:
                line.pop()
            else:
                line.append(entry.version_id)
        return line[-2] if len(line) > 1 else None

    def is_current(self, version_id: VersionId) -> bool:
        """Whether that plan is the baseline."""
        return self.current is not None and folded(self.current) == folded(version_id)

    def was_ever(self, version_id: VersionId) -> bool:
        """Whether that plan is or was the baseline."""
        return any(folded(entry.version_id) == folded(version_id) for entry in self.entries)

    def require_sequence(self, expected: int | None) -> None:
        """Let a change pass that knows how often the baseline was changed before; null knows nothing and passes.

        Raises:
            StaleVersionError: somebody changed it first.
        """
        if expected is not None and expected != self.sequence:
            raise StaleVersionError("baseline of config version", self.config_version_id)

    def set_to(
        self,
        version: PlanVersion,
        *,
        former: PlanVersion | None,
        actor: Actor,
        at: datetime,
        comment: str | None = None,
    ) -> BaselineMove:
        """Make an approved or superseded plan the baseline; ``former``, which it was until now, is superseded.

        Raises:
            ForbiddenError: the actor is no approver.
            InvalidRequestError: the plan is of another config version, or of none.
            IllegalTransitionError: it is a trial, neither approved nor superseded, or the baseline already.
        """
        actor.require(Role.APPROVER)
        self._require_of(version)
        version.require_baseline()
        if self.is_current(version.version_id):
            raise IllegalTransitionError(
                f"{version.version_id} is the baseline of config version {self.config_version_id} already."
            )
        return self._moved(version, former, BaselineReason.SET, actor=actor, at=at, comment=comment)

    def rolled_back(
        self,
        version: PlanVersion,
        *,
        former: PlanVersion,
        actor: Actor,
        at: datetime,
        comment: str | None = None,
    ) -> BaselineMove:
        """Make the plan before the baseline again, and approved; ``former``, which it was until now, is superseded.

        Raises:
            ForbiddenError: the actor is no approver.
            IllegalTransitionError: it can no longer be the baseline.
        """
        actor.require(Role.APPROVER)
        version.require_baseline()
        return self._moved(version, former, BaselineReason.ROLLBACK, actor=actor, at=at, comment=comment)

    def _require_of(self, version: PlanVersion) -> None:
        of = version.provenance.config_version_id
        if of != self.config_version_id:
            where = "no config version" if of is None else f"config version {of}"
            raise InvalidRequestError(
                f"{version.version_id} belongs to {where}, not to config version {self.config_version_id}.",
                remedy="Choose a plan of that config version: "
                f"planvault plans list --config {self.config_version_id} --status approved.",
            )

    def _moved(
        self,
        version: PlanVersion,
        former: PlanVersion | None,
        reason: BaselineReason,
        *,
        actor: Actor,
        at: datetime,
        comment: str | None,
    ) -> BaselineMove:
        sequence = self.sequence + 1
        raised = version
        if version.status is PlanStatus.SUPERSEDED:
            raised = version.moved_to(PlanStatus.APPROVED, at=at)
        details = {
            "config_version_id": self.config_version_id,
            "sequence": sequence,
            "former": None if former is None else former.version_id,
        }
        action = PlanAction.BASELINE if reason is BaselineReason.SET else PlanAction.ROLLBACK
        changed = [] if raised is version else [raised]
        events = [PlanEvent(version=raised, action=action, actor=actor, comment=comment, details=details)]
        if former is not None and former.status is PlanStatus.APPROVED:
            lowered = former.moved_to(PlanStatus.SUPERSEDED, at=at)
            by = {"config_version_id": self.config_version_id, "sequence": sequence, "by": version.version_id}
            changed.append(lowered)
            events.append(
                PlanEvent(version=lowered, action=PlanAction.SUPERSEDE, actor=actor, comment=comment, details=by)
            )
        entry = BaselineEntry(
            config_version_id=self.config_version_id,
            sequence=sequence,
            version_id=version.version_id,
            reason=reason,
            since=at,
            actor=actor.name,
            verification=actor.verification,
            comment=comment,
        )
        return BaselineMove(entry=entry, changed=tuple(changed), events=tuple(events))


def new_entries(baseline: Baseline, move: BaselineMove) -> Baseline:
    """The baseline after the move."""
    return replace(baseline, entries=(*baseline.entries, move.entry))
