"""Routes of maintenance."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncGenerator
from typing import Any, BinaryIO, cast

from litestar import get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from ...application.maintenance_presentation import (
    check_fields,
    pause_fields,
    preview_fields,
    stats_fields,
    trimmed_fields,
)
from ...application.planner import Planner
from ...application.sending import pieces_of
from ...domain.access.actor import Actor
from .access import Permission
from .maintenance_bodies import PauseBody, TrimBody
from .problems import refusals
from .schemas import CommentBody
from .streaming import StreamedAnswer, streamed


@post(
    "/maint/backup",
    opt={"permission": Permission.OPERATE},
    summary="Take a backup of everything that is kept",
    status_code=HTTP_200_OK,
    responses={200: ResponseSpec(bytes, description="The backup.", media_type="application/zip"), **refusals(507)},
)
async def take_backup(
    planner: NamedDependency[Planner], actor: NamedDependency[Actor], data: JSONBody[CommentBody | None] = None
) -> StreamedAnswer:
    """The backup, whole when it begins to be sent; ``X-Backup-Sha256`` is the SHA-256 of its manifest."""
    sink = cast("BinaryIO", tempfile.TemporaryFile(prefix="planvault-"))  # noqa: SIM115 (its pieces close it)
    try:
        taken = await planner.maint.backup(sink, actor=actor, comment=None if data is None else data.comment)
        size = sink.seek(0, 2)
        sink.seek(0)
    except BaseException:
        sink.close()
        raise
    name = f"planvault-{taken.manifest.taken_at:%Y%m%dT%H%M%SZ}.backup.zip"
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "content-length": str(size),
        "x-backup-sha256": taken.sha256,
    }
    pieces: AsyncGenerator[Any] = pieces_of(sink)
    return await streamed(pieces, "application/zip", headers)


@get("/maint", opt={"permission": Permission.READ}, summary="How the store stands", responses=refusals())
async def get_stats(planner: NamedDependency[Planner]) -> dict[str, Any]:
    """Rows and bytes, by level and by month, the row limit, and whether writes are paused."""
    return stats_fields(await planner.maint.stats())


@post(
    "/maint/pause",
    opt={"permission": Permission.OPERATE},
    summary="Let nobody write for a while",
    status_code=HTTP_200_OK,
    responses=refusals(),
)
async def pause_writes(
    planner: NamedDependency[Planner], actor: NamedDependency[Actor], data: JSONBody[PauseBody]
) -> dict[str, Any]:
    """The pause; maintenance goes on meanwhile, and so do reads."""
    return pause_fields(await planner.maint.pause(data.reason, until=data.end(), actor=actor))


@post(
    "/maint/resume",
    opt={"permission": Permission.OPERATE},
    summary="Let everybody write again",
    status_code=HTTP_200_OK,
    responses=refusals(409),
)
async def resume_writes(
    planner: NamedDependency[Planner], actor: NamedDependency[Actor], data: JSONBody[CommentBody]
) -> dict[str, Any]:
    """That nothing is paused."""
    await planner.maint.resume(actor=actor, comment=data.comment)
    return pause_fields(None)


@post(
    "/maint/trim",
    opt={"permission": Permission.OPERATE},
    summary="Put old plans away",
    status_code=HTTP_200_OK,
    responses=refusals(),
)
async def trim_plans(
    planner: NamedDependency[Planner], actor: NamedDependency[Actor], data: JSONBody[TrimBody]
) -> dict[str, Any]:
    """What was trimmed, or would be; what nothing protects is not archived first over HTTP."""
    retention = data.retention()
    if data.dry_run:
        return preview_fields(await planner.maint.preview_trim(retention))
    return trimmed_fields(await planner.maint.trim(retention, actor=actor, comment=data.comment))


@get(
    "/maint/doctor",
    opt={"permission": Permission.OPERATE},
    summary="What may be wrong with the store",
    responses=refusals(),
)
async def examine_store(planner: NamedDependency[Planner]) -> dict[str, Any]:
    """What was looked at, and what to do about what is wrong; the command line looks at more than the store."""
    checks = await planner.maint.examine()
    return {
        "clean": all(check.fine for check in checks),
        "items": [check_fields(check) for check in checks],
        "next_cursor": None,
    }


HANDLERS = (get_stats, examine_store, take_backup, pause_writes, resume_writes, trim_plans)
