"""Everything that goes wrong, as a problem object (RFC 9457)."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi.datastructures import ResponseSpec

from ...application.presentation import problem_fields
from ...domain import errors
from .correlation import request_id

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = "5"
_FIELDS_NAMED = 3
_SEE = "See docs/reference/http.md, or /schema/openapi.json."
_LOG = logging.getLogger("planvault.api")


@dataclass(frozen=True, slots=True)
class Kind:
    """How an error is told over HTTP; ``detail`` replaces sentences that name paths or servers."""

    status: int
    title: str
    detail: str | None = None


KINDS: Mapping[type[errors.PlanvaultError], Kind] = {
    errors.PlanvaultError: Kind(500, "Something went wrong", "The server failed; its log has this request's id."),
    errors.RefusedError: Kind(400, "The request is wrong"),
    errors.InvalidLabelError: Kind(400, "That cannot be a name"),
    errors.ValidationError: Kind(422, "Rows or files break their rules"),
    errors.ArchiveRejectedError: Kind(422, "The archive is not opened"),
    errors.UnsupportedEncodingError: Kind(415, "The text is in no known encoding"),
    errors.TooLargeError: Kind(413, "The request is too large"),
    errors.NotFoundError: Kind(404, "There is no such thing"),
    errors.PlanTrimmedError: Kind(404, "The rows of the plan are no longer kept"),
    errors.ConflictError: Kind(409, "The stored state is another"),
    errors.AlreadyExistsError: Kind(409, "It exists already"),
    errors.IllegalTransitionError: Kind(409, "Its state does not allow that"),
    errors.StaleVersionError: Kind(412, "Somebody else was first"),
    errors.ContentFrozenError: Kind(409, "Approved content is never edited"),
    errors.CellLockedError: Kind(409, "The cell is locked"),
    errors.InputSetMissingError: Kind(409, "Nothing is approved to plan from"),
    errors.GateClosedError: Kind(409, "A gate is closed"),
    errors.RequestKeyReusedError: Kind(422, "The key was used for another request"),
    errors.InProgressError: Kind(409, "The same request is still at work"),
    errors.AccessError: Kind(403, "That is not yours to do"),
    errors.UnauthenticatedError: Kind(401, "Nobody, or nobody verified"),
    errors.FourEyesError: Kind(403, "An author may not approve"),
    errors.EngineError: Kind(500, "The planning engine failed"),
    errors.PausedError: Kind(503, "That is paused at present"),
    errors.StorageError: Kind(500, "The store failed", "The store failed; the server's log has this request's id."),
    errors.StorageUnavailableError: Kind(
        503, "The store cannot be reached", "The store cannot be reached or is busy; nothing was changed."
    ),
    errors.OutcomeUnknownError: Kind(
        503,
        "Nobody knows how it ended",
        "The connection broke during the commit. Look whether the change is there before you repeat it.",
    ),
    errors.StorageFullError: Kind(507, "The store is full", "The store has no room left; nothing was changed."),
    errors.NotMirroredError: Kind(
        500, "Stored, but not mirrored", "The change was stored; the files root does not have it yet. Do not repeat it."
    ),
    errors.RowLimitError: Kind(507, "The store keeps as many rows as it is to"),
    errors.SchemaMismatchError: Kind(
        503, "The store is at another schema", "The store is at another schema than this server."
    ),
    errors.IntegrityError: Kind(
        500, "Stored content is damaged", "Stored content does not match its own digest, so it is not shown."
    ),
}
# What only HTTP can refuse has a code of its own beside those of the domain.
HTTP_CODES = {
    405: ("method-not-allowed", "The path does not take this method"),
    415: ("unsupported-media-type", "The body is of another media type"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A problem object: the body of every answer from 400 on."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    remedy: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    errors: list[dict[str, Any]] | None = None
    total: int | None = None


_DESCRIPTIONS = {
    400: "The request is malformed.",
    401: "Nobody, or nobody verified, asks.",
    403: "The actor may not do that.",
    404: "There is no such thing.",
    409: "The stored state does not allow that.",
    412: "Somebody else changed it meanwhile.",
    413: "The body is too large.",
    415: "The body is of another media type, or its text in no known encoding.",
    422: "Rows or files break their rules; ``errors`` lists them. Or a key was used for another request.",
    500: "The server, the engine or the store failed.",
    503: "The store cannot be reached, or such work is paused.",
    507: "The store is full.",
}
_ALWAYS = (400, 401, 403, 500, 503)


def refusals(*statuses: int) -> dict[int, ResponseSpec]:
    """The problem answers of a route for its OpenAPI description; those that any route gives are added."""
    return {
        status: ResponseSpec(
            data_container=Problem,
            description=_DESCRIPTIONS[status],
            media_type=MEDIA_TYPE,
            generate_examples=False,
        )
        for status in sorted({*_ALWAYS, *statuses})
    }


def kind_of(error: type[errors.PlanvaultError]) -> Kind:
    """How an error of that class is told: as its class says, or the nearest one above."""
    return next(KINDS[cls] for cls in error.__mro__ if cls in KINDS)


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    """The problem object for anything that was raised, and a line in the log where the server is to blame."""
    told = _told(request, error)
    status = told["status"]
    headers = {"Content-Type": MEDIA_TYPE}
    if isinstance(error, HTTPException) and error.headers:
        headers |= {name.title(): value for name, value in error.headers.items()}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(told["params"].get("retry_after", RETRY_AFTER_SECONDS))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _LOG.error(
            "request %s: %s %r: %s",
            told["instance"],
            request.scope["method"],
            request.scope["path"],
            told["code"],
            exc_info=error,
        )
    return Response(told, status_code=status, headers=headers, media_type=MEDIA_TYPE)


def _told(request: Request[Any, Any, Any], error: Exception) -> dict[str, Any]:
    if isinstance(error, HTTPException) and error.status_code in HTTP_CODES:
        code, title = HTTP_CODES[error.status_code]
        fields: dict[str, Any] = {"code": code, "detail": error.detail, "remedy": None, "params": {}}
        kind = Kind(error.status_code, title)
    else:
        known = _known(request, error)
        kind = kind_of(type(known))
        fields = problem_fields(known)
        if kind.detail is not None:
            fields |= {"detail": kind.detail, "remedy": None, "params": {}}
    return {
        "type": f"urn:planvault:problem:{fields['code']}",
        "title": kind.title,
        "status": kind.status,
        "detail": fields.pop("detail"),
        "instance": request_id(request.scope),
        **fields,
    }


def _known(request: Request[Any, Any, Any], error: Exception) -> errors.PlanvaultError:
    """The error in planvault's own words."""
    match error:
        case errors.PlanvaultError():
            known = error
        case HTTPException(status_code=status) if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            known = _refused_by_http(request, error)
        case RecursionError():
            known = errors.InvalidRequestError("The request is nested too deeply.")
        case UnicodeError():
            known = errors.InvalidRequestError("The request holds text that is not UTF-8.")
        case _:
            known = errors.PlanvaultError("unexpected")
    return known


