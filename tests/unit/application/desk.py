"""A planner over a store in memory, with everything beside it in the test's hands."""

# ruff: noqa: ARG002 (these parts do the same whatever they are asked)

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any

from planvault.adapters.exchange.backup_archives import ZipBackupArchives
from planvault.adapters.exchange.evidence_writer import ZipEvidenceWriter
from planvault.adapters.exchange.input_writer import FileInputWriter
from planvault.adapters.exchange.plan_archives import ZipPlanArchives
from planvault.adapters.exchange.series_export import FileSeriesWriter
from planvault.adapters.exchange.series_files import FileSeriesReader, series_lines
from planvault.adapters.exchange.spool import open_spool
from planvault.adapters.exchange.storage_evidence import ZipStorageEvidenceWriter
from planvault.adapters.files.root_reading import reading_root
from planvault.adapters.legacy.artifacts import LegacyArtifactRenderer
from planvault.adapters.legacy.copy_database import open_legacy_copy
from planvault.adapters.memory.state import MemoryState
from planvault.adapters.memory.unit_of_work import MemoryStore, MemoryUnitOfWork
from planvault.application.access.admission import Admission
from planvault.application.access.facade import Tokens
from planvault.application.access.manage_tokens import IssueToken, ReadTokens, RevokeToken
from planvault.application.audit.export_ledger import ExportLedger
from planvault.application.audit.facade import Audit
from planvault.application.audit.pack_label import PackLabel
from planvault.application.audit.read_ledger import ReadLedger
from planvault.application.audit.take_checkpoint import TakeCheckpoint
from planvault.application.audit.verify_ledger import VerifyLedger
from planvault.application.engine import Engine, EngineResult, EngineRunner, Progress, RunningEngine
from planvault.application.exchange import InputReader, InputReading, NamedStream, ReadFile, ReadInputs
from planvault.application.inputs.answer_difference import AnswerDifference
from planvault.application.inputs.diff_inputs import DiffInputs
from planvault.application.inputs.difference_cache import Cached, CacheState, DifferenceCache
from planvault.application.inputs.export_inputs import ExportInputs
from planvault.application.inputs.facade import Configs, Inputs
from planvault.application.inputs.import_inputs import ImportInputs
from planvault.application.inputs.import_reporting import ReadImportReports
from planvault.application.inputs.keep_inputs import ArchiveInputs, DeleteInputs, RestoreInputs
from planvault.application.inputs.manage_configs import CreateConfig, ReadConfigs
from planvault.application.inputs.preview_inputs import PreviewInputs
from planvault.application.inputs.read_input_set_events import ReadInputSetEvents
from planvault.application.inputs.read_input_sets import ReadInputSets
from planvault.application.inputs.read_labels import ReadLabels
from planvault.application.inputs.review_inputs import (
    AdoptInputs,
    ApproveInputs,
    RejectInputs,
    RevertInputs,
    SubmitInputs,
)
from planvault.application.maintenance.back_up import BackUp
from planvault.application.maintenance.examine_store import ExamineStore
from planvault.application.maintenance.facade import Maintenance
from planvault.application.maintenance.make_room import MakeRoom, RowLimit
from planvault.application.maintenance.pause_writes import PauseWrites
from planvault.application.maintenance.read_stats import ReadStats
from planvault.application.maintenance.restore_backup import RestoreBackup
from planvault.application.maintenance.trim_plans import TrimPlans
from planvault.application.planner import Planner
from planvault.application.plans.baselines import Baselines
from planvault.application.plans.compare_plans import ComparePlans
from planvault.application.plans.copy_plan import CopyPlan
from planvault.application.plans.create_plan import CreatePlan
from planvault.application.plans.delete_plan import DeletePlan
from planvault.application.plans.edit_plan import EditPlan
from planvault.application.plans.explain_plans import ExplainPlans
from planvault.application.plans.export_plan import ExportPlan
from planvault.application.plans.facade import Plans
from planvault.application.plans.list_plans import ListPlans
from planvault.application.plans.make_plan import MakePlan
from planvault.application.plans.mark_plan import MarkPlan
from planvault.application.plans.pack_plan import PackPlan
from planvault.application.plans.pivot_plan import PivotPlan
from planvault.application.plans.plan_request import PLANNING
from planvault.application.plans.queue_plan import QueuePlan, WorkOnPlan
from planvault.application.plans.read_edits import ReadEdits
from planvault.application.plans.read_plans import ReadPlans
from planvault.application.plans.read_provenance import ReadProvenance
from planvault.application.plans.read_reconciliation import ReadReconciliation
from planvault.application.plans.reconcile_plan import ReconcilePlan
from planvault.application.plans.register_plan import RegisterPlan
from planvault.application.plans.replace_series import ReplaceSeries
from planvault.application.plans.rerun_plan import RerunPlan
from planvault.application.plans.review_plans import ReviewPlans
from planvault.application.plans.row_guard import RowGuard
from planvault.application.plans.trace_row import TraceRow
from planvault.application.runs.end_jobs import CancelJob, ReadJobResult, RetryJob
from planvault.application.runs.facade import Jobs, Runs
from planvault.application.runs.hold_job import HoldJob
from planvault.application.runs.intake import JobIntake
from planvault.application.runs.read_runs import ReadJobs, ReadRuns
from planvault.application.runs.work_jobs import WorkJobs
from planvault.application.storage.backfill_plans import BackfillPlans
from planvault.application.storage.cut_over import CutOver
from planvault.application.storage.facade import Storage
from planvault.application.storage.folders import PayloadFolders
from planvault.application.storage.gather_evidence import GatherEvidence
from planvault.application.storage.keep_mirror import AdoptRoot, KeepMirror
from planvault.application.storage.legacy_source import LegacySources
from planvault.application.storage.looking import LookAtSides
from planvault.application.storage.mirror_ledger import MirrorLedger
from planvault.application.storage.pack_evidence import PackEvidence
from planvault.application.storage.read_backfills import ReadBackfills
from planvault.application.storage.read_storage import ReadStorage, SweepFolders
from planvault.application.storage.rebuild_store import RebuildStore
from planvault.application.storage.repair_storage import RepairStorage
from planvault.application.storage.return_to_legacy import ReturnToLegacy
from planvault.application.storage.roll_back import RollBack
from planvault.application.storage.switch_mode import SwitchMode
from planvault.application.storage.verify_mirror import VerifyMirror
from planvault.application.storage.verify_storage import VerifyStorage
from planvault.application.telemetry import Telemetry
from planvault.application.unit_of_work import UnitOfWork
from planvault.domain.access.actor import Actor
from planvault.domain.access.policy import ApprovalPolicy
from planvault.domain.errors import StorageUnavailableError
from planvault.domain.inputs.content import InputContent
from planvault.domain.inputs.input_set import InputSet
from planvault.domain.inputs.sections import InputRow
from planvault.domain.plans.series import SeriesRow
from planvault.domain.shared.events import Event
from planvault.infrastructure.choices import mirror_opened_at
from planvault.testing.builders import AYA, BEN, a_content, aggregate_rows, det_rows
from planvault.testing.clocks import HandClock
from planvault.testing.engines import InlineEngineRunner
from tests.unit.application.attic import Attic


