"""Routes of storage."""

from __future__ import annotations

from contextlib import aclosing
from typing import Annotated, Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK
from pydantic import BeforeValidator, Field

from ...application.planner import Planner
from ...application.storage.mirror_ledger import Mirrored
from ...application.storage_presentation import mirrored_fields, status_fields, storage_finding_fields
from ...domain.access.actor import Actor
from ...domain.storage.state import Side, StorageMode
from .access import Permission
from .problems import refusals
from .schemas import Body, CommentBody

MOST_FINDINGS = 1000
_MOST_VERSIONS = 10_000
ModeName = Annotated[StorageMode, BeforeValidator(lambda name: StorageMode(name) if isinstance(name, str) else name)]
SideName = Annotated[Side, BeforeValidator(lambda name: Side(name) if isinstance(name, str) else name)]
Versions = Annotated[list[str], Field(max_length=_MOST_VERSIONS, description="Which versions; all without any.")]


class ModeBody(Body):
    """The mode to switch to."""

    mode: ModeName
    comment: str | None = None


class VerifyBody(Body):
    """What to verify, and how thoroughly."""

    versions: Versions = Field(default_factory=list)
    sample: int | None = Field(default=None, ge=1, description="So many versions, chosen by chance.")
    full: bool = Field(default=False, description="Read every row instead of trusting stored digests.")


class MirrorBody(Body):
    """What to mirror: what waits, or everything; or the root to be made this store's."""

    everything: bool = Field(default=False, description="Write everything anew, not only what waits.")
    adopt: bool = Field(default=False, description="Make the files root this store's, giving up what only it tells.")
    comment: str | None = None


class RepairBody(Body):
    """What to repair, and from which side."""

    source: SideName
    versions: Versions = Field(default_factory=list)
    comment: str | None = None


@get("/storage", opt={"permission": Permission.READ}, summary="How the store keeps payloads", responses=refusals())
async def get_storage(planner: NamedDependency[Planner]) -> dict[str, Any]:
    """Mode, what is filed and what is not, folders left over, and the last verification."""
    return status_fields(await planner.storage.status())


@post(
    "/storage/mode",
    opt={"permission": Permission.OPERATE},
    summary="Change how the store keeps payloads",
    status_code=HTTP_200_OK,
    responses=refusals(409, 413, 415),
)
async def switch_mode(
    planner: NamedDependency[Planner], actor: NamedDependency[Actor], data: JSONBody[ModeBody]
) -> dict[str, Any]:
    """The new status; ``stale`` lists folders of before that hold something else by now."""
    _, stale = await planner.storage.switch(data.mode, actor=actor, comment=data.comment)
    return {**status_fields(await planner.storage.status()), "stale": list(stale)}


@post(
    "/storage/verify",
    opt={"permission": Permission.READ},
    summary="Compare tables and folders",
    status_code=HTTP_200_OK,
    responses=refusals(404, 413, 415),
)
async def verify_storage(planner: NamedDependency[Planner], data: JSONBody[VerifyBody]) -> dict[str, Any]:
    """Whether all agrees, how many findings there are, and the first thousand."""
    findings: list[dict[str, Any]] = []
    total = 0
    async with aclosing(planner.storage.verify(data.versions, sample=data.sample, full=data.full)) as found:
        async for finding in found:
            total += 1
            if len(findings) < MOST_FINDINGS:
                findings.append(storage_finding_fields(finding))
    return {"clean": total == 0, "total": total, "findings": findings}


@post(
    "/storage/repair",
    opt={"permission": Permission.OPERATE},
    summary="Write versions anew on one side from the other",
    status_code=HTTP_200_OK,
    responses=refusals(404, 409, 413, 415, 507),
)
async def repair_storage(
    planner: NamedDependency[Planner], actor: NamedDependency[Actor], data: JSONBody[RepairBody]
) -> dict[str, Any]:
    """The versions that were repaired."""
    repair = planner.storage.repair(data.source, data.versions, actor=actor, comment=data.comment)
    async with aclosing(repair) as repaired:
        return {"repaired": [version_id async for version_id in repaired]}


@post(
    "/storage/sweep",
    opt={"permission": Permission.OPERATE},
    summary="Move folders that nothing points to to trash",
    status_code=HTTP_200_OK,
    responses=refusals(409, 413, 415),
)
async def sweep_storage(
    planner: NamedDependency[Planner], actor: NamedDependency[Actor], data: JSONBody[CommentBody]
) -> dict[str, Any]:
    """The folders that were moved."""
    swept = await planner.storage.sweep(actor=actor, comment=data.comment)
    return {"swept": [f"{name.version_id}/{name.name}" for name in swept]}


@post(
    "/storage/mirror",
    opt={"permission": Permission.OPERATE},
    summary="Mirror the ledger into the files root",
    status_code=HTTP_200_OK,
    responses=refusals(409, 413, 415, 507),
)
async def mirror_storage(
    planner: NamedDependency[Planner], actor: NamedDependency[Actor], data: JSONBody[MirrorBody]
) -> dict[str, Any]:
    """How many commits no longer wait, and what was written."""
    done = Mirrored()
    if data.adopt:
        await planner.storage.adopt(actor=actor, comment=data.comment)
    else:
        done = await planner.storage.mirror(actor=actor, everything=data.everything)
    return {"adopted": data.adopt, **mirrored_fields(done)}


HANDLERS = (mirror_storage, get_storage, switch_mode, verify_storage, repair_storage, sweep_storage)
