"""The route by which an auditor's pack is taken."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from ...application.planner import Planner
from ...domain.shared.ids import label as checked_label
from .access import Permission
from .input_export import Revision
from .input_paths import ONE
from .problems import refusals
from .streaming import StreamedAnswer, streamed


@get(
    ONE + "/audit_pack",
    opt={"permission": Permission.READ},
    summary="All that tells of an input set, in one zip for an auditor",
    responses={
        200: ResponseSpec(bytes, description="The zip.", media_type="application/zip"),
        **refusals(404, 507),
    },
)
async def get_audit_pack(
    planner: NamedDependency[Planner], label: FromPath[str], *, revision: Revision = None
) -> StreamedAnswer:
    """Events, approvals, difference, exact inputs and a summary page; of a deleted label the events alone."""
    pack = await planner.audit.pack(str(checked_label(label)) + ("" if revision is None else f"@{revision}"))
    headers = {
        "content-disposition": f'attachment; filename="{pack.name}"',  # a label needs no escapes
        "content-length": str(pack.size),
    }
    return await streamed(pack.pieces(), "application/zip", headers)


HANDLERS = (get_audit_pack,)