class Shelf(InputReader):
    """Reads whatever content was put on it, and counts how often it was asked."""

    def __init__(self) -> None:
        self.content = a_content()
        self.asked = 0

    def source_of(self, names: Sequence[str]) -> str | None:
        return None

    def path(self, path: Path, *, encoding: str | None = None) -> InputReading:
        return self._read()

    def streams(self, files: Sequence[NamedStream], *, encoding: str | None = None) -> InputReading:
        return self._read()

    def _read(self) -> InputReading:
        self.asked += 1
        return _Shelved(self.content)


class _Shelved(InputReading):
    """One content as it was when it was asked for."""

    def __init__(self, content: InputContent) -> None:
        self._content = content

    @property
    def files(self) -> tuple[ReadFile, ...]:
        return (ReadFile(name="item.csv", encoding="utf-8", row_count=2),)

    def keep(self, section: str, rows: Sequence[InputRow], *, base: str) -> None:
        """What is on the shelf is whole."""

    def refuse_empty(self, held: Mapping[str, int]) -> None:
        """It is never empty."""

    def finish(self) -> ReadInputs:
        return ReadInputs(content=self._content, files=self.files)

    def close(self) -> None:
        """There is nothing to forget."""


class TinyEngine(Engine):
    """Plans the same few rows whatever it is given."""

    name = "tiny"
    version = "3.1"

    def __init__(self, levels: Mapping[str, Iterable[SeriesRow]] | None = None) -> None:
        self._levels = levels

    def parameters(self, given: Mapping[str, Any], inputs: InputContent) -> dict[str, Any]:
        return {"weeks": 4, **given}

    def run(self, inputs: InputContent, parameters: Mapping[str, Any], progress: Progress) -> EngineResult:
        levels = {"aggregate": aggregate_rows(), "det": det_rows()} if self._levels is None else self._levels
        return EngineResult(levels=levels, headers={"aggregate.json": {"note": "tiny"}})


