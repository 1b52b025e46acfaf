"""What went wrong, for people and for programs, and the exit code that says so."""

from __future__ import annotations

import errno
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import click

from ...application.presentation import problem_fields
from ...domain.errors import (
    AccessError,
    AlreadyExistsError,
    ArchiveRejectedError,
    CellLockedError,
    ConflictError,
    ContentFrozenError,
    EngineError,
    FourEyesError,
    GateClosedError,
    IllegalTransitionError,
    InProgressError,
    InputSetMissingError,
    IntegrityError,
    InvalidLabelError,
    InvalidRequestError,
    NotFoundError,
    NotMirroredError,
    OutcomeUnknownError,
    PausedError,
    PlanTrimmedError,
    PlanvaultError,
    Problem,
    RefusedError,
    RequestKeyReusedError,
    RowLimitError,
    SchemaMismatchError,
    StaleVersionError,
    StorageError,
    StorageFullError,
    StorageUnavailableError,
    TooLargeError,
    UnauthenticatedError,
    UnsupportedEncodingError,
    ValidationError,
)
from .invocation import coloured

USAGE = 2
REFUSED = 3
FINDINGS = 8
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Kind:
    """How an error is told: by exit code, and as the HTTP answer of the same error has it by status and title."""

    exit_code: int
    status: int
    title: str


# The nearest class in the order of inheritance counts (docs/reference/cli.md).
KINDS: dict[type[BaseException], Kind] = {
    PlanvaultError: Kind(1, 500, "Something went wrong"),
    RefusedError: Kind(3, 400, "The request is wrong"),
    InvalidLabelError: Kind(3, 400, "That cannot be a name"),
    ValidationError: Kind(3, 422, "Rows or files break their rules"),
    ArchiveRejectedError: Kind(3, 422, "The archive is not opened"),
    UnsupportedEncodingError: Kind(3, 415, "The text is in no known encoding"),
    TooLargeError: Kind(10, 413, "The request is too large"),
    NotFoundError: Kind(4, 404, "There is no such thing"),
    PlanTrimmedError: Kind(4, 404, "The rows of the plan are no longer kept"),
    ConflictError: Kind(5, 409, "The stored state is another"),
    AlreadyExistsError: Kind(5, 409, "It exists already"),
    IllegalTransitionError: Kind(5, 409, "Its state does not allow that"),
    StaleVersionError: Kind(5, 412, "Somebody else was first"),
    ContentFrozenError: Kind(5, 409, "Approved content is never edited"),
    CellLockedError: Kind(5, 409, "The cell is locked"),
    InputSetMissingError: Kind(4, 409, "Nothing is approved to plan from"),
    GateClosedError: Kind(5, 409, "A gate is closed"),
    RequestKeyReusedError: Kind(5, 422, "The key was used for another request"),
    InProgressError: Kind(5, 409, "The same request is still at work"),
    AccessError: Kind(6, 403, "That is not yours to do"),
    UnauthenticatedError: Kind(6, 401, "Nobody, or nobody verified"),
    FourEyesError: Kind(6, 403, "An author may not approve"),
    EngineError: Kind(1, 500, "The planning engine failed"),
    PausedError: Kind(7, 503, "That is paused at present"),
    StorageError: Kind(1, 500, "The store failed"),
    StorageUnavailableError: Kind(7, 503, "The store cannot be reached"),
    OutcomeUnknownError: Kind(11, 503, "Nobody knows how it ended"),
    StorageFullError: Kind(7, 507, "The store is full"),
    NotMirroredError: Kind(9, 500, "Stored, but not mirrored"),
    RowLimitError: Kind(7, 507, "The store keeps as many rows as it is to"),
    SchemaMismatchError: Kind(5, 503, "The store is at another schema"),
    IntegrityError: Kind(8, 500, "Stored content is damaged"),
}
_USAGE = Kind(USAGE, 400, "The command was typed wrong")
_INTERRUPTED = Kind(INTERRUPTED, 500, "It was stopped")
_REFUSALS = (RefusedError, ConflictError, AccessError)


