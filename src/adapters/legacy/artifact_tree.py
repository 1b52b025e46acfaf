"""A folder of artifacts as a source: every folder below it that holds levels is a version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...application.storage.legacy_source import LegacyConfig, LegacyEvent, LegacyInputs, LegacyPlan, LegacySource
from ...domain.errors import InvalidRequestError, NotFoundError
from ...domain.runs.job import Job
from ...domain.shared.ids import VersionId
from ...domain.storage.backfill import Candidate
from .edits import Edits, audit_of_artifacts, records_of_artifacts
from .level_rows import LEVELS_OF
from .plan_artifacts import OpenedArtifacts, digest_of, opened
from .words import day, mapped_id, moment, name, remark

_READ = frozenset({".json", ".csv"})
_MOST_DEEP = 8


class ArtifactTree(LegacySource):
    """The output folder of a legacy system."""

    def __init__(self, called: str, root: Path) -> None:
        """Look below this folder."""
        self._name = called
        self._root = root

    @property
    def name(self) -> str:
        """What people call it."""
        return self._name

    def configs(self) -> Sequence[LegacyConfig]:
        """None: artifacts name no config versions."""
        return ()

    def versions(self) -> Sequence[Candidate]:
        """The folders that hold artifacts of levels, in order of their oldest artifact, then of id."""
        with _readable(self._root):
            offered = [
                _candidate(self._id_of(folder), names)
                for folder in self._folders(self._root, _MOST_DEEP)
                if (names := [path for path in _files(folder) if path.name in LEVELS_OF])
            ]
        return sorted(offered, key=lambda one: (one.created_at, one.source_version))

    def digest(self, source_version: str) -> str:
        """The digest over the bytes of its artifacts."""
        return digest_of((), _texts(self._folder(source_version)))

    def plan(self, source_version: str) -> LegacyPlan:
        """One version, whole."""
        folder = self._folder(source_version)
        texts = _texts(folder)
        artifacts = opened(texts)
        if not artifacts.levels:
            raise InvalidRequestError("It has no artifact with rows.")
        candidate = _candidate(source_version, [path for path in _files(folder) if path.name in LEVELS_OF])
        edits = Edits()
        for record in records_of_artifacts(artifacts.kept, at=candidate.created_at):
            edits.take(record)
        params = artifacts.said("plan_final.json", "reconcile_params") or {}
        state = artifacts.kept.get("psi_state.json")
        label = artifacts.said("planning_input_set.json", "label")
        window = params.get("recon_window_days")
        return LegacyPlan(
            candidate=candidate,
            source_digest=digest_of((), texts),
            label=label,
            source_run_id=_run_of(artifacts),
            cutover_date=day(params.get("cutover_date")),
            recon_window_days=window if isinstance(window, int) else None,
            levels=artifacts.levels,
            artifacts=artifacts.kept,
            overlay=edits.overlay,
            events=[_event(told) for told in audit_of_artifacts(artifacts.kept)],
            quoted={
                "input_set_label": label,
                "psi_state": None if state is None else dict(state),
                "quarantined": edits.quarantined,
            },
        )

    def input_sets(self) -> Sequence[str]:
        """None: artifacts hold no input sets."""
        return ()

    def inputs(self, source_label: str) -> LegacyInputs:
        """None."""
        raise NotFoundError("input set in the source", source_label)

    def loose_jobs(self) -> Sequence[Job]:
        """None: artifacts tell of no jobs."""
        return ()

    def _folders(self, folder: Path, depth: int) -> Iterator[Path]:
        """The folder and those below it; links are not followed, so that nothing outside is read."""
        yield folder
        if depth:
            for below in sorted(folder.iterdir()):
                if below.is_dir() and not below.is_symlink() and not below.name.startswith("."):
                    yield from self._folders(below, depth - 1)

    def _id_of(self, folder: Path) -> str:
        if folder == self._root:
            return folder.resolve().name
        return folder.relative_to(self._root).as_posix()

    def _folder(self, source_version: str) -> Path:
        with _readable(self._root):
            folder = next(
                (one for one in self._folders(self._root, _MOST_DEEP) if self._id_of(one) == source_version), None
            )
        if folder is None:
            raise NotFoundError("plan version in the source", source_version)
        return folder


def _files(folder: Path) -> list[Path]:
    found = (path for path in sorted(folder.iterdir()) if path.suffix in _READ and not path.name.startswith("."))
    return [path for path in found if path.is_file() and not path.is_symlink()]


def _texts(folder: Path) -> dict[str, bytes]:
    with _readable(folder):
        return {path.name: path.read_bytes() for path in _files(folder)}


@contextmanager
def _readable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InvalidRequestError(f"{folder.name} cannot be read ({error.strerror}).") from error


def _candidate(source_version: str, artifacts: Sequence[Path]) -> Candidate:
    """A version whose age is that of its oldest artifact."""
    with _readable(artifacts[0].parent):
        seconds = int(min(path.stat().st_mtime for path in artifacts))
    return Candidate(
        source_version=source_version,
        version_id=VersionId(mapped_id(source_version)),
        created_at=datetime.fromtimestamp(seconds, UTC),
    )


def _run_of(artifacts: OpenedArtifacts) -> str | None:
    run_id = artifacts.said("source.json", "source_run_id", "run_id")
    return None if run_id is None else str(run_id)


def _event(told: Mapping[str, Any]) -> LegacyEvent:
    return LegacyEvent(
        action=str(told.get("event", "unknown")),
        actor=name(told.get("actor")),
        comment=remark(told.get("note")),
        at=moment(told.get("ts")),
        details={"values": dict(told)},
    )
