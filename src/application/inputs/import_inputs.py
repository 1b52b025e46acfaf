"""Importing an input set: from files to a draft revision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from ...domain.access.actor import Actor, Role
from ...domain.errors import (
    ArchiveRejectedError,
    ConflictError,
    Problem,
    TooLargeError,
    UnsupportedEncodingError,
    ValidationError,
)
from ...domain.inputs.difference import InputDifference
from ...domain.inputs.import_report import ApplyMode, ImportOutcome
from ...domain.inputs.input_set import InputSet, new_input_set
from ...domain.inputs.revision import InputRevision
from ...domain.shared.clock import Clock
from ...domain.shared.events import EventDraft
from ...domain.shared.ids import Label, comment, label, title
from ..access.admission import Admission
from ..exchange import InputReader, InputReading, NamedStream, ReadFile, ReadInputs
from ..retrying import retried
from ..threads import in_thread
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .import_base import ImportBase
from .import_effect import effect_of
from .import_options import ImportOptions
from .import_reporting import ImportAttempt, KeepRefusals
from .manage_configs import ConfigChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedInputs:
    """What an import came to, or, ``validated_only``, would have come to; nothing was stored then.

    ``base`` is the revision that the files were merged into; ``warnings`` are the first hundred.  ``effect`` counts
    what changes against what is live, or against the candidate that it replaces; null where there is neither.
    """

    input_set: InputSet
    revision: InputRevision
    unchanged: bool
    files: tuple[ReadFile, ...]
    warnings: tuple[Problem, ...]
    warning_count: int = 0
    validated_only: bool = False
    report_id: str | None = None
    apply_mode: ApplyMode = ApplyMode.REPLACE
    base: int | None = None
    effect: InputDifference | None = None

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
    """Under which label and config version the files belong, who brings them, and how."""

    label: str
    actor: Actor
    config: ConfigChoice = field(default_factory=ConfigChoice)
    title: str | None = None
    comment: str | None = None
    options: ImportOptions = field(default_factory=ImportOptions)

    def attempt(self, source: str, clock: Clock) -> ImportAttempt:
        """What a report will say of it."""
        return ImportAttempt(
            label=label(self.label),
            actor=self.actor,
            source=source,
            apply_mode=self.options.apply_mode,
            clock=clock,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportInputs:
    """Take in input files as the new candidate of a label."""

    unit_of_work: UnitOfWorkFactory
    admission: Admission
    reader: InputReader
    clock: Clock

    async def path(self, path: Path, request: ImportRequest) -> ImportedInputs:
        """Import a directory of input files, or one file: a CSV, a zip, a workbook or a JSON document.

        Raises:
            ValidationError: files break their rules; every problem is listed and nothing was stored.
            ArchiveRejectedError: a zip or workbook is not opened.
            InvalidLabelError, InvalidRequestError: label, title, config choice or path are wrong.
            ForbiddenError: the actor is no planner.
            ConflictError: the label belongs to another config version, or is archived.
            StaleVersionError: the base of a merge, or the revision that the caller saw, is no longer the current one.
        """
        read = partial(self.reader.path, path, encoding=request.options.encoding)
        return await self._imported(read, request, source=self.reader.source_of([path.name]) or "csv")

    async def streams(self, files: Sequence[NamedStream], request: ImportRequest) -> ImportedInputs:
        """Import files that were sent, by the rules of ``path``."""
        read = partial(self.reader.streams, files, encoding=request.options.encoding)
        source = self.reader.source_of([file.name for file in files]) or "api"
        return await self._imported(read, request, source=source)

    async def _imported(
        self, read: Callable[[], InputReading], request: ImportRequest, *, source: str
    ) -> ImportedInputs:
        # Before a large upload is read: a wrong label or a missing role is known already.
        label(request.label)
        request.actor.require(Role.PLANNER)
        attempt = request.attempt(source, self.clock)
        files: tuple[ReadFile, ...] = ()
        try:
            reading = await in_thread(read, undo=lambda begun: begun.close())
            try:
                base = await self._base(reading, request)
                files = reading.files
                found = await in_thread(reading.finish)
                return await self._with_effect(await self._store(found, base, request, attempt))
            finally:
                reading.close()
        except (ValidationError, UnsupportedEncodingError, ArchiveRejectedError, TooLargeError) as error:
            if not request.options.validate_only:
                keep = KeepRefusals(unit_of_work=self.unit_of_work, admission=self.admission)
                await keep(attempt, error, files)
            raise

    @retried
    async def _base(self, reading: InputReading, request: ImportRequest) -> ImportBase:
        options = request.options
        async with self.unit_of_work(read_only=True) as uow:
            await self.admission.admit(uow, request.actor)
            base = ImportBase.of(Label(request.label), await uow.input_sets.find(Label(request.label)))
            base.check_named(options)
            if options.merges:
                await base.pour(uow, reading)
        if not options.allow_empty:
            replaced = None if options.merges else base.revision
            await in_thread(partial(reading.refuse_empty, {} if replaced is None else replaced.row_counts))
        return base

    @retried
    async def _store(
        self, read: ReadInputs, base: ImportBase, request: ImportRequest, attempt: ImportAttempt
    ) -> ImportedInputs:
        now, options = self.clock.now(), request.options
        merged_into = base.number if options.merges else options.base_revision
        async with self.unit_of_work() as uow:
            await self.admission.admit(uow, request.actor)
            before = await uow.input_sets.find(Label(request.label))
            ImportBase.of(Label(request.label), before).check_unmoved(base, options)
            input_set, config_event = await self._begun(uow, before, request)
            after, revision, event = input_set.bring(
                read.content.content_hash,
                actor=request.actor,
                at=now,
                source=attempt.source,
                row_counts=read.content.row_counts,
                title=title(request.title),
                comment=comment(request.comment),
                how={"apply_mode": str(options.apply_mode), "base": merged_into},
            )
            imported = ImportedInputs(
                input_set=after,
                revision=revision,
                unchanged=before is not None and after.next_number == before.next_number,
                files=read.files,
                warnings=read.warnings,
                warning_count=read.warning_count,
                validated_only=options.validate_only,
                apply_mode=options.apply_mode,
                base=merged_into,
            )
            if options.validate_only:
                await uow.contents.add(read.content)
                return replace(imported, effect=await effect_of(uow, after, revision))
            drafts = [] if event is None else [config_event, event.draft()]
            return await self._written(uow, imported, read, attempt, drafts)

    @retried
    async def _with_effect(self, imported: ImportedInputs) -> ImportedInputs:
        if imported.validated_only:
            return imported
        async with self.unit_of_work(read_only=True) as uow:
            return replace(imported, effect=await effect_of(uow, imported.input_set, imported.revision))

    async def _written(
        self,
        uow: UnitOfWork,
        imported: ImportedInputs,
        read: ReadInputs,
        attempt: ImportAttempt,
        drafts: Sequence[EventDraft | None],
    ) -> ImportedInputs:
        after = imported.input_set
        if drafts:
            await uow.contents.add(read.content)
            if await uow.input_sets.find(after.label) is None:
                await uow.input_sets.add(after)
            else:
                after = await uow.input_sets.save(after)
        outcome = ImportOutcome.UNCHANGED if imported.unchanged else ImportOutcome.STORED
        warnings = (read.warnings, read.warning_count)
        report = attempt.report(outcome, read.files, revision=imported.number, warnings=warnings)
        await uow.import_reports.add(report)
        for draft in drafts:
            if draft is not None:
                await uow.events.append(draft, at=after.updated_at)
        await uow.commit()
        return replace(imported, input_set=after, report_id=report.report_id)

    async def _begun(
        self, uow: UnitOfWork, before: InputSet | None, request: ImportRequest
    ) -> tuple[InputSet, EventDraft | None]:
        if before is not None:
            await self._check_config(uow, before, request)
            return before, None
        config, told = await request.config.made(uow, actor=request.actor, clock=self.clock)
        begun = new_input_set(
            Label(request.label),
            config_version_id=config.config_version_id,
            at=self.clock.now(),
            tombstone=await uow.input_sets.tombstone(Label(request.label)),
        )
        return begun, told

    async def _check_config(self, uow: UnitOfWork, known: InputSet, request: ImportRequest) -> None:
        if not request.config.fits(known.config_version_id):
            config = await uow.configs.get(known.config_version_id)
            raise ConflictError(
                f"{known.label} belongs to the config version {config.config_version_id} {config.name}.",
                remedy="Leave out the choice of a config version, or use another label.",
                config_version_id=config.config_version_id,
            )