def kind_of(error: BaseException) -> Kind:
    """How an error is told."""
    return next((KINDS[known] for known in type(error).__mro__ if known in KINDS), KINDS[PlanvaultError])


def report(error: Exception, *, as_json: bool, debug: bool) -> int:
    """Say on stderr what went wrong; the exit code."""
    if debug and not as_json:
        click.echo("".join(traceback.format_exception(error)), err=True)
    known = _known(error)
    kind = kind_of(known)
    if as_json:
        _write_json(problem_fields(known), kind)
    else:
        for line in _lines(known):
            click.echo(line, err=True, color=None if coloured() else False)
    return kind.exit_code


def report_usage(error: click.ClickException, *, as_json: bool) -> int:
    """Say on stderr how the command was typed wrong; the exit code."""
    if not as_json:
        error.show()
        return error.exit_code
    context = getattr(error, "ctx", None)
    remedy = f"See {context.command_path} --help." if isinstance(context, click.Context) else None
    fields: dict[str, Any] = {"code": "usage", "detail": error.format_message(), "remedy": remedy, "params": {}}
    _write_json(fields, _USAGE)
    return error.exit_code


def report_interrupt(*, as_json: bool) -> int:
    """Say that somebody stopped it; the exit code."""
    detail = "Stopped; what was not finished was not stored."
    if as_json:
        _write_json({"code": "interrupted", "detail": detail, "remedy": None, "params": {}}, _INTERRUPTED)
    else:
        click.echo(detail, err=True)
    return INTERRUPTED


def _known(error: Exception) -> PlanvaultError:
    if isinstance(error, PlanvaultError):
        return error
    if isinstance(error, UnicodeEncodeError) and error.reason == "surrogates not allowed":
        # Only what was typed can hold such a thing: stored text never does.
        return InvalidRequestError("An argument holds bytes that are no text.", remedy="Write it in UTF-8.")
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StorageFullError(f"There is no room left for {error.filename or 'the answer'}.", remedy="Make room.")
    sentence = " ".join(str(error).split())[:200]
    return PlanvaultError(
        f"planvault failed unexpectedly: {type(error).__name__}{': ' if sentence else ''}{sentence}",
        remedy="Run it again with --debug for the traceback, and report it: this is a defect of planvault.",
    )


def refusal_fields(error: PlanvaultError) -> dict[str, Any]:
    """The problem object of an error, as ``--json`` writes it."""
    return _document(problem_fields(error), kind_of(error))


def _document(fields: dict[str, Any], kind: Kind) -> dict[str, Any]:
    problem_type = f"urn:planvault:problem:{fields['code']}"
    return {"type": problem_type, "title": kind.title, "status": kind.status, **fields}


def _write_json(fields: dict[str, Any], kind: Kind) -> None:
    import json  # noqa: PLC0415

    click.echo(json.dumps(_document(fields, kind), indent=2), err=True)


def _lines(error: PlanvaultError) -> Iterator[str]:
    word = click.style("Refused:", fg="red", bold=True) + " " if isinstance(error, _REFUSALS) else ""
    yield f"{word}{error.message}"
    if isinstance(error, ValidationError):
        yield ""
        yield from findings(error.problems, error.total)
        yield ""
    if error.remedy:
        yield error.remedy


def findings(problems: Sequence[Problem], total: int) -> Iterator[str]:
    """A line for each problem, and how many more there are."""
    cells = [_cells(problem) for problem in problems]
    widths = [min(40, max((len(row[column]) for row in cells), default=0)) for column in range(3)]
    for *columns, message in cells:
        row = "  ".join(f"{text:<{width}}" for text, width in zip(columns, widths, strict=True))
        yield f"  {row}  {message}".rstrip()
    if total > len(problems):
        yield f"  … and {total - len(problems)} more"


def _cells(problem: Problem) -> tuple[str, str, str, str]:
    value = "" if problem.value is None else f'"{_shown(problem.value)}"'
    return _shown(problem.place), _shown(problem.column or "-"), value, _shown(problem.message)


def _shown(text: str) -> str:
    # Names and cells come from files; a terminal must not obey what stands in them.
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