def _refused_by_http(request: Request[Any, Any, Any], error: HTTPException) -> errors.PlanvaultError:
    if isinstance(error, ValidationException):
        return _refused_values(error)
    if error.status_code == HTTPStatus.NOT_FOUND:
        return errors.NotFoundError("route", str(request.scope["path"])[:200], remedy="See docs/reference/http.md.")
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return errors.TooLargeError(
            "The request's body is larger than this route takes.",
            remedy="JSON bodies may have 2 MB, uploads 64 MB.",
        )
    return errors.InvalidRequestError(error.detail)


def _refused_values(error: ValidationException) -> errors.InvalidRequestError:
    found: Any = error.extra or []
    named = [(str(part.get("key", "")), str(part["message"])) for part in found]
    if any(name == "data" for name, _ in named):
        return errors.InvalidRequestError("The request has no body.", remedy="Send a JSON object.")
    if not named:
        return errors.InvalidRequestError(error.detail, remedy=_SEE)
    return refused_fields([(name or "body", message) for name, message in named])


def refused_fields(found: Sequence[tuple[str, str]]) -> errors.InvalidRequestError:
    """The refusal of a request some of whose fields are wrong; each stands in ``params``."""
    named = [f"{name}: {message}" for name, message in found]
    more = "" if len(named) <= _FIELDS_NAMED else f"; and {len(named) - _FIELDS_NAMED} more"
    return errors.InvalidRequestError(
        f"{'; '.join(named[:_FIELDS_NAMED])}{more}.",
        remedy=_SEE,
        fields=[{"name": name, "message": message} for name, message in found],
    )
