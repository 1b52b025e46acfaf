"""Routes of edits: what lies over a plan, and rows as they are with it; the legacy ``psi`` paths."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncGenerator
from typing import Annotated, Any

from litestar import Request, Response, get, patch, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from ...application.audit_presentation import event_fields
from ...application.edit_presentation import (
    effective_fields,
    lock_fields,
    outcome_fields,
    overrides_fields,
    weights_fields,
)
from ...application.planner import Planner
from ...application.plans.read_edits import EffectiveRow
from ...application.presentation import list_fields, page_fields, plan_fields
from ...domain.access.actor import Actor
from ...domain.errors import InvalidRequestError
from ...domain.plans.editing.cells import EDITABLE
from ...domain.shared.paging import DEFAULT_LIMIT
from .access import Permission
from .edit_bodies import CopyBody, EditBody, LocksBody, UndoBody, WeightsBody
from .parameters import Cursor, Limit, RowLimit, location
from .problems import refusals
from .series import ROWS
from .streaming import StreamedAnswer, encoded, streamed

ONE = "/plans/{version_id:str}"
PSI = ONE + "/psi"
_REFUSED = refusals(404, 409, 412, 413, 415, 507)
Level = Annotated[str, QueryParameter(max_length=64, description="The level: aggregate, det …")]


@get(PSI, opt={"permission": Permission.READ}, summary="Rows as they are with their edits", responses=refusals(404))
async def get_psi(
    planner: NamedDependency[Planner],
    version_id: FromPath[str],
    level: Level = "aggregate",
    limit: RowLimit = ROWS,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Rows in key order; ``base`` holds the stored values of what was edited."""
    page = await planner.plans.effective_page(version_id, level=level, limit=limit, cursor=cursor)
    return page_fields(page, effective_fields)


@patch(PSI, opt={"permission": Permission.PLAN}, summary="Edit cells", responses=_REFUSED)
async def edit_psi(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    version_id: FromPath[str],
    data: JSONBody[EditBody],
) -> dict[str, Any]:
    """Every changed cell with what stood there before, or the version after locking; all of it or nothing."""
    if (data.lock is None) != (not data.lock_keys):
        raise InvalidRequestError("lock and lock_keys go together.")
    if bool(data.edits) == bool(data.lock_keys):
        raise InvalidRequestError("A request edits or locks.", remedy="Send either edits, or lock with lock_keys.")
    if data.lock is not None:
        turn = planner.plans.lock if data.lock == "lock" else planner.plans.unlock
        version = await turn(version_id, data.lock_keys, actor=actor, comment=data.said, row_version=data.row_version)
        return {"version": plan_fields(version), "updated": 0, "locked": len(data.lock_keys)}
    outcome = await planner.plans.edit(
        version_id,
        data.values(),
        actor=actor,
        comment=data.said,
        row_version=data.row_version,
        distribution=data.distribution(),
        automatic=not data.no_auto,
        skip_locked=data.skip_locked,
        copy_as=data.copy_as,
    )
    return outcome_fields(outcome) | {"updated": len(outcome.changes), "locked": 0}


@get(
    ONE + "/psi.csv",
    opt={"permission": Permission.READ},
    summary="All rows of a level as they are with their edits",
    responses={200: ResponseSpec(str, description="One row a line.", media_type="text/csv"), **refusals(404)},
)
async def get_psi_csv(
    planner: NamedDependency[Planner], version_id: FromPath[str], level: Level = "aggregate"
) -> StreamedAnswer:
    """Bucket, item, location and the measures that can be edited, in key order."""
    return await streamed(encoded(_csv(planner, version_id, level)), "text/csv")


@post(
    PSI + "/undo", opt={"permission": Permission.PLAN}, summary="Take an edit back", status_code=200, responses=_REFUSED
)
async def undo_edit(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    version_id: FromPath[str],
    data: JSONBody[UndoBody | None] = None,
) -> dict[str, Any]:
    """The newest edit, or the one whose event has that position, with everything that it spread to."""
    said = data or UndoBody()
    outcome = await planner.plans.undo(
        version_id, actor=actor, comment=said.comment, row_version=said.row_version, position=said.position
    )
    return outcome_fields(outcome)


