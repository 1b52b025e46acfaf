"""A packed plan that is read back: what its small files say, and what is made of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...domain.errors import ArchiveRejectedError, InvalidRequestError
from ...domain.plans.editing.overlay import Overlay
from ...domain.plans.version import PlanVersion
from ..exchange import NamedStream
from ..unit_of_work import UnitOfWork
from .plan_archive import FORMAT, HEADERS_FILE, KPIS_FILE, MANIFEST_FILE, OVERLAY_FILE, level_file, parse_overlay
from .publication import plan_digest
from .register_request import RegisterRequest

_SMALL = frozenset({MANIFEST_FILE, KPIS_FILE, HEADERS_FILE, OVERLAY_FILE})
_MOST_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedPlan:
    """What a packed plan says besides its rows."""

    archive: str
    manifest: Mapping[str, Any]
    headers: Mapping[str, Mapping[str, Any]]
    overlay: Overlay

    @property
    def level_files(self) -> list[str]:
        """The files of rows, in order of level."""
        return [level_file(level["level"]) for level in self.manifest["levels"]]

    def describing(self, request: RegisterRequest) -> RegisterRequest:
        """The request, with what the plan says where the request says nothing; a trial stays one."""
        made_from = self.manifest["provenance"]
        named = request.engine_name is not None
        return replace(
            request,
            trial=request.trial or bool(self.manifest["trial"]),
            title=request.title or self.manifest["title"],
            objective=request.objective or self.manifest["objective"],
            note=request.note or self.manifest["note"],
            engine_name=request.engine_name if named else made_from["engine_name"],
            engine_version=request.engine_version if named else made_from["engine_version"],
            engine_parameters=request.engine_parameters if named else made_from["engine_parameters"],
        )

    async def laid_over(self, uow: UnitOfWork, version: PlanVersion) -> PlanVersion:
        """The version with the edits of the packed plan over it, after comparing its payload digest.

        Raises:
            ArchiveRejectedError: other rows came in than were packed.
        """
        if version.payload_digest != self.manifest["payload_digest"]:
            raise refused(self.archive, "altered", "holds other rows than its manifest says")
        overlay = self.overlay
        if not (overlay.overrides or overlay.locks or overlay.weights):
            return version
        await uow.overlays.save_overrides(version.version_id, list(overlay.overrides.values()))
        await uow.overlays.save_locks(version.version_id, list(overlay.locks.values()))
        await uow.overlays.save_weights(version.version_id, overlay.weights)
        digest = plan_digest(version.payload_digest, version.provenance, overlay)
        return await uow.plans.save(replace(version, plan_digest=digest))


def packed_plan(archive: str, files: Mapping[str, NamedStream]) -> PackedPlan:
    """What the files of a packed plan say.

    Raises:
        ArchiveRejectedError: they are not those of a packed plan that this planvault reads.
    """
    for name in sorted(_SMALL - files.keys()):
        raise refused(archive, "missing-file", f"is no packed plan: it has no {name}")
    try:
        manifest = _json(files[MANIFEST_FILE])
        if manifest["format"] != FORMAT:
            raise refused(archive, "format", f"is of the format {str(manifest['format'])[:40]!r}, not {FORMAT!r}")
        found = PackedPlan(
            archive=archive,
            manifest=manifest,
            headers={str(name): dict(header) for name, header in _json(files[HEADERS_FILE]).items()},
            overlay=parse_overlay(_json(files[OVERLAY_FILE])),
        )
        expected = {*found.level_files, *_SMALL}
        _check_said(manifest)
    except (ValueError, KeyError, TypeError, AttributeError, InvalidRequestError) as error:
        raise refused(archive, "manifest", "says of itself what cannot be read") from error
    if expected != files.keys():
        raise refused(archive, "unknown-file", "holds other files than its manifest names")
    return found


def _check_said(manifest: Mapping[str, Any]) -> None:
    made_from = manifest["provenance"]
    texts = [manifest[name] for name in ("title", "objective", "note")]
    texts += [made_from[name] for name in ("engine_name", "engine_version")]
    if not all(text is None or isinstance(text, str) for text in texts):
        raise TypeError("a text is none")
    if not isinstance(manifest["trial"], bool) or not isinstance(made_from["engine_parameters"], dict):
        raise TypeError("trial or engine_parameters is of another kind")


def refused(archive: str, reason: str, message: str) -> ArchiveRejectedError:
    """The refusal of a packed plan."""
    return ArchiveRejectedError(
        f"{archive} {message}.",
        remedy="Export the plan again: planvault plans export V -o FILE.zip.",
        reason=reason,
        archive=archive,
    )


def _json(file: NamedStream) -> Any:
    with file.open() as stream:
        return json.loads(stream.read(_MOST_BYTES))
