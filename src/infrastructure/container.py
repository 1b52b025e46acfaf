"""The container: use cases wired to their parts. With its two halves the only place where adapters meet ports."""

from __future__ import annotations

from dependency_injector import providers

from ..adapters.files.root_reading import reading_root
from ..adapters.files.root_source import FilesRootSources
from ..adapters.legacy.copy_database import open_legacy_copy
from ..adapters.legacy.sources import KnownLegacySources
from ..adapters.sql.image import table_columns
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
from ..application.maintenance.pause_writes import PauseWrites
from ..application.maintenance.read_stats import ReadStats
from ..application.maintenance.restore_backup import RestoreBackup
from ..application.planner import Planner
from ..application.plans.row_guard import RowGuard
from ..application.storage.backfill_plans import BackfillPlans
from ..application.storage.cut_over import CutOver
from ..application.storage.facade import Storage
from ..application.storage.gather_evidence import GatherEvidence
from ..application.storage.keep_mirror import AdoptRoot, KeepMirror
from ..application.storage.looking import LookAtSides
from ..application.storage.pack_evidence import PackEvidence
from ..application.storage.read_backfills import ReadBackfills
from ..application.storage.read_storage import ReadStorage, SweepFolders
from ..application.storage.rebuild_store import RebuildStore
from ..application.storage.repair_storage import RepairStorage
from ..application.storage.return_to_legacy import ReturnToLegacy
from ..application.storage.roll_back import RollBack
from ..application.storage.switch_mode import SwitchMode
from ..application.storage.verify_mirror import VerifyMirror
from ..application.storage.verify_storage import VerifyStorage
from .choices import mirror_opened_at
from .plan_parts import PlanParts


class Container(PlanParts):
    """Every use case, made when it is first asked for. ``database`` is a URL or a host's engine."""

    settings = PlanParts.settings
    clock = PlanParts.clock
    telemetry = PlanParts.telemetry
    input_reader = PlanParts.input_reader
    input_writer = PlanParts.input_writer
    evidence_writer = PlanParts.evidence_writer
    storage_evidence_writer = PlanParts.storage_evidence_writer
    artifacts = PlanParts.artifacts
    backup_archives = PlanParts.backup_archives
    policy = PlanParts.policy
    difference_cache = PlanParts.difference_cache
    folders = PlanParts.folders
    mirror_files = PlanParts.mirror_files
    mirror = PlanParts.mirror
    unit_of_work = PlanParts.unit_of_work
    plain_unit_of_work = PlanParts.plain_unit_of_work
    probe = PlanParts.probe
    admission = PlanParts.admission
    row_limit = PlanParts.row_limit
    trim_plans = PlanParts.trim_plans
    plans = PlanParts.plans
    runs = PlanParts.runs
    jobs = PlanParts.jobs

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
    read_storage = providers.Factory(ReadStorage, unit_of_work=unit_of_work, folders=folders, mirror=mirror_files)
    verify_mirror = providers.Factory(VerifyMirror, unit_of_work=unit_of_work, files=mirror_files)
    verify_storage = providers.Factory(
        VerifyStorage,
        unit_of_work=unit_of_work,
        folders=folders,
        clock=clock,
        mirror=verify_mirror,
    )
    repair_storage = providers.Factory(
        RepairStorage, unit_of_work=unit_of_work, admission=admission, folders=folders, clock=clock
    )
    gather_evidence = providers.Factory(
        GatherEvidence,
        unit_of_work=unit_of_work,
        folders=folders,
        verify_mirror=verify_mirror,
        look_at=providers.Factory(LookAtSides, unit_of_work=unit_of_work, folders=folders),
        mirror=mirror,
        row_limit=settings.provided.max_rows,
    )
    switch_mode = providers.Factory(
        SwitchMode,
        unit_of_work=unit_of_work,
        admission=admission,
        folders=folders,
        gather=gather_evidence,
        clock=clock,
    )
    cut_over = providers.Factory(
        CutOver,
        unit_of_work=unit_of_work,
        admission=admission,
        switch_mode=switch_mode,
        repair_storage=repair_storage,
        gather=gather_evidence,
    )
    storage = providers.Factory(
        Storage,
        read_storage=read_storage,
        cut_over=cut_over,
        roll_back=providers.Factory(
            RollBack, unit_of_work=unit_of_work, cut_over=cut_over, verify_storage=verify_storage
        ),
        verify_storage=verify_storage,
        repair_storage=repair_storage,
        return_to_legacy=providers.Factory(
            ReturnToLegacy,
            unit_of_work=unit_of_work,
            admission=admission,
            artifacts=artifacts,
            copies=providers.Object(open_legacy_copy),
        ),
        rebuild_store=providers.Factory(
            RebuildStore,
            unit_of_work=plain_unit_of_work,
            roots=providers.Object(reading_root),
            mirrors=providers.Object(mirror_opened_at),
            clock=clock,
        ),
        keep_mirror=providers.Factory(KeepMirror, unit_of_work=unit_of_work, admission=admission, mirror=mirror),
        adopt_root=providers.Factory(
            AdoptRoot,
            unit_of_work=unit_of_work,
            admission=admission,
            folders=folders,
            files=mirror_files,
            mirror=mirror,
            clock=clock,
        ),
        pack_evidence=providers.Factory(
            PackEvidence,
            unit_of_work=unit_of_work,
            read_storage=read_storage,
            verify_ledger=providers.Factory(VerifyLedger, unit_of_work=unit_of_work),
            writer=storage_evidence_writer,
        ),
        sweep_folders=providers.Factory(
            SweepFolders,
            unit_of_work=unit_of_work,
            admission=admission,
            folders=folders,
            clock=clock,
            mirror=mirror_files,
        ),
        backfill_plans=providers.Factory(
            BackfillPlans,
            unit_of_work=unit_of_work,
            admission=admission,
            sources=providers.Singleton(
                KnownLegacySources,
                settings.provided.source_paths,
                providers.Singleton(FilesRootSources, providers.Callable(table_columns)),
            ),
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
            read_storage=read_storage,
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
