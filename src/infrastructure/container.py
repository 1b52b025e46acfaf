"""The container: settings → store → unit of work → use cases. The only place where adapters meet ports."""

from __future__ import annotations

from typing import Any

from dependency_injector import containers, providers

from ..adapters.engine.runner import SubprocessEngineRunner
from ..adapters.exchange.input_reader import FileInputReader
from ..adapters.exchange.series_files import FileSeriesReader
from ..adapters.exchange.spool import open_spool
from ..adapters.legacy.artifacts import LegacyArtifactRenderer
from ..adapters.memory.unit_of_work import MemoryStore
from ..adapters.prometheus.telemetry import PrometheusTelemetry
from ..adapters.sql.database import open_database
from ..adapters.sql.unit_of_work import SqlUnitOfWorkFactory
from ..application.access.admission import Admission
from ..application.access.facade import Tokens
from ..application.access.manage_tokens import IssueToken, ReadTokens, RevokeToken
from ..application.inputs.facade import Configs, Inputs
from ..application.inputs.import_inputs import ImportInputs
from ..application.inputs.manage_configs import CreateConfig, ReadConfigs
from ..application.inputs.read_input_sets import ReadInputSets
from ..application.inputs.review_inputs import ApproveInputs, SubmitInputs
from ..application.planner import Planner
from ..application.plans.baselines import Baselines
from ..application.plans.create_plan import CreatePlan
from ..application.plans.delete_plan import DeletePlan
from ..application.plans.facade import Plans
from ..application.plans.list_plans import ListPlans
from ..application.plans.read_plans import ReadPlans
from ..application.plans.register_plan import RegisterPlan
from ..application.plans.review_plans import ReviewPlans
from ..application.runs.facade import Jobs, Runs
from ..application.runs.read_runs import ReadJobs, ReadRuns
from ..domain.access.policy import ApprovalPolicy
from ..domain.shared.clock import SystemClock


async def _always() -> None:
    """A store in memory always answers."""


def _store_kind(database: Any) -> str:
    return "memory" if database == "memory://" else "sql"


class Container(containers.DeclarativeContainer):
    """Every part, made when it is first asked for. ``database`` is a URL or a host's engine."""

    settings: providers.Dependency[Any] = providers.Dependency()
    database_or_engine: providers.Dependency[Any] = providers.Dependency()

    clock = providers.Singleton(SystemClock)
    telemetry = providers.Singleton(PrometheusTelemetry)
    engines = providers.Singleton(SubprocessEngineRunner)
    input_reader = providers.Singleton(FileInputReader)
    series_reader = providers.Singleton(FileSeriesReader)
    artifacts = providers.Singleton(LegacyArtifactRenderer)
    policy = providers.Singleton(
        ApprovalPolicy,
        approvals_required=settings.provided.approvals_required,
        allow_self_approval=settings.provided.allow_self_approval,
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
    store_kind = providers.Callable(_store_kind, database_or_engine)
    unit_of_work = providers.Selector(
        store_kind,
        memory=providers.Singleton(MemoryStore),
        sql=providers.Singleton(SqlUnitOfWorkFactory, dialect=database.provided.dialect, clock=clock),
    )
    probe = providers.Selector(store_kind, memory=providers.Object(_always), sql=database.provided.require_ready)

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
    inputs = providers.Factory(
        Inputs,
        import_inputs=providers.Factory(
            ImportInputs, unit_of_work=unit_of_work, admission=admission, reader=input_reader, clock=clock
        ),
        submit_inputs=providers.Factory(SubmitInputs, unit_of_work=unit_of_work, admission=admission, clock=clock),
        approve_inputs=providers.Factory(
            ApproveInputs, unit_of_work=unit_of_work, admission=admission, policy=policy, clock=clock
        ),
        read=providers.Factory(ReadInputSets, unit_of_work=unit_of_work),
    )
    plans = providers.Factory(
        Plans,
        create_plan=providers.Factory(
            CreatePlan,
            unit_of_work=unit_of_work,
            admission=admission,
            engines=engines,
            telemetry=telemetry,
            clock=clock,
            zone=settings.provided.zone,
        ),
        register_plan=providers.Factory(
            RegisterPlan,
            unit_of_work=unit_of_work,
            admission=admission,
            reader=series_reader,
            spool=providers.Object(open_spool),
            telemetry=telemetry,
            clock=clock,
        ),
        read=providers.Factory(ReadPlans, unit_of_work=unit_of_work, artifacts=artifacts, policy=policy),
        list_plans=providers.Factory(ListPlans, unit_of_work=unit_of_work, policy=policy),
        review_plans=providers.Factory(
            ReviewPlans, unit_of_work=unit_of_work, admission=admission, policy=policy, clock=clock
        ),
        baselines=providers.Factory(Baselines, unit_of_work=unit_of_work, admission=admission, clock=clock),
        delete_plan=providers.Factory(DeletePlan, unit_of_work=unit_of_work, admission=admission, clock=clock),
    )
    runs = providers.Factory(Runs, read=providers.Factory(ReadRuns, unit_of_work=unit_of_work))
    jobs = providers.Factory(Jobs, read=providers.Factory(ReadJobs, unit_of_work=unit_of_work))
    tokens = providers.Factory(
        Tokens,
        issue_token=providers.Factory(IssueToken, unit_of_work=unit_of_work, admission=admission, clock=clock),
        revoke_token=providers.Factory(RevokeToken, unit_of_work=unit_of_work, admission=admission, clock=clock),
        read=providers.Factory(ReadTokens, unit_of_work=unit_of_work, admission=admission, clock=clock),
    )

    planner = providers.Singleton(
        Planner,
        configs=configs,
        inputs=inputs,
        plans=plans,
        runs=runs,
        jobs=jobs,
        tokens=tokens,
        probe=probe,
        exposition=telemetry.provided.exposition,
    )
