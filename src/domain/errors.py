"""Everything planvault raises on purpose.

PlanvaultError
├── RefusedError                 the request itself is wrong
│   ├── InvalidRequestError          a parameter, an id or a label is malformed
│   ├── ValidationError              rows or files break their rules; carries every problem found
│   ├── ArchiveRejectedError         a zip or workbook that is not opened
│   ├── UnsupportedEncodingError     text that is in none of the known encodings
│   └── TooLargeError                more than a limit allows
├── NotFoundError                the thing named does not exist
│   └── PlanTrimmedError             the plan is known, its rows are not kept any more
├── ConflictError                the stored state is not what was assumed
│   ├── AlreadyExistsError           the id is taken, in whatever case
│   ├── IllegalTransitionError       not a move that this state allows
│   ├── StaleVersionError            somebody saved first
│   ├── ContentFrozenError           approved content is never edited in place
│   ├── CellLockedError              a cell that somebody locked
│   ├── InputSetMissingError         the label has nothing live to plan from
│   ├── RowLimitError                more series rows than the store is to keep
│   ├── GateClosedError              a gate of a cutover is closed
│   ├── RequestKeyReusedError        the key of a request was used for another one
│   └── InProgressError              the same request is still at work
├── AccessError                  not this actor
│   ├── UnauthenticatedError         nobody, or nobody verified
│   ├── ForbiddenError               the role is missing
│   └── FourEyesError                an author may not approve
├── EngineError                  the planning engine failed or was stopped
├── PausedError                  such work is not taken in at present
└── StorageError                 the store misbehaved
    ├── StorageUnavailableError      it cannot be reached or is busy; nothing was changed
    ├── OutcomeUnknownError          the connection broke during commit and cannot be asked
    ├── StorageFullError             no room left
    ├── NotMirroredError             it was stored, and the files root does not tell of it yet
    ├── SchemaMismatchError          the database is at another schema
    └── IntegrityError               stored bytes and stored digest disagree

Each error has a stable ``code``, a sentence (what and where), a ``remedy`` (what to do) and ``params`` for
translations. HTTP status and exit code are the business of the inbound adapters (``docs/reference/errors.md``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class PlanvaultError(Exception):
    """Anything planvault refuses or fails at on purpose."""

    code: ClassVar[str] = "internal"

    def __init__(self, message: str, *, remedy: str | None = None, **params: object) -> None:
        """Say what is wrong and where; ``remedy`` says what to do about it."""
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.params = params


class RefusedError(PlanvaultError):
    """The request itself is wrong; sending it again will not help."""

    code = "invalid-request"


class InvalidRequestError(RefusedError):
    """A parameter is missing, malformed or contradicts another."""


class InvalidLabelError(InvalidRequestError):
    """A label or version id is outside its alphabet."""

    code = "invalid-label"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong in one place of an upload.

    ``line`` counts from 1 and includes the header; ``rule`` is the stable name of the broken rule.
    """

    source: str
    rule: str
    message: str
    line: int | None = None
    column: str | None = None
    value: str | None = None
    severity: str = "error"

    @property
    def place(self) -> str:
        """``file:line`` as an editor understands it."""
        return self.source if self.line is None else f"{self.source}:{self.line}"


class ValidationError(RefusedError):
    """Rows or files break their rules; nothing of them was stored."""

    code = "validation-failed"

    def __init__(self, message: str, *, problems: Sequence[Problem], total: int | None = None) -> None:
        """Keep the problems to show, and how many there were in all."""
        super().__init__(message, remedy="Mend what is listed and send it again; nothing was stored.")
        self.problems = tuple(problems)
        self.total = len(self.problems) if total is None else total


class ArchiveRejectedError(RefusedError):
    """An archive is built in a way that planvault does not open; ``params["reason"]`` names it."""

    code = "archive-rejected"


class UnsupportedEncodingError(RefusedError):
    """A text file is in none of the encodings planvault reads."""

    code = "unsupported-encoding"


class TooLargeError(RefusedError):
    """The request is larger than a limit allows."""

    code = "payload-too-large"


class NotFoundError(PlanvaultError):
    """The thing named does not exist."""

    code = "not-found"

    def __init__(self, kind: str, name: object, *, remedy: str | None = None) -> None:
        """Name the missing thing: ``NotFoundError("plan version", "v1")``."""
        shown = str(name) if str(name).isprintable() else repr(str(name))
        super().__init__(f"There is no {kind} {shown}.", remedy=remedy, kind=kind, name=str(name))


