"""The parts of the container: settings → adapters → store → unit of work."""

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
from ..adapters.exchange.series_files import FileSeriesReader
from ..adapters.exchange.storage_evidence import ZipStorageEvidenceWriter
from ..adapters.legacy.artifacts import LegacyArtifactRenderer
from ..adapters.memory.unit_of_work import MemoryStore
from ..adapters.prometheus.telemetry import PrometheusTelemetry
from ..adapters.sql.database import open_database
from ..adapters.sql.unit_of_work import SqlUnitOfWorkFactory
from ..application.access.admission import Admission
from ..application.storage.filing import FilePayloads
from ..application.storage.keep_artifacts import KeepArtifacts
from ..application.storage.mirror_ledger import MirrorLedger
from ..application.storage.mirroring import InTurn, MirrorCommits, NoteForMirror
from ..application.storage.placed_payload import PlacePayloads
from ..application.storage.shadow_reads import ShadowReads
from ..domain.access.policy import ApprovalPolicy
from ..domain.shared.clock import SystemClock
from .choices import always, artifacts_at, cache_folder, folders_at, mirror_at, store_kind_of


class Parts(containers.DeclarativeContainer):
    """What use cases are made of: adapters, the store, and who is admitted."""

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
    storage_evidence_writer = providers.Singleton(ZipStorageEvidenceWriter)
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
    mirror_files = providers.Singleton(mirror_at, settings.provided.files_root)
    strict = settings.provided.storage_strict
    before_commit = providers.Singleton(
        InTurn,
        steps=providers.List(
            providers.Singleton(FilePayloads, folders=folders, strict=strict, telemetry=telemetry),
            providers.Singleton(NoteForMirror, files=mirror_files, clock=clock, strict=strict),
        ),
    )
    shadow_reads = providers.Singleton(
        ShadowReads, folders=folders, telemetry=telemetry, clock=clock, share=settings.provided.shadow_reads
    )
    places = providers.Singleton(PlacePayloads, folders=folders, offer=shadow_reads.provided.offer)
    store_kind = providers.Callable(store_kind_of, database_or_engine)
    # Units of work of what is done after a commit note nothing and are not mirrored themselves.
    plain_unit_of_work = providers.Selector(
        store_kind,
        memory=providers.Singleton(MemoryStore),
        sql=providers.Singleton(SqlUnitOfWorkFactory, dialect=database.provided.dialect, clock=clock, places=places),
    )
    mirror = providers.Singleton(MirrorLedger, unit_of_work=plain_unit_of_work, files=mirror_files)
    after_commit = providers.Singleton(
        InTurn,
        steps=providers.List(
            providers.Singleton(
                KeepArtifacts,
                unit_of_work=plain_unit_of_work,
                files=providers.Singleton(artifacts_at, settings.provided.files_root),
                artifacts=artifacts,
                wanted=settings.provided.legacy_artifacts,
            ),
            providers.Singleton(MirrorCommits, unit_of_work=plain_unit_of_work, mirror=mirror, strict=strict),
        ),
    )
    unit_of_work = providers.Selector(
        store_kind,
        memory=providers.Singleton(MemoryStore, before_commit=before_commit, places=places),
        sql=providers.Singleton(
            SqlUnitOfWorkFactory,
            dialect=database.provided.dialect,
            clock=clock,
            before_commit=before_commit,
            after_commit=after_commit,
            places=places,
        ),
    )
    probe = providers.Selector(store_kind, memory=providers.Object(always), sql=database.provided.require_ready)
    admission = providers.Singleton(
        Admission,
        clock=clock,
        verified_only=providers.Callable(lambda access: access == "verified", settings.provided.access),
    )
