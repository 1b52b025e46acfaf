"""Importing an input set: from files to a draft revision."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...domain.access.actor import Actor, Role
from ...domain.errors import ConflictError, Problem
from ...domain.inputs.input_set import InputSet, new_input_set
from ...domain.inputs.revision import InputRevision
from ...domain.shared.clock import Clock
from ...domain.shared.events import EventDraft
from ...domain.shared.ids import Label, comment, label, title
from ..access.admission import Admission
from ..exchange import InputReader, NamedStream, ReadFile, ReadInputs
from ..retrying import retried
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .manage_configs import ConfigChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedInputs:
    """What an import came to."""

    input_set: InputSet
    revision: InputRevision
    unchanged: bool
    files: tuple[ReadFile, ...]
    warnings: tuple[Problem, ...]

    @property
    def number(self) -> int:
        """The revision's number."""
        return self.revision.number

    @property
    def content_hash(self) -> str:
        """The revision's content hash: what an approver approves."""
        return self.revision.content_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """Under which label and config version the files belong, and who brings them."""

    label: str
    actor: Actor
    config: ConfigChoice = field(default_factory=ConfigChoice)
    title: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportInputs:
    """Take in input files as the new candidate of a label."""

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    reader: InputReader
    clock: Clock

    async def directory(self, path: Path, request: ImportRequest) -> ImportedInputs:
        """Import a directory of input files.

        Raises:
            ValidationError: files break their rules; every problem is listed and nothing was stored.
            InvalidLabelError, InvalidRequestError: label, title, config choice or path are wrong.
            ForbiddenError: the actor is no planner.
            ConflictError: the label belongs to another config version, or is archived.
        """
        self._check(request)
        return await self._store(await asyncio.to_thread(self.reader.directory, path), request, source="csv")

    async def streams(self, files: Sequence[NamedStream], request: ImportRequest) -> ImportedInputs:
        """Import files sent one by one, by the rules of ``directory``."""
        self._check(request)
        return await self._store(await asyncio.to_thread(self.reader.streams, files), request, source="api")

    @staticmethod
    def _check(request: ImportRequest) -> None:
        # Before a large upload is read: a wrong label or a missing role is known already.
        label(request.label)
        request.actor.require(Role.PLANNER)

    @retried
    async def _store(self, read: ReadInputs, request: ImportRequest, *, source: str) -> ImportedInputs:
        now = self.clock.now()
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, request.actor)
            before = await uow.input_sets.find(label(request.label))
            told: list[EventDraft | None] = []
            if before is None:
                input_set, config_event = await self._begun(uow, request)
                told.append(config_event)
            else:
                input_set = before
                await self._check_config(uow, before, request)
            after, revision, event = input_set.bring(
                read.content.content_hash,
                actor=request.actor,
                at=now,
                source=source,
                row_counts=read.content.row_counts,
                title=title(request.title),
                comment=comment(request.comment),
            )
            if event is not None:
                await uow.contents.add(read.content)
                if before is None:
                    await uow.input_sets.add(after)
                else:
                    after = await uow.input_sets.save(after)
                for draft in (*told, event.draft()):
                    if draft is not None:
                        await uow.events.append(draft, at=now)
                await uow.commit()
        return ImportedInputs(
            input_set=after,
            revision=revision,
            unchanged=before is not None and after.next_number == before.next_number,
            files=read.files,
            warnings=read.warnings,
        )

    async def _begun(self, uow: UnitOfWork, request: ImportRequest) -> tuple[InputSet, EventDraft | None]:
        config, told = await request.config.made(uow, actor=request.actor, clock=self.clock)
        begun = new_input_set(
            Label(request.label),
            config_version_id=config.config_version_id,
            at=self.clock.now(),
            tombstone=await uow.input_sets.tombstone(Label(request.label)),
        )
        return begun, told

    async def _check_config(self, uow: UnitOfWork, known: InputSet, request: ImportRequest) -> None:
        wanted = request.config
        if wanted.new_config is not None or wanted.config_version_id not in {None, known.config_version_id}:
            config = await uow.configs.get(known.config_version_id)
            raise ConflictError(
                f"{known.label} belongs to the config version {config.config_version_id} {config.name}.",
                remedy="Leave out the choice of a config version, or use another label.",
                config_version_id=config.config_version_id,
            )
