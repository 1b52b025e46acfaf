"""Looking through a files root before a ledger is built from it: what can be used, and what is left out and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ...domain.errors import ConflictError, IntegrityError, PlanvaultError, StorageError
from ...domain.plans.digests import payload_digest
from ...domain.plans.version import PlanStatus, plan_stream
from ...domain.shared.events import Checkpoint, Head
from ...domain.storage.image import ImageTable
from ...domain.storage.mirror import INPUT_STREAMS, PLAN_STREAMS, RootFile, Tables
from ...domain.storage.rebuild import LeftOut, used_checkpoints, used_positions
from ..threads import in_thread
from .mirrored_root import MirroredPart, MirroredRoot, MirroredStream, MirroredVersion

VERSIONS, SETS, CONFIGS = "plan_versions", "planning_input_sets", "config_versions"
CONTENTS, BASELINES = "planning_input_contents", "plan_baselines"
_PLAN, _LABEL = "plan version", "label"
_KINDS = ((PLAN_STREAMS, _PLAN), (INPUT_STREAMS, _LABEL))
_NAMED = 10
_BROKEN_OFF = "are left out: the mirror was broken off while they were written, and what they tell of is not there."
_NEVER = "Nothing was mirrored of it: it was never committed, or the ledger was lost before it was mirrored."


@dataclass(slots=True, kw_only=True)
class Survey:
    """What a files root holds that can be used: keys of versions and labels, heads of streams, hashes of contents.

    Of the labels ``input_sets`` are in use; the others were deleted.  ``last`` is the newest event that is used, and
    ``commit_seq`` the newest commit of which anything was mirrored.  ``contents`` are their rows by hash.
    """

    facts: RootFile
    store: Tables = field(default_factory=dict)
    versions: list[str] = field(default_factory=list)
    deleted: int = 0
    labels: list[str] = field(default_factory=list)
    input_sets: int = 0
    contents: dict[str, Sequence[Any]] = field(default_factory=dict)
    heads: dict[str, Head] = field(default_factory=dict)
    last: int = 0
    event_count: int = 0
    checkpoints: Sequence[Checkpoint] = ()
    commit_seq: int = 0
    series_rows: int = 0
    left_out: list[LeftOut] = field(default_factory=list)

    def leave_out(self, kind: str, name: str, error: PlanvaultError | str) -> None:
        """Note what cannot be used."""
        reason = error if isinstance(error, str) else error.message
        self.left_out.append(LeftOut(kind=kind, name=name, reason=reason))


async def surveyed(root: MirroredRoot, tables: Sequence[ImageTable]) -> Survey:
    """What the root holds; every folder is read to its last byte.

    Raises:
        ConflictError: no ledger was ever mirrored there.
        StorageUnavailableError: it cannot be read at all.
    """
    return await _Surveying(root=root, tables=tables, survey=Survey(facts=root.facts)).done()


@dataclass(slots=True, kw_only=True)
class _Surveying:
    root: MirroredRoot
    tables: Sequence[ImageTable]
    survey: Survey
    _known: set[str] = field(default_factory=set)

    async def done(self) -> Survey:
        if not await in_thread(lambda: self.root.is_mirrored):
            raise ConflictError(
                f"{self.root.place} holds folders of payloads alone: no ledger was ever mirrored there.",
                remedy="Take its plans over into a new store: planvault storage backfill --from it.",
            )
        await self._store()
        await self._events()
        await self._labels()
        await self._versions()
        await self._unmirrored()
        self._check_baselines()
        self.survey.commit_seq = max(
            self.survey.commit_seq, 0 if self.survey.facts.head is None else self.survey.facts.head.commit_seq
        )
        return self.survey

    async def _store(self) -> None:
        try:
            part = await in_thread(self.root.store)
            self._require_columns(part)
        except StorageError as error:
            self.survey.leave_out("store", "store.json", error)
            return
        self._seen(part)
        self.survey.store = part.tables

    async def _events(self) -> None:
        """Which events are used; each stream is read twice, so that memory holds one of them at a time."""
        survey = self.survey
        streams = await in_thread(self.root.streams)
        found = [position for stream in streams for position in await self._positions(stream)]
        used = used_positions(found, 0 if survey.facts.head is None else survey.facts.head.position)
        survey.last = used.last
        for stream in streams:
            events = [event for event in (await self._stream(stream)).events if event.position <= used.last]
            survey.event_count += len(events)
            if events:
                survey.heads[stream] = Head(stream=stream, sequence=events[-1].sequence, hash=events[-1].hash)
        if used.missing:
            named = ", ".join(str(position) for position in used.missing[:_NAMED])
            survey.leave_out("events", f"at the positions {named}", f"{len(used.missing)} are missing in the mirror.")
        if used.beyond:
            survey.leave_out("events", f"after the position {used.last}", f"{used.beyond} {_BROKEN_OFF}")
        await self._checkpoints()

    async def _positions(self, stream: str) -> list[int]:
        found = await self._stream(stream)
        if found.flaw is not None:
            self.survey.leave_out("events", stream, f"Of its events {found.flaw}.")
        return [event.position for event in found.events]

    async def _stream(self, stream: str) -> MirroredStream:
        try:
            return await in_thread(partial(self.root.events, stream))
        except StorageError as error:
            return MirroredStream(stream=stream, events=(), flaw=error.message.rstrip("."))

    async def _checkpoints(self) -> None:
        survey = self.survey
        try:
            found = await in_thread(self.root.checkpoints)
        except StorageError as error:
            survey.leave_out("checkpoints", "all", error)
            return
        survey.checkpoints = used_checkpoints(found, survey.last)
        if count := len(found) - len(survey.checkpoints):
            survey.leave_out("checkpoints", f"after the position {survey.last}", f"{count} cover events left out.")

    async def _labels(self) -> None:
        configs = {row[0] for row in self.survey.store.get(CONFIGS, ())}
        for key in await in_thread(self.root.labels):
            try:
                part = await in_thread(partial(self.root.label, key))
                self._require_columns(part)
                self._require_configs(part, configs)
                await self._contents(part)
            except StorageError as error:
                self.survey.leave_out(_LABEL, key, error)
                continue
            self._seen(part)
            self.survey.labels.append(key)
            self.survey.input_sets += len(self._named(part, SETS))

    def _require_configs(self, part: MirroredPart, configs: set[Any]) -> None:
        for row in self._named(part, SETS):
            if row["config_version_id"] not in configs:
                raise IntegrityError(f"Its config version {row['config_version_id']} is missing: see store.json.")

    async def _contents(self, part: MirroredPart) -> None:
        """Let a part pass whose input contents are there, each equal to its hash."""
        for row in self._named(part, CONTENTS):
            content_hash = row["content_hash"]
            if content_hash not in self.survey.contents:
                await in_thread(partial(self.root.content, content_hash))
                self.survey.contents[content_hash] = list(row.values())

    async def _versions(self) -> None:
        for key in await in_thread(self.root.currents):
            try:
                current = await in_thread(partial(self.root.current, key))
                if not current.deleted:
                    self._require_columns(current)
                    await self._payload(current)
            except StorageError as error:
                self.survey.leave_out(_PLAN, key, error)
                continue
            self._seen(current)
            if current.deleted:
                self.survey.deleted += 1
                continue
            await self._require_told(key, current)
            self.survey.versions.append(key)

    async def _payload(self, current: MirroredVersion) -> None:
        """Let a version pass whose folder holds the payload that it tells of, to the last byte."""
        (row,) = self._named(current, VERSIONS)
        if current.folder is None:
            if row["status"] != PlanStatus.ARCHIVED:
                raise IntegrityError("What was mirrored of it names no folder.")
            return
        folder = await in_thread(partial(self.root.open, current.folder))
        try:
            await folder.verify()
            if payload_digest(folder.series, await folder.kpis()) != row["payload_digest"]:
                raise IntegrityError("Its folder holds another payload than its payload digest tells of.")
            self.survey.series_rows += sum(series.row_count for series in folder.series)
        finally:
            await folder.close()

    async def _require_told(self, key: str, current: MirroredVersion) -> None:
        """Say so where a version is ahead of its events, or lacks the inputs that it was made from; it is used."""
        try:
            await self._contents(current)
        except StorageError as error:
            self.survey.leave_out("inputs of plan version", key, error)
        head = self.survey.heads.get(plan_stream(key))
        stands, newest = 0 if current.event is None else current.event[0], 0 if head is None else head.sequence
        if newest < stands:
            reason = f"It stands at event {stands}, and the newest that is there is {newest}."
            self.survey.leave_out("events of plan version", key, reason)
        elif newest > stands:
            reason = f"It is that of event {stands}; event {newest} tells of more."
            self.survey.leave_out("state of plan version", key, reason)

    async def _unmirrored(self) -> None:
        """What has folders or events, and nothing else was mirrored of it."""
        filed = {(_PLAN, key) for key in await in_thread(self.root.filed)}
        known = {(_PLAN, key) for key in await in_thread(self.root.currents)}
        known |= {(_LABEL, key) for key in await in_thread(self.root.labels)}
        told = {
            (kind, _subject(name, begins))
            for name in self.survey.heads
            for begins, kind in _KINDS
            if name.startswith(begins)
        }
        for kind, key in sorted((filed | told) - known):
            missing = "What was mirrored of it is missing." if (kind, key) in told else _NEVER
            self.survey.leave_out(kind, key, missing)

    def _check_baselines(self) -> None:
        left = {one.name for one in self.survey.left_out if one.kind == _PLAN}
        for row in self._named(MirroredPart(tables=self.survey.store), BASELINES):
            if row["version_id"].lower() in left:
                name = f"{row['config_version_id']}.{row['sequence']}"
                self.survey.leave_out("baseline", name, f"It names {row['version_id']}, which is left out.")

    def _require_columns(self, part: MirroredPart) -> None:
        """Let rows pass that fit the tables of this schema."""
        columns = {table.name: len(table.columns) for table in self.tables}
        for name, rows in part.tables.items():
            if name not in columns or any(len(row) != columns[name] for row in rows):
                raise IntegrityError(
                    f"Its rows of {name} are of another schema; use the planvault that wrote them.", table=name
                )

    def _named(self, part: MirroredPart, name: str) -> list[dict[str, Any]]:
        (columns,) = (table.columns for table in self.tables if table.name == name)
        return [dict(zip(columns, row, strict=True)) for row in part.tables.get(name, ())]

    def _seen(self, part: MirroredPart) -> None:
        self.survey.commit_seq = max(self.survey.commit_seq, part.commit_seq)


def _subject(stream: str, begins: str) -> str:
    """What a stream is about: of an input set the label, without its generation."""
    name = stream.removeprefix(begins)
    return name.partition("/")[0] if begins == INPUT_STREAMS else name
