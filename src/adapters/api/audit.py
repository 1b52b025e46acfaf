"""Routes of the ledger: the feed of events, verification, checkpoints, and evidence to take away."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from ...application.audit_presentation import checkpoint_fields, event_fields, verdict_fields
from ...application.planner import Planner
from ...application.presentation import page_fields
from ...domain.access.actor import Actor
from ...domain.audit.evidence import heads_fields
from ...domain.shared.paging import DEFAULT_LIMIT
from .access import Permission
from .parameters import Cursor, Limit, location, number_in_path
from .problems import refusals
from .schemas import CheckpointBody, VerifyBody
from .streaming import JSON_LINES, StreamedAnswer, encoded, streamed

_CHECKPOINTS = "/audit/checkpoints"
Stream = Annotated[str | None, QueryParameter(max_length=400, description="Only this stream, as plan/v1.")]
Subject = Annotated[str | None, QueryParameter(max_length=400, description="Only what is about input_set/weekly, say.")]
Since = Annotated[int, QueryParameter(ge=0, le=2**53, description="Only events after this position.")]
Feed = Annotated[
    str | None,
    QueryParameter(max_length=2000, description="``next_cursor`` of the page before; the last page has one too."),
]


@get("/events", opt={"permission": Permission.READ}, summary="The feed of all events", responses=refusals())
async def list_events(
    planner: NamedDependency[Planner],
    *,
    stream: Stream = None,
    subject: Subject = None,
    label: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Feed = None,
) -> dict[str, Any]:
    """Events in order of commit. ``next_cursor`` is never null: asked again, it gives what came since."""
    page = await planner.audit.events(stream=stream, subject=subject, label=label, limit=limit, cursor=cursor)
    return page_fields(page, event_fields)


@get("/audit/verify", opt={"permission": Permission.READ}, summary="Verify the ledger", responses=refusals())
async def verify_ledger(planner: NamedDependency[Planner]) -> dict[str, Any]:
    """The verdict; a broken link is a finding in it and no problem object."""
    return verdict_fields(await planner.audit.verify())


@post(
    "/audit/verify",
    opt={"permission": Permission.READ},
    summary="Verify the ledger against heads that were kept elsewhere",
    status_code=200,
    responses=refusals(413, 415),
)
async def verify_ledger_against(
    planner: NamedDependency[Planner], data: JSONBody[VerifyBody | None] = None
) -> dict[str, Any]:
    """The verdict; it changes nothing, and asks for a body only because there may be many heads."""
    return verdict_fields(await planner.audit.verify(expected=(data or VerifyBody()).expected_heads))


@get("/audit/heads", opt={"permission": Permission.READ}, summary="Where the ledger stands", responses=refusals())
async def get_heads(planner: NamedDependency[Planner]) -> dict[str, Any]:
    """The newest position, the head of every stream, and the newest checkpoint: ``heads.json`` of an export."""
    return heads_fields(await planner.audit.heads())


@get(_CHECKPOINTS, opt={"permission": Permission.READ}, summary="List checkpoints", responses=refusals())
async def list_checkpoints(
    planner: NamedDependency[Planner], *, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> dict[str, Any]:
    """Checkpoints in order of number."""
    return page_fields(await planner.audit.checkpoints(limit=limit, cursor=cursor), checkpoint_fields)


@get(
    _CHECKPOINTS + "/{number:str}",
    opt={"permission": Permission.READ},
    summary="One checkpoint",
    responses=refusals(404),
)
async def get_checkpoint(planner: NamedDependency[Planner], number: FromPath[str]) -> dict[str, Any]:
    """The checkpoint of that number."""
    return checkpoint_fields(await planner.audit.get_checkpoint(number_in_path("checkpoint", number)))


@post(
    _CHECKPOINTS,
    opt={"permission": Permission.OPERATE},
    summary="Take a checkpoint",
    responses=refusals(413, 415, 507),
)
async def take_checkpoint(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    request: Request[Any, Any, Any],
    data: JSONBody[CheckpointBody],
) -> Response[dict[str, Any]]:
    """The checkpoint over all streams as they are now."""
    taken = await planner.audit.checkpoint(actor=actor, reason=data.reason)
    return Response(checkpoint_fields(taken), headers=location(request, f"{_CHECKPOINTS}/{taken.number}"))


@get(
    "/audit/export",
    opt={"permission": Permission.READ},
    summary="All events as evidence, a line of JSON each",
    responses={
        200: ResponseSpec(str, description="events.jsonl of an export.", media_type=JSON_LINES),
        **refusals(),
    },
)
async def export_events(
    planner: NamedDependency[Planner],
    *,
    stream: Stream = None,
    label: FromQuery[str | None] = None,
    since: Since = 0,
) -> StreamedAnswer:
    """Events with every field that is hashed, byte by byte as the command line exports them."""
    pieces = planner.audit.export_events(stream=stream, label=label, since=since)
    return await streamed(encoded(pieces), JSON_LINES)


HANDLERS = (
    list_events,
    verify_ledger,
    verify_ledger_against,
    get_heads,
    list_checkpoints,
    get_checkpoint,
    take_checkpoint,
    export_events,
)
