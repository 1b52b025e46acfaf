"""A planvault's own files root as a source: payloads from its folders, the rest from what a ledger mirrored there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ...application.storage.legacy_source import (
    LegacyConfig,
    LegacyInputs,
    LegacyPlan,
    LegacySource,
    ToldPlan,
)
from ...application.storage.mirrored_root import MirroredVersion
from ...domain.errors import IntegrityError, InvalidRequestError, StorageError
from ...domain.plans.digests import payload_digest
from ...domain.plans.version import plan_stream
from ...domain.runs.job import Job
from ...domain.shared.clock import parse_instant
from ...domain.shared.events import Event, Head
from ...domain.shared.ids import VersionId
from ...domain.storage.backfill import Candidate
from ...domain.storage.state import FolderName
from .folder_reading import FilePayloadFolder
from .root_reading import FileMirroredRoot, is_files_root, reading_root
from .root_rows import NamedRows, Said, config_of, events_of, inputs_of, overlay_of, said_by_manifest, said_by_rows

_QUOTED = "legacy.json"
_UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)


class FilesRootSources:
    """Opens files roots as sources."""

    def __init__(self, columns: Mapping[str, Sequence[str]]) -> None:
        """Know the columns of the ledger's tables, in their order."""
        self._rows = NamedRows(columns)

    def recognised(self, path: Path) -> bool:
        """Whether that folder is a files root."""
        return is_files_root(path)

    @contextmanager
    def open(self, name: str, path: Path) -> Iterator[LegacySource]:
        """The files root at that path."""
        with reading_root(path) as root:
            yield FilesRootSource(name, root, self._rows)