class BrokenEngine(TinyEngine):
    """Gives up at once, or in the middle of a level."""

    name = "broken"

    def __init__(self, error: Exception, *, after_rows: int | None = None) -> None:
        super().__init__({"det": self._some(after_rows or 0, error)})
        self._error = None if after_rows is not None else error

    def run(self, inputs: InputContent, parameters: Mapping[str, Any], progress: Progress) -> EngineResult:
        if self._error is not None:
            raise self._error
        return super().run(inputs, parameters, progress)

    @staticmethod
    def _some(count: int, error: Exception) -> Iterable[SeriesRow]:
        yield from det_rows()[:count]
        raise error


class EndlessRunner(InlineEngineRunner):
    """Its engine delivers once ``go`` is set; ``waiting`` says that it is at work, ``left`` that it was let go."""

    def __init__(self) -> None:
        super().__init__([TinyEngine()])
        self.waiting = asyncio.Event()
        self.go = asyncio.Event()
        self.left = False

    @asynccontextmanager
    async def run(
        self, name: str, inputs: InputContent, parameters: Mapping[str, Any], progress: Progress
    ) -> AsyncIterator[RunningEngine]:
        try:
            progress("think", 0.25)
            self.waiting.set()
            await self.go.wait()
            async with super().run(name, inputs, parameters, progress) as running:
                yield running
        finally:
            self.left = True


class Notebook(Telemetry):
    """Writes down what it is told, without the seconds."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def plan_stored(self, *, origin: str, rows: int, seconds: float) -> None:
        assert seconds >= 0
        self.told.append(("plan stored", origin, rows))

    def plan_not_stored(self, *, error: str) -> None:
        self.told.append(("plan not stored", error))

    def run_without_inputs(self, *, entrypoint: str) -> None:
        self.told.append(("run without inputs", entrypoint))

    def inputs_missing(self) -> None:
        self.told.append(("inputs missing",))

    def job_submitted(self, kind: str) -> None:
        self.told.append(("job submitted", kind))

    def job_finished(self, kind: str, *, succeeded: bool, seconds: float) -> None:
        assert seconds >= 0
        self.told.append(("job finished", kind, succeeded))

    def jobs_stand(self, *, queued: int, running: int, waited_seconds: float) -> None:
        """Said at every look: it would drown the rest."""

    def versions_trimmed(self, *, cause: str, count: int) -> None:
        self.told.append(("versions trimmed", cause, count))

    def store_stands(self, *, rows: int, bytes_taken: int) -> None:
        self.told.append(("store stands", rows))

    def sides_stand(self, *, unfiled: int, outbox: int, findings: int) -> None:
        self.told.append(("sides stand", unfiled, outbox, findings))

    def store_keeps(self, mode: str) -> None:
        """Said at every write: it would drown the rest."""

    def shadow_read(self, result: str) -> None:
        self.told.append(("shadow read", result))

    def difference_computed(self, *, succeeded: bool) -> None:
        self.told.append(("difference computed", succeeded))

    def difference_from_cache(self) -> None:
        self.told.append(("difference from cache",))

    def difference_stale(self) -> None:
        self.told.append(("difference stale",))


class Drawer(DifferenceCache):
    """Keeps differences until the test takes them out or spoils them."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.spoilt = False

    async def look(self, key: str) -> Cached:
        if key not in self.kept:
            return Cached(state=CacheState.MISS)
        return Cached(state=CacheState.STALE) if self.spoilt else Cached(state=CacheState.HIT, body=self.kept[key])

    async def keep(self, key: str, body: bytes) -> None:
        self.kept[key] = body
        self.spoilt = False

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[None]:
        yield