@get(PSI + "/overrides", opt={"permission": Permission.READ}, summary="Every edited cell", responses=refusals(404))
async def list_overrides(planner: NamedDependency[Planner], version_id: FromPath[str]) -> dict[str, Any]:
    """Overrides in order of cell; detached ones have no row any more."""
    return {"items": overrides_fields(await planner.plans.overlay(version_id)), "next_cursor": None}


@get(PSI + "/locks", opt={"permission": Permission.READ}, summary="What edits leave alone", responses=refusals(404))
async def list_locks(planner: NamedDependency[Planner], version_id: FromPath[str]) -> dict[str, Any]:
    """Locked rows and cells, in order."""
    plan = await planner.plans.overlay(version_id)
    return list_fields(list(plan.overlay.locks.values()), lock_fields)


@post(
    PSI + "/locks", opt={"permission": Permission.PLAN}, summary="Lock or unlock", status_code=200, responses=_REFUSED
)
async def change_locks(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    version_id: FromPath[str],
    data: JSONBody[LocksBody],
) -> dict[str, Any]:
    """The version afterwards."""
    if bool(data.lock) == bool(data.unlock):
        raise InvalidRequestError("Rows are locked or unlocked.", remedy="Send either lock or unlock.")
    turn = planner.plans.lock if data.lock else planner.plans.unlock
    keys = data.lock or data.unlock
    return plan_fields(await turn(version_id, keys, actor=actor, comment=data.comment, row_version=data.row_version))


@get(PSI + "/weights", opt={"permission": Permission.READ}, summary="Stored weights", responses=refusals(404))
async def list_weights(planner: NamedDependency[Planner], version_id: FromPath[str]) -> dict[str, Any]:
    """Weights of det rows, in order of row."""
    plan = await planner.plans.overlay(version_id)
    return {"items": weights_fields(plan.overlay), "next_cursor": None}


@post(
    PSI + "/weights", opt={"permission": Permission.PLAN}, summary="Store weights", status_code=200, responses=_REFUSED
)
async def set_weights(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    version_id: FromPath[str],
    data: JSONBody[WeightsBody],
) -> dict[str, Any]:
    """The version afterwards; edits and locks stay as they are."""
    version = await planner.plans.set_weights(
        version_id, data.weights, actor=actor, comment=data.comment, row_version=data.row_version
    )
    return plan_fields(version)


@get(
    [PSI + "/events", PSI + "/audit"],
    opt={"permission": Permission.READ},
    summary="What happened to a plan",
    responses=refusals(404),
)
async def list_plan_events(
    planner: NamedDependency[Planner], version_id: FromPath[str], limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> dict[str, Any]:
    """Events, newest first; those of a deleted plan are still there."""
    return page_fields(await planner.plans.events(version_id, limit=limit, cursor=cursor), event_fields)


@post(ONE + "/copy", opt={"permission": Permission.PLAN}, summary="Copy a plan", responses=_REFUSED)
async def copy_plan(
    planner: NamedDependency[Planner],
    actor: NamedDependency[Actor],
    request: Request[Any, Any, Any],
    version_id: FromPath[str],
    data: JSONBody[CopyBody],
) -> Response[dict[str, Any]]:
    """The copy, a draft with everything that the plan holds."""
    version = await planner.plans.copy(version_id, data.version_id, actor=actor, comment=data.comment, title=data.title)
    return Response(plan_fields(version), headers=location(request, f"/plans/{version.version_id}"))


async def _csv(planner: Planner, version_id: str, level: str) -> AsyncGenerator[str, None]:
    names = EDITABLE.get(level, EDITABLE["det"])
    header: list[list[object]] = [["time_bucket_key", "item_key", "location_key", *names, "edited"]]
    async for batch in planner.plans.effective(version_id, level=level):
        yield _lines([*header, *(_line(found, names) for found in batch)])
        header = []
    if header:
        yield _lines(header)


def _line(found: EffectiveRow, names: tuple[str, ...]) -> list[object]:
    row = found.row
    return [
        row.time_bucket_key,
        row.item_key,
        row.location_key,
        *(getattr(row, name) for name in names),
        int(found.edited),
    ]


def _lines(lines: list[list[object]]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows(lines)
    return buffer.getvalue()


HANDLERS = (
    get_psi,
    edit_psi,
    get_psi_csv,
    undo_edit,
    list_overrides,
    list_locks,
    change_locks,
    list_weights,
    set_weights,
    list_plan_events,
    copy_plan,
)