class FilesRootSource(LegacySource):
    """A files root: of each version the folder that its ``current`` names, else the only one that there is."""

    def __init__(self, name: str, root: FileMirroredRoot, rows: NamedRows) -> None:
        """Read from an open root."""
        self._name = name
        self._root = root
        self._rows = rows

    @property
    def name(self) -> str:
        """What people call it."""
        return self._name

    def configs(self) -> Sequence[LegacyConfig]:
        """The config versions that were mirrored, in order of id; none where they cannot be read."""
        try:
            return [config_of(row) for row in self._rows.of(self._root.store().tables, "config_versions")]
        except StorageError:
            return ()  # what hangs on one says so

    def versions(self) -> Sequence[Candidate]:
        """The versions that have a payload, in order of time, then of id; those that are damaged as well."""
        with _readable():
            keys = sorted({*self._root.filed(), *self._root.currents()})
            offered = [candidate for key in keys if (candidate := self._candidate(key)) is not None]
        return sorted(offered, key=lambda one: (one.created_at, one.source_version))

    def digest(self, source_version: str) -> str:
        """The digest over the manifest of its folder and over what was mirrored of it, wherever these lie."""
        with _readable():
            return _digest(*self._found(source_version.lower()))

    def plan(self, source_version: str) -> LegacyPlan:
        """One version, whole."""
        with _readable():
            current, name = self._found(source_version.lower())
            with closing(_Closing(self._root.open(name))) as held:
                return self._plan(_digest(current, name), current, held.folder)

    def input_sets(self) -> Sequence[str]:
        """The labels that were mirrored with something in them, in order."""
        with _readable():
            return [key for key in self._root.labels() if self._has_sets(key)]

    def inputs(self, source_label: str) -> LegacyInputs:
        """One label: its candidate, else what was live, else its newest revision."""
        with _readable():
            return inputs_of(self._rows, self._root, source_label)

    def loose_jobs(self) -> Sequence[Job]:
        """None: jobs are those of a version."""
        return ()

    def _candidate(self, key: str) -> Candidate | None:
        """The version as a candidate; null where it was deleted or trimmed."""
        try:
            current = self._current(key)
            if current is not None and (current.deleted or self._rows.status(current.tables) == "archived"):
                return None
            if current is not None:
                (row,) = self._rows.of(current.tables, "plan_versions")
                made = row["created_at"]
            else:
                with closing(_Closing(self._root.open(self._folder(key, current)))) as held:
                    current = MirroredVersion(version_id=held.folder.manifest.version_id)
                    made = held.folder.about["created_at"]
            return _offered(current.version_id, parse_instant(made))
        except (
            StorageError,
            InvalidRequestError,
            ValueError,
            KeyError,
            TypeError,
        ):  # reading it whole says what is wrong
            return _offered(VersionId(key), _UNKNOWN)

    def _found(self, key: str) -> tuple[MirroredVersion | None, FolderName]:
        current = self._current(key)
        return current, self._folder(key, current)

    def _current(self, key: str) -> MirroredVersion | None:
        return self._root.current(key) if self._root.has_current(key) else None

    def _folder(self, key: str, current: MirroredVersion | None) -> FolderName:
        """The folder that is named, else the only one: never one of several by guess."""
        if current is not None:
            if current.folder is None:
                raise InvalidRequestError("Its payload was never filed: what was mirrored of it names no folder.")
            return current.folder
        folders = self._root.folders(key)
        if not folders:
            raise InvalidRequestError("It has no folder.")
        if len({folder.digest for folder in folders}) > 1:
            named = ", ".join(folder.name for folder in folders)
            raise InvalidRequestError(f"It has several folders, and nothing says which one counts: {named}.")
        return folders[0]

    def _plan(self, digest: str, current: MirroredVersion | None, folder: FilePayloadFolder) -> LegacyPlan:
        folder.verify_now()
        levels, kpis, headers = folder.levels_now(), folder.kpis_now(), folder.headers_now()
        said = self._said(current, folder)
        told = payload_digest(folder.series, kpis)
        if told != said.payload_digest:
            raise IntegrityError("Its folder holds another payload than its payload digest tells of.")
        self._require_config(said)
        events = self._events(said.version_id) if self._root.is_mirrored else []
        return LegacyPlan(
            candidate=_offered(said.version_id, said.created_at),
            source_digest=digest,
            status=said.stage,
            config_id=said.provenance.config_version_id,
            source_run_id=said.provenance.run_id,
            cutover_date=said.cutover_date,
            recon_window_days=said.recon_window_days,
            objective=said.objective,
            note=said.note,
            levels=levels,
            artifacts={name: header for name, header in headers.items() if name != _QUOTED},
            overlay=overlay_of(self._rows, {} if current is None else current.tables),
            editors=said.editors,
            events=events_of(events),
            quoted={**said.quoted, "store_id": self._root.facts.store_id, "legacy": headers.get(_QUOTED)},
            told=ToldPlan(
                title=said.title,
                trial=said.trial,
                stale_levels=said.stale_levels,
                provenance=said.provenance,
                payload_digest=told,
                heads=tuple(Head(stream=one.stream, sequence=one.sequence, hash=one.hash) for one in events),
            ),
        )

    def _said(self, current: MirroredVersion | None, folder: FilePayloadFolder) -> Said:
        if current is not None:
            return said_by_rows(self._rows, current.tables)
        return said_by_manifest(folder.manifest.version_id, folder.about)

    def _events(self, version_id: VersionId) -> Sequence[Event]:
        stream = plan_stream(version_id)
        if not self._root.has_events(stream):
            return []
        found = self._root.events(stream)
        if found.flaw is not None:
            raise IntegrityError(f"Of its events {found.flaw}.")
        return found.events

    def _require_config(self, said: Said) -> None:
        """A damaged list of config versions must not look like none."""
        if said.provenance.config_version_id is not None and self._root.is_mirrored:
            self._root.store()

    def _has_sets(self, key: str) -> bool:
        try:
            return bool(self._rows.of(self._root.label(key).tables, "planning_input_sets"))
        except StorageError:
            return True  # reading it whole says what is wrong


def _offered(version_id: VersionId, created_at: datetime) -> Candidate:
    return Candidate(source_version=version_id, version_id=version_id, created_at=created_at)


def _digest(current: MirroredVersion | None, folder: FolderName) -> str:
    """Over the manifest of the folder and what was mirrored, wherever these lie and whenever they were written."""
    told = {} if current is None else dict(current.tables)
    text = json.dumps([folder.digest, told], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class _Closing:
    """Closes a folder at once; its own way to close is for those who wait."""

    def __init__(self, folder: FilePayloadFolder) -> None:
        self.folder = folder

    def close(self) -> None:
        self.folder.close_now()


@contextmanager
def _readable() -> Iterator[None]:
    """What cannot be reached is told as what is damaged: of one version, and the others go on."""
    try:
        yield
    except IntegrityError as error:
        raise InvalidRequestError(error.message) from error
    except StorageError as error:
        raise InvalidRequestError(error.message) from error
