"""The container: settings → store → unit of work → use cases. The only place where adapters meet ports."""

from __future__ import annotations

from typing import Any

from dependency_injector import containers, providers

from ..adapters.cache.difference_files import FileDifferenceCache
from ..adapters.engine.runner import SubprocessEngineRunner
from ..adapters.exchange.backup_archives import ZipBackupArchives
from ..adapters.exchange.evidence_writer import ZipEvidenceWriter
from ..adapters.exchange.input_reader import FileInputReader
from ..adapters.exchange.input_writer import FileInputWriter
from ..adapters.exchange.limits import ImportLimits
from ..adapters.exchange.plan_archives import ZipPlanArchives
from ..adapters.exchange.series_export import FileSeriesWriter
from ..adapters.exchange.series_files import FileSeriesReader, series_lines
from ..adapters.exchange.spool import open_spool
from ..adapters.legacy.artifacts import LegacyArtifactRenderer
from ..adapters.legacy.copy_database import open_legacy_copy
from ..adapters.legacy.sources import KnownLegacySources
from ..adapters.memory.unit_of_work import MemoryStore
from ..adapters.prometheus.telemetry import PrometheusTelemetry
from ..adapters.sql.database import open_database
from ..adapters.sql.unit_of_work import SqlUnitOfWorkFactory
from ..application.access.admission import Admission
from ..application.access.facade import Tokens
from ..application.access.manage_tokens import IssueToken, ReadTokens, RevokeToken
from ..application.audit.export_ledger import ExportLedger
from ..application.audit.facade import Audit
from ..application.audit.pack_label import PackLabel
from ..application.audit.read_ledger import ReadLedger
from ..application.audit.take_checkpoint import TakeCheckpoint
from ..application.audit.verify_ledger import VerifyLedger
from ..application.inputs.answer_difference import AnswerDifference
from ..application.inputs.diff_inputs import DiffInputs
from ..application.inputs.export_inputs import ExportInputs
from ..application.inputs.facade import Configs, Inputs
from ..application.inputs.import_inputs import ImportInputs
from ..application.inputs.import_reporting import ReadImportReports
from ..application.inputs.keep_inputs import ArchiveInputs, DeleteInputs, RestoreInputs
from ..application.inputs.manage_configs import CreateConfig, ReadConfigs
from ..application.inputs.preview_inputs import PreviewInputs
from ..application.inputs.read_input_set_events import ReadInputSetEvents
from ..application.inputs.read_input_sets import ReadInputSets
from ..application.inputs.read_labels import ReadLabels
from ..application.inputs.review_inputs import AdoptInputs, ApproveInputs, RejectInputs, RevertInputs, SubmitInputs
from ..application.maintenance.back_up import BackUp
from ..application.maintenance.examine_store import ExamineStore
from ..application.maintenance.facade import Maintenance
from ..application.maintenance.make_room import MakeRoom, RowLimit
from ..application.maintenance.pause_writes import PauseWrites
from ..application.maintenance.read_stats import ReadStats
from ..application.maintenance.restore_backup import RestoreBackup
from ..application.maintenance.trim_plans import TrimPlans
from ..application.planner import Planner
from ..application.plans.baselines import Baselines
from ..application.plans.compare_plans import ComparePlans
from ..application.plans.copy_plan import CopyPlan
from ..application.plans.create_plan import CreatePlan
from ..application.plans.delete_plan import DeletePlan
from ..application.plans.edit_plan import EditPlan
from ..application.plans.explain_plans import ExplainPlans
from ..application.plans.export_plan import ExportPlan
from ..application.plans.facade import Plans
from ..application.plans.list_plans import ListPlans
from ..application.plans.make_plan import MakePlan
from ..application.plans.mark_plan import MarkPlan
from ..application.plans.pack_plan import PackPlan
from ..application.plans.pivot_plan import PivotPlan
from ..application.plans.plan_request import PLANNING
from ..application.plans.queue_plan import QueuePlan, WorkOnPlan
from ..application.plans.read_edits import ReadEdits
from ..application.plans.read_plans import ReadPlans
from ..application.plans.read_provenance import ReadProvenance
from ..application.plans.read_reconciliation import ReadReconciliation
from ..application.plans.reconcile_plan import ReconcilePlan
from ..application.plans.register_plan import RegisterPlan
from ..application.plans.replace_series import ReplaceSeries
from ..application.plans.rerun_plan import RerunPlan
from ..application.plans.review_plans import ReviewPlans
from ..application.plans.row_guard import RowGuard
from ..application.plans.trace_row import TraceRow
from ..application.runs.end_jobs import CancelJob, ReadJobResult, RetryJob
from ..application.runs.facade import Jobs, Runs
from ..application.runs.hold_job import HoldJob, looks_within
from ..application.runs.intake import JobIntake
from ..application.runs.read_runs import ReadJobs, ReadRuns
from ..application.runs.work_jobs import WorkJobs
from ..application.storage.backfill_plans import BackfillPlans
from ..application.storage.facade import Storage
from ..application.storage.filing import FilePayloads
from ..application.storage.read_backfills import ReadBackfills
from ..application.storage.read_storage import ReadStorage, SweepFolders
from ..application.storage.repair_storage import RepairStorage
from ..application.storage.return_to_legacy import ReturnToLegacy
from ..application.storage.switch_mode import SwitchMode
from ..application.storage.verify_storage import VerifyStorage
from ..domain.access.policy import ApprovalPolicy
from ..domain.shared.clock import SystemClock
from .choices import always, cache_folder, folders_at, store_kind_of


