"""The use cases of plans, runs and jobs, wired to their parts."""

from __future__ import annotations

from dependency_injector import providers

from ..adapters.exchange.series_export import FileSeriesWriter
from ..adapters.exchange.series_files import series_lines
from ..adapters.exchange.spool import open_spool
from ..application.maintenance.make_room import MakeRoom, RowLimit
from ..application.maintenance.trim_plans import TrimPlans
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
from .parts import Parts


class PlanParts(Parts):
    """Use cases of plans, runs and jobs, and what they share."""

    settings = Parts.settings
    clock = Parts.clock
    telemetry = Parts.telemetry
    engines = Parts.engines
    series_reader = Parts.series_reader
    artifacts = Parts.artifacts
    plan_archives = Parts.plan_archives
    policy = Parts.policy
    mirror_files = Parts.mirror_files
    mirror = Parts.mirror
    unit_of_work = Parts.unit_of_work
    admission = Parts.admission

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