def out_of_reach(*, transient: bool = True) -> StorageUnavailableError:
    return StorageUnavailableError("The store is out of reach.", transient=transient)


class UnsteadyStore(MemoryStore):
    """Fails its next writing units of work, one error each (none: it works), on entering or at the commit."""

    def __init__(self, errors: Iterable[Exception | None] = (), *, at_commit: bool = False) -> None:
        super().__init__()
        self.errors = list(errors)
        self.at_commit = at_commit
        self.opened = 0

    @asynccontextmanager
    async def _writer(self) -> AsyncIterator[UnitOfWork]:
        async with self._writers:
            self.opened += 1
            error = self.errors.pop(0) if self.errors else None
            if error is not None and not self.at_commit:
                raise error
            yield _UnsteadyUnitOfWork(self, self.state.copy(), error)


class _UnsteadyUnitOfWork(MemoryUnitOfWork):
    def __init__(self, store: MemoryStore, state: MemoryState, error: Exception | None) -> None:
        super().__init__(store, state, read_only=False)
        self._error = error

    async def commit(self) -> None:
        if self._error is not None:
            raise self._error
        await super().commit()


@dataclass(kw_only=True)
class Desk:
    """The parts, and the planner made of them."""

    store: MemoryStore = field(default_factory=MemoryStore)
    clock: HandClock = field(default_factory=HandClock)
    telemetry: Notebook = field(default_factory=Notebook)
    shelf: Shelf = field(default_factory=Shelf)
    drawer: Drawer = field(default_factory=Drawer)
    legacy: LegacySources = field(default_factory=Attic)
    reader: InputReader | None = None
    engines: EngineRunner = field(default_factory=lambda: InlineEngineRunner([TinyEngine()], batch=3))
    policy: ApprovalPolicy = field(default_factory=ApprovalPolicy)
    verified_only: bool = False
    zone: tzinfo = UTC
    folders: PayloadFolders | None = None
    jobs_enabled: bool = True
    max_rows: int = 0
    guard_trims: bool = False
    guard_confirmed: int = 0
    lease_seconds: float = 30.0
    look_seconds: float = 0.01

    @property
    def planner(self) -> Planner:
        store, clock = self.store, self.clock
        admission = Admission(clock=clock, verified_only=self.verified_only)
        diff = DiffInputs(unit_of_work=store, telemetry=self.telemetry)
        export = ExportInputs(unit_of_work=store, writer=FileInputWriter())
        writing: dict[str, Any] = {"unit_of_work": store, "admission": admission, "clock": clock}
        mirror = MirrorLedger(unit_of_work=store, files=None)
        hold = HoldJob(
            unit_of_work=store, owner="desk", lease_seconds=self.lease_seconds, look_seconds=self.look_seconds
        )
        telling: dict[str, Any] = {**writing, "telemetry": self.telemetry}
        pack = PackPlan(unit_of_work=store, archives=ZipPlanArchives(), lines=series_lines)
        trim = TrimPlans(**telling, pack_plan=pack)
        row_limit = RowLimit(unit_of_work=store, rows=self.max_rows, confirmed=self.guard_confirmed)
        room = MakeRoom(limit=row_limit, trim=trim, alert_threshold=1) if self.guard_trims else None
        guard = RowGuard(limit=self.max_rows, room=room)
        make_plan = MakePlan(**telling, engines=self.engines, hold=hold, zone=self.zone, guard=guard)
        create_plan = CreatePlan(make_plan=make_plan)
        verify = VerifyStorage(unit_of_work=store, folders=self.folders, clock=clock)
        repair = RepairStorage(**writing, folders=self.folders)
        gather = GatherEvidence(
            unit_of_work=store,
            folders=self.folders,
            look_at=LookAtSides(unit_of_work=store, folders=self.folders),
            mirror=mirror,
            verify_mirror=VerifyMirror(unit_of_work=store, files=None),
            row_limit=self.max_rows,
        )
        cut_over = CutOver(
            unit_of_work=store,
            admission=admission,
            switch_mode=SwitchMode(**writing, folders=self.folders, gather=gather),
            repair_storage=repair,
            gather=gather,
        )
        return Planner(
            configs=Configs(create_config=CreateConfig(**writing), read=ReadConfigs(unit_of_work=store)),
            inputs=Inputs(
                import_inputs=ImportInputs(**writing, reader=self.reader or self.shelf),
                submit_inputs=SubmitInputs(**writing),
                approve_inputs=ApproveInputs(**writing, policy=self.policy),
                reject_inputs=RejectInputs(**writing, policy=self.policy),
                revert_inputs=RevertInputs(**writing),
                adopt_inputs=AdoptInputs(**writing, policy=self.policy),
                archive_inputs=ArchiveInputs(**writing),
                restore_inputs=RestoreInputs(**writing),
                delete_inputs=DeleteInputs(**writing),
                read=ReadInputSets(unit_of_work=store, policy=self.policy),
                read_labels=ReadLabels(unit_of_work=store),
                read_events=ReadInputSetEvents(unit_of_work=store),
                diff_inputs=diff,
                answer_difference=AnswerDifference(diff=diff, cache=self.drawer, telemetry=self.telemetry),
                preview_inputs=PreviewInputs(unit_of_work=store, diff=diff, policy=self.policy),
                read_reports=ReadImportReports(unit_of_work=store),
                export_inputs=export,
            ),
            plans=Plans(
                create_plan=create_plan,
                queue_plan=QueuePlan(make_plan=make_plan, intake=JobIntake(open=self.jobs_enabled)),
                reconcile_plan=ReconcilePlan(unit_of_work=store, create_plan=create_plan),
                read_reconciliation=ReadReconciliation(unit_of_work=store),
                register_plan=RegisterPlan(
                    **writing,
                    reader=FileSeriesReader(),
                    archives=ZipPlanArchives(),
                    spool=open_spool,
                    telemetry=self.telemetry,
                    guard=guard,
                ),
                export_plan=ExportPlan(
                    unit_of_work=store,
                    pack=PackPlan(unit_of_work=store, archives=ZipPlanArchives(), lines=series_lines),
                    writer=FileSeriesWriter(),
                ),
                read=ReadPlans(unit_of_work=store, artifacts=LegacyArtifactRenderer(), policy=self.policy),
                list_plans=ListPlans(unit_of_work=store, policy=self.policy),
                review_plans=ReviewPlans(**writing, policy=self.policy),
                baselines=Baselines(**writing),
                delete_plan=DeletePlan(**writing),
                pivot_plan=PivotPlan(unit_of_work=store),
                compare_plans=ComparePlans(unit_of_work=store),
                explain_plans=ExplainPlans(unit_of_work=store, engines=self.engines),
                read_provenance=ReadProvenance(unit_of_work=store, telemetry=self.telemetry),
                trace_row=TraceRow(unit_of_work=store, telemetry=self.telemetry),
                rerun_plan=RerunPlan(unit_of_work=store, engines=self.engines, create_plan=create_plan),
                edit_plan=EditPlan(**writing, guard=guard),
                replace_series=ReplaceSeries(**writing, reader=FileSeriesReader(), spool=open_spool, guard=guard),
                mark_plan=MarkPlan(**writing),
                copy_plan=CopyPlan(**writing, guard=guard),
                read_edits=ReadEdits(unit_of_work=store),
            ),
            runs=Runs(read=ReadRuns(unit_of_work=store)),
            jobs=Jobs(
                read=ReadJobs(unit_of_work=store),
                cancel_job=CancelJob(**telling),
                retry_job=RetryJob(**telling, intake=JobIntake(open=self.jobs_enabled)),
                read_result=ReadJobResult(unit_of_work=store),
                worker=WorkJobs(
                    unit_of_work=store,
                    works={PLANNING: WorkOnPlan(make_plan=make_plan)},
                    hold=hold,
                    telemetry=self.telemetry,
                    clock=clock,
                    poll_seconds=0.01,
                ),
            ),
            storage=Storage(
                read_storage=ReadStorage(unit_of_work=store, folders=self.folders),
                cut_over=cut_over,
                roll_back=RollBack(unit_of_work=store, cut_over=cut_over, verify_storage=verify),
                verify_storage=verify,
                repair_storage=repair,
                return_to_legacy=ReturnToLegacy(
                    unit_of_work=store,
                    admission=admission,
                    artifacts=LegacyArtifactRenderer(),
                    copies=open_legacy_copy,
                ),
                rebuild_store=RebuildStore(
                    unit_of_work=store, roots=reading_root, mirrors=mirror_opened_at, clock=clock
                ),
                keep_mirror=KeepMirror(unit_of_work=store, admission=admission, mirror=mirror),
                adopt_root=AdoptRoot(**writing, folders=self.folders, files=None, mirror=mirror),
                pack_evidence=PackEvidence(
                    unit_of_work=store,
                    read_storage=ReadStorage(unit_of_work=store, folders=self.folders),
                    verify_ledger=VerifyLedger(unit_of_work=store),
                    writer=ZipStorageEvidenceWriter(),
                ),
                sweep_folders=SweepFolders(**writing, folders=self.folders),
                backfill_plans=BackfillPlans(**writing, sources=self.legacy, lease_seconds=self.lease_seconds),
                read_backfills=ReadBackfills(unit_of_work=store),
            ),
            tokens=Tokens(
                issue_token=IssueToken(**writing), revoke_token=RevokeToken(**writing), read=ReadTokens(**writing)
            ),
            audit=Audit(
                verify_ledger=VerifyLedger(unit_of_work=store),
                take_checkpoint=TakeCheckpoint(**writing),
                export_ledger=ExportLedger(unit_of_work=store),
                pack_label=PackLabel(
                    unit_of_work=store,
                    verify_ledger=VerifyLedger(unit_of_work=store),
                    diff_inputs=diff,
                    export_inputs=export,
                    writer=ZipEvidenceWriter(),
                ),
                read=ReadLedger(unit_of_work=store),
            ),
            maint=Maintenance(
                back_up=BackUp(**writing, archives=ZipBackupArchives()),
                restore_backup=RestoreBackup(unit_of_work=store, archives=ZipBackupArchives(), clock=clock),
                pause_writes=PauseWrites(**writing),
                trim_plans=trim,
                read_stats=ReadStats(unit_of_work=store, telemetry=self.telemetry, clock=clock, limit=self.max_rows),
                row_limit=row_limit,
                examine_store=ExamineStore(
                    unit_of_work=store,
                    read_storage=ReadStorage(unit_of_work=store, folders=None),
                    limit=row_limit,
                    clock=clock,
                ),
            ),
            probe=_nothing,
            exposition=bytes,
        )

    @property
    def events(self) -> list[Event]:
        """All events that were committed, in order."""
        return list(self.store.state.events.values())

    @property
    def actions(self) -> list[str]:
        """What happened, in order: stream and action."""
        return [f"{event.stream} {event.action}" for event in self.events]

    def kept(self) -> MemoryState:
        """What is committed now, to compare with later."""
        return self.store.state.copy()

    async def candidate(self, label: str = "weekly", *, actor: Actor = AYA, demand: float = 100.0) -> InputSet:
        """Import a content that differs by its demand."""
        self.shelf.content = a_content(demand=demand)
        imported = await self.planner.inputs.import_files(label=label, actor=actor, files=[])
        return imported.input_set

    async def submitted(self, label: str = "weekly", *, demand: float = 100.0) -> InputSet:
        """A candidate before its approvers."""
        await self.candidate(label, demand=demand)
        return await self.planner.inputs.submit(label, actor=AYA)

    async def live(self, label: str = "weekly", *, demand: float = 100.0) -> InputSet:
        """A revision imported and submitted by Aya and approved by Ben."""
        known = await self.submitted(label, demand=demand)
        return await self.planner.inputs.approve_reference(f"{label}@{known.candidate}", actor=BEN)


async def _nothing() -> None:
    """A store in memory always answers."""