class PlanTrimmedError(NotFoundError):
    """The plan is known; a trim took its rows, KPIs and artifacts away."""

    code = "plan-trimmed"

    def __init__(self, kind: str, name: object, *, remedy: str | None = None) -> None:
        """Name the plan: ``PlanTrimmedError("plan version", "v1")``."""
        again = "Register its archive (planvault plans register FILE.zip --version-id NEW), or make it once more"
        super().__init__(kind, name, remedy=remedy or f"{again}: planvault plans rerun {name}.")
        self.args = (f"The rows of {name} are no longer kept: it was trimmed.",)
        self.message = str(self)


class ConflictError(PlanvaultError):
    """The stored state is not what the request assumed."""

    code = "conflict"


class AlreadyExistsError(ConflictError):
    """The id is taken; ids are unique without regard to case and never used again."""

    code = "already-exists"

    def __init__(self, kind: str, name: object, *, remedy: str | None = None) -> None:
        """Name the thing that is there already."""
        super().__init__(
            f"The {kind} {name} exists already.",
            remedy=remedy or "Choose another name; nothing was stored.",
            kind=kind,
            name=str(name),
        )


class IllegalTransitionError(ConflictError):
    """The state does not allow this move."""

    code = "invalid-state-transition"


class StaleVersionError(ConflictError):
    """Somebody saved this first; load it again."""

    code = "stale-version"

    def __init__(self, kind: str, name: object) -> None:
        """Name the thing that moved meanwhile."""
        super().__init__(
            f"The {kind} {name} was changed by somebody else meanwhile.",
            remedy="Look at it again and repeat the command if it still makes sense.",
            kind=kind,
            name=str(name),
        )


class ContentFrozenError(ConflictError):
    """Approved content cannot be edited; make a successor instead."""

    code = "content-frozen"


class CellLockedError(ConflictError):
    """Somebody locked the cell, or the row that it stands in."""

    code = "cell-locked"


class InputSetMissingError(ConflictError):
    """The label has no live revision, so there is nothing approved to plan from."""

    code = "input-set-missing"


class RowLimitError(ConflictError):
    """More series rows would be kept than the store is to keep; nothing was changed."""

    code = "row-limit"


class GateClosedError(ConflictError):
    """A step of a cutover is not taken: a gate is closed; ``params["gates"]`` has what was measured."""

    code = "gate-closed"


class RequestKeyReusedError(ConflictError):
    """The key that should make a request safe to repeat was used for another one."""

    code = "idempotency-key-reused"


class InProgressError(ConflictError):
    """The same request came before and is still at work."""

    code = "operation-in-progress"


class AccessError(PlanvaultError):
    """Not this actor."""

    code = "forbidden"


class UnauthenticatedError(AccessError):
    """No actor, a token that does not hold, or an unverified name where a verified one is needed."""

    code = "unauthenticated"


class ForbiddenError(AccessError):
    """The actor lacks the role that the command needs."""


class FourEyesError(AccessError):
    """An author of the content may not approve it."""

    code = "four-eyes-violation"


class EngineError(PlanvaultError):
    """The planning engine failed, or was stopped, before it delivered a plan."""

    code = "engine-failed"


class PausedError(PlanvaultError):
    """An operator paused this kind of work; nothing was changed."""

    code = "maintenance-mode"


class StorageError(PlanvaultError):
    """The store misbehaved."""

    code = "storage-error"


class StorageUnavailableError(StorageError):
    """The store cannot be reached, or is busy for too long; nothing was changed and a retry may help.

    ``transient`` marks what planvault itself tries again before it tells: a lost connection, a deadlock.
    """

    code = "storage-unavailable"

    def __init__(self, message: str, *, remedy: str | None = None, transient: bool = False, **params: object) -> None:
        """Say what cannot be reached, and whether it is worth another try at once."""
        super().__init__(message, remedy=remedy, **params)
        self.transient = transient


class OutcomeUnknownError(StorageError):
    """The connection broke during the commit and the database cannot be asked how it ended."""

    code = "outcome-unknown"


class StorageFullError(StorageError):
    """There is no room left to write."""

    code = "storage-full"


class NotMirroredError(StorageError):
    """The change was stored and stands; the files root does not have its part of the ledger yet."""

    code = "not-mirrored"


class SchemaMismatchError(StorageError):
    """The database is at another schema than this planvault."""

    code = "schema-mismatch"


class IntegrityError(StorageError):
    """What is stored does not match its own digest."""

    code = "integrity-failure"