class Container(containers.DeclarativeContainer):
    """Every part, made when it is first asked for. ``database`` is a URL or a host's engine."""

    settings: providers.Dependency[Any] = providers.Dependency()
    database_or_engine: providers.Dependency[Any] = providers.Dependency()

    clock = providers.Singleton(SystemClock)
    telemetry = providers.Singleton(PrometheusTelemetry)
    engines = providers.Singleton(SubprocessEngineRunner)
    input_reader = providers.Singleton(
        FileInputReader,
        limits=providers.Factory(ImportLimits, rows=settings.provided.import_rows),
        share_tolerance=settings.provided.share_tolerance,
    )
    input_writer = providers.Singleton(FileInputWriter)
    evidence_writer = providers.Singleton(ZipEvidenceWriter)
    series_reader = providers.Singleton(FileSeriesReader)
    artifacts = providers.Singleton(LegacyArtifactRenderer)
    plan_archives = providers.Singleton(ZipPlanArchives)
    backup_archives = providers.Singleton(ZipBackupArchives)
    policy = providers.Singleton(
        ApprovalPolicy,
        approvals_required=settings.provided.approvals_required,
        allow_self_approval=settings.provided.allow_self_approval,
    )

    difference_cache = providers.Singleton(
        FileDifferenceCache,
        providers.Callable(cache_folder, settings.provided.cache_dir),
        clock=clock,
        ttl_seconds=settings.provided.diff_ttl,
    )

    # Stores -----------------------------------------------------------------------------------------------------------
    database = providers.Singleton(
        open_database,
        database_or_engine,
        schema=settings.provided.db_schema,
        busy_seconds=settings.provided.busy_seconds,
        pool_size=settings.provided.pool_size,
        pool_overflow=settings.provided.pool_overflow,
    )
    folders = providers.Singleton(folders_at, settings.provided.files_root)
    before_commit = providers.Singleton(FilePayloads, folders=folders, strict=settings.provided.storage_strict)
    store_kind = providers.Callable(store_kind_of, database_or_engine)
    unit_of_work = providers.Selector(
        store_kind,
        memory=providers.Singleton(MemoryStore, before_commit=before_commit),
        sql=providers.Singleton(
            SqlUnitOfWorkFactory, dialect=database.provided.dialect, clock=clock, before_commit=before_commit
        ),
    )
    probe = providers.Selector(store_kind, memory=providers.Object(always), sql=database.provided.require_ready)

    # Use cases --------------------------------------------------------------------------------------------------------
    admission = providers.Singleton(
        Admission,
        clock=clock,
        verified_only=providers.Callable(lambda access: access == "verified", settings.provided.access),
    )
    configs = providers.Factory(
        Configs,
        create_config=providers.Factory(CreateConfig, unit_of_work=unit_of_work, admission=admission, clock=clock),
        read=providers.Factory(ReadConfigs, unit_of_work=unit_of_work),
    )
    export_inputs = providers.Factory(ExportInputs, unit_of_work=unit_of_work, writer=input_writer)
    diff_inputs = providers.Singleton(DiffInputs, unit_of_work=unit_of_work, telemetry=telemetry)
    inputs = providers.Factory(
        Inputs,
        import_inputs=providers.Factory(
            ImportInputs, unit_of_work=unit_of_work, admission=admission, reader=input_reader, clock=clock
        ),
        submit_inputs=providers.Factory(SubmitInputs, unit_of_work=unit_of_work, admission=admission, clock=clock),
        approve_inputs=providers.Factory(
            ApproveInputs, unit_of_work=unit_of_work, admission=admission, policy=policy, clock=clock
        ),
        reject_inputs=providers.Factory(
            RejectInputs, unit_of_work=unit_of_work, admission=admission, policy=policy, clock=clock
        ),
        revert_inputs=providers.Factory(RevertInputs, unit_of_work=unit_of_work, admission=admission, clock=clock),
        adopt_inputs=providers.Factory(
            AdoptInputs, unit_of_work=unit_of_work, admission=admission, policy=policy, clock=clock
        ),
        archive_inputs=providers.Factory(ArchiveInputs, unit_of_work=unit_of_work, admission=admission, clock=clock),
        restore_inputs=providers.Factory(RestoreInputs, unit_of_work=unit_of_work, admission=admission, clock=clock),
        delete_inputs=providers.Factory(DeleteInputs, unit_of_work=unit_of_work, admission=admission, clock=clock),
        read=providers.Factory(ReadInputSets, unit_of_work=unit_of_work, policy=policy),
        read_labels=providers.Factory(ReadLabels, unit_of_work=unit_of_work),
        read_events=providers.Factory(ReadInputSetEvents, unit_of_work=unit_of_work),
        diff_inputs=diff_inputs,
        answer_difference=providers.Singleton(
            AnswerDifference, diff=diff_inputs, cache=difference_cache, telemetry=telemetry
        ),
        preview_inputs=providers.Factory(PreviewInputs, unit_of_work=unit_of_work, diff=diff_inputs, policy=policy),
        read_reports=providers.Factory(ReadImportReports, unit_of_work=unit_of_work),
        export_inputs=export_inputs,
    )
    hold_job = providers.Singleton(
        HoldJob,
        unit_of_work=unit_of_work,
        lease_seconds=settings.provided.job_lease_seconds,
        look_seconds=providers.Callable(looks_within, settings.provided.job_lease_seconds),
    )
    intake = providers.Singleton(JobIntake, open=settings.provided.jobs_enabled)
    pack_plan = providers.Factory(
        PackPlan, unit_of_work=unit_of_work, archives=plan_archives, lines=providers.Object(series_lines)
    )
    row_limit = providers.Singleton(
        RowLimit,
        unit_of_work=unit_of_work,
        rows=settings.provided.max_rows,
        confirmed=settings.provided.guard_confirmed,
    )
    trim_plans = providers.Factory(
        TrimPlans,
        unit_of_work=unit_of_work,
        admission=admission,
        pack_plan=pack_plan,
        telemetry=telemetry,
        clock=clock,
    )
    make_room = providers.Factory(
        MakeRoom, limit=row_limit, trim=trim_plans, alert_threshold=settings.provided.guard_alert_threshold
    )
    row_guard = providers.Factory(
        RowGuard,
        limit=settings.provided.max_rows,
        room=providers.Selector(settings.provided.guard_action, refuse=providers.Object(None), trim=make_room),
    )
    make_plan = providers.Singleton(
        MakePlan,
        unit_of_work=unit_of_work,
        admission=admission,
        engines=engines,
        hold=hold_job,
        telemetry=telemetry,
        clock=clock,
        zone=settings.provided.zone,
        guard=row_guard,
    )
    create_plan = providers.Factory(CreatePlan, make_plan=make_plan)
    plans = providers.Factory(
        Plans,
        create_plan=create_plan,
        queue_plan=providers.Factory(QueuePlan, make_plan=make_plan, intake=intake),
        reconcile_plan=providers.Factory(ReconcilePlan, unit_of_work=unit_of_work, create_plan=create_plan),
        read_reconciliation=providers.Factory(ReadReconciliation, unit_of_work=unit_of_work),
        register_plan=providers.Factory(
            RegisterPlan,
            unit_of_work=unit_of_work,
            admission=admission,
            reader=series_reader,
            archives=plan_archives,
            spool=providers.Object(open_spool),
            telemetry=telemetry,
            clock=clock,
            guard=row_guard,
        ),
        export_plan=providers.Factory(
            ExportPlan,
            unit_of_work=unit_of_work,
            pack=pack_plan,
            writer=providers.Singleton(FileSeriesWriter),
        ),
        read=providers.Factory(ReadPlans, unit_of_work=unit_of_work, artifacts=artifacts, policy=policy),
        list_plans=providers.Factory(ListPlans, unit_of_work=unit_of_work, policy=policy),
        review_plans=providers.Factory(
            ReviewPlans, unit_of_work=unit_of_work, admission=admission, policy=policy, clock=clock
        ),
        baselines=providers.Factory(Baselines, unit_of_work=unit_of_work, admission=admission, clock=clock),
        compare_plans=providers.Factory(ComparePlans, unit_of_work=unit_of_work),
        explain_plans=providers.Factory(ExplainPlans, unit_of_work=unit_of_work, engines=engines),
        pivot_plan=providers.Factory(PivotPlan, unit_of_work=unit_of_work),
        read_provenance=providers.Factory(ReadProvenance, unit_of_work=unit_of_work, telemetry=telemetry),
        trace_row=providers.Factory(TraceRow, unit_of_work=unit_of_work, telemetry=telemetry),
        rerun_plan=providers.Factory(RerunPlan, unit_of_work=unit_of_work, engines=engines, create_plan=create_plan),
        edit_plan=providers.Factory(
            EditPlan, unit_of_work=unit_of_work, admission=admission, clock=clock, guard=row_guard
        ),
        replace_series=providers.Factory(
            ReplaceSeries,
            unit_of_work=unit_of_work,
            admission=admission,
            reader=series_reader,
            spool=providers.Object(open_spool),
            clock=clock,
            guard=row_guard,
        ),
        mark_plan=providers.Factory(MarkPlan, unit_of_work=unit_of_work, admission=admission, clock=clock),
        copy_plan=providers.Factory(
            CopyPlan, unit_of_work=unit_of_work, admission=admission, clock=clock, guard=row_guard
        ),
        read_edits=providers.Factory(ReadEdits, unit_of_work=unit_of_work),
        delete_plan=providers.Factory(DeletePlan, unit_of_work=unit_of_work, admission=admission, clock=clock),
    )
    runs = providers.Factory(Runs, read=providers.Factory(ReadRuns, unit_of_work=unit_of_work))
    jobs = providers.Factory(
        Jobs,
        read=providers.Factory(ReadJobs, unit_of_work=unit_of_work),
        cancel_job=providers.Factory(
            CancelJob, unit_of_work=unit_of_work, admission=admission, telemetry=telemetry, clock=clock
        ),
        retry_job=providers.Factory(
            RetryJob, unit_of_work=unit_of_work, admission=admission, intake=intake, telemetry=telemetry, clock=clock
        ),
        read_result=providers.Factory(ReadJobResult, unit_of_work=unit_of_work),
        worker=providers.Factory(
            WorkJobs,
            unit_of_work=unit_of_work,
            works=providers.Dict({PLANNING: providers.Factory(WorkOnPlan, make_plan=make_plan)}),
            hold=hold_job,
            telemetry=telemetry,
            clock=clock,
        ),
    )
    switch_mode = providers.Factory(
        SwitchMode, unit_of_work=unit_of_work, admission=admission, folders=folders, clock=clock
    )
    storage = providers.Factory(
        Storage,
        read_storage=providers.Factory(ReadStorage, unit_of_work=unit_of_work, folders=folders),
        switch_mode=switch_mode,
        verify_storage=providers.Factory(VerifyStorage, unit_of_work=unit_of_work, folders=folders, clock=clock),
        repair_storage=providers.Factory(
            RepairStorage, unit_of_work=unit_of_work, admission=admission, folders=folders, clock=clock
        ),
        return_to_legacy=providers.Factory(
            ReturnToLegacy,
            unit_of_work=unit_of_work,
            admission=admission,
            artifacts=artifacts,
            copies=providers.Object(open_legacy_copy),
        ),
        sweep_folders=providers.Factory(
            SweepFolders, unit_of_work=unit_of_work, admission=admission, folders=folders, clock=clock
        ),
        backfill_plans=providers.Factory(
            BackfillPlans,
            unit_of_work=unit_of_work,
            admission=admission,
            sources=providers.Singleton(KnownLegacySources, settings.provided.source_paths),
            clock=clock,
            lease_seconds=settings.provided.job_lease_seconds,
            # It never trims: what it takes is old, and would be the first to go.
            guard=providers.Factory(RowGuard, limit=settings.provided.max_rows),
        ),
        read_backfills=providers.Factory(ReadBackfills, unit_of_work=unit_of_work),
    )
    tokens = providers.Factory(
        Tokens,
        issue_token=providers.Factory(IssueToken, unit_of_work=unit_of_work, admission=admission, clock=clock),
        revoke_token=providers.Factory(RevokeToken, unit_of_work=unit_of_work, admission=admission, clock=clock),
        read=providers.Factory(ReadTokens, unit_of_work=unit_of_work, admission=admission, clock=clock),
    )
    audit = providers.Factory(
        Audit,
        verify_ledger=providers.Factory(VerifyLedger, unit_of_work=unit_of_work),
        take_checkpoint=providers.Factory(TakeCheckpoint, unit_of_work=unit_of_work, admission=admission, clock=clock),
        export_ledger=providers.Factory(ExportLedger, unit_of_work=unit_of_work),
        pack_label=providers.Factory(
            PackLabel,
            unit_of_work=unit_of_work,
            verify_ledger=providers.Factory(VerifyLedger, unit_of_work=unit_of_work),
            diff_inputs=diff_inputs,
            export_inputs=export_inputs,
            writer=evidence_writer,
        ),
        read=providers.Factory(ReadLedger, unit_of_work=unit_of_work),
    )

    maint = providers.Factory(
        Maintenance,
        back_up=providers.Factory(
            BackUp, unit_of_work=unit_of_work, admission=admission, archives=backup_archives, clock=clock
        ),
        restore_backup=providers.Factory(
            RestoreBackup, unit_of_work=unit_of_work, archives=backup_archives, clock=clock
        ),
        pause_writes=providers.Factory(PauseWrites, unit_of_work=unit_of_work, admission=admission, clock=clock),
        trim_plans=trim_plans,
        read_stats=providers.Factory(
            ReadStats,
            unit_of_work=unit_of_work,
            telemetry=telemetry,
            clock=clock,
            limit=settings.provided.max_rows,
        ),
        row_limit=row_limit,
        examine_store=providers.Factory(
            ExamineStore,
            unit_of_work=unit_of_work,
            read_storage=providers.Factory(ReadStorage, unit_of_work=unit_of_work, folders=folders),
            limit=row_limit,
            clock=clock,
        ),
    )

    planner = providers.Singleton(
        Planner,
        configs=configs,
        inputs=inputs,
        plans=plans,
        runs=runs,
        jobs=jobs,
        storage=storage,
        tokens=tokens,
        audit=audit,
        maint=maint,
        probe=probe,
        exposition=telemetry.provided.exposition,
    )
