"""Routes of maintenance."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncGenerator
from typing import Any, BinaryIO, cast

from litestar import post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK

from ...application.planner import Planner
from ...application.sending import pieces_of
from ...domain.access.actor import Actor
from .access import Permission
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


HANDLERS = (take_backup,)
