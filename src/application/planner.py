"""The facade: the one door by which API, CLI, UI, tests and embedding hosts come in."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..domain.access.actor import Actor, Role
from ..domain.access.token import AccessToken
from ..domain.inputs.config import ConfigVersion
from ..domain.inputs.content import InputContent
from ..domain.inputs.input_set import InputSet
from ..domain.inputs.ports import InputSetFilter, InputSetSummary
from ..domain.inputs.sections import InputRow
from ..domain.plans.kpis import Kpi
from ..domain.plans.ports import PlanFilter
from ..domain.plans.series import SeriesRow
from ..domain.plans.version import PlanVersion
from ..domain.runs.job import Job, JobStatus
from ..domain.runs.ports import RunFilter
from ..domain.runs.run import Run
from ..domain.shared.ids import VersionId
from ..domain.shared.paging import DEFAULT_LIMIT, Page
from .access.manage_tokens import LONGEST_LIFE_DAYS, IssueToken, ReadTokens, RevokeToken
from .engine import Progress, silent
from .exchange import NamedStream
from .inputs.import_inputs import ImportedInputs, ImportInputs, ImportRequest
from .inputs.manage_configs import ConfigChoice, CreateConfig, ReadConfigs
from .inputs.read_input_sets import ReadInputSets
from .inputs.review_inputs import ApproveInputs, SubmitInputs
from .plans.create_plan import REFERENCE_ENGINE, CreatePlan, PlanRequest
from .plans.read_plans import PlanSummary, ReadPlans
from .plans.register_plan import RegisterPlan, RegisterRequest
from .runs.read_runs import ReadJobs, ReadRuns


@dataclass(frozen=True, slots=True, kw_only=True)
class Configs:
    """Config versions."""

    create_config: CreateConfig
    read: ReadConfigs

    async def create(
        self,
        name: str,
        *,
        actor: Actor,
        horizon_days: int | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> ConfigVersion:
        """Make a config version (``CreateConfig``)."""
        return await self.create_config(name, actor=actor, horizon_days=horizon_days, attributes=attributes)

    async def list(self) -> Sequence[ConfigVersion]:
        """All config versions, in order of id."""
        return await self.read.list()

    async def get(self, config_version_id: int) -> ConfigVersion:
        """The config version of that id."""
        return await self.read.get(config_version_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Input sets."""

    import_inputs: ImportInputs
    submit_inputs: SubmitInputs
    approve_inputs: ApproveInputs
    read: ReadInputSets

    async def import_files(  # noqa: PLR0913 (the request, written out for callers)
        self,
        *,
        label: str,
        actor: Actor,
        directory: str | Path | None = None,
        files: Sequence[NamedStream] = (),
        config_version_id: int | None = None,
        new_config: str | None = None,
        title: str | None = None,
        comment: str | None = None,
    ) -> ImportedInputs:
        """Import a directory, or files one by one, as the new candidate of a label (``ImportInputs``)."""
        request = ImportRequest(
            label=label,
            actor=actor,
            config=ConfigChoice(config_version_id=config_version_id, new_config=new_config),
            title=title,
            comment=comment,
        )
        if directory is not None:
            return await self.import_inputs.directory(Path(directory), request)
        return await self.import_inputs.streams(files, request)

    async def submit(self, reference: str, *, actor: Actor, comment: str | None = None) -> InputSet:
        """Put ``LABEL``'s candidate, or ``LABEL@N``, before the approvers (``SubmitInputs``)."""
        return await self.submit_inputs(reference, actor=actor, said=comment)

    async def approve(
        self, label: str, *, revision: int, content_hash: str, actor: Actor, comment: str | None = None
    ) -> InputSet:
        """Say yes to exactly this content (``ApproveInputs``)."""
        return await self.approve_inputs(f"{label}@{revision}", content_hash=content_hash, actor=actor, said=comment)

    async def approve_reference(
        self, reference: str, *, content_hash: str | None = None, actor: Actor, comment: str | None = None
    ) -> InputSet:
        """Say yes to ``LABEL@N``, or to ``LABEL`` by full hash: the form for people (``ApproveInputs``)."""
        return await self.approve_inputs(reference, content_hash=content_hash, actor=actor, said=comment)

    async def list(
        self, wanted: InputSetFilter | None = None, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[InputSetSummary]:
        """Input sets in order of label."""
        return await self.read.list(wanted or InputSetFilter(), limit=limit, cursor=cursor)

    async def get(self, label: str) -> InputSet:
        """The set of that label with all its revisions."""
        return await self.read.get(label)

    async def content(self, reference: str) -> InputContent:
        """The exact content of ``LABEL@N``, or of what is live under ``LABEL``."""
        return await self.read.content(reference)

    def rows(self, reference: str, section: str) -> AsyncIterator[Sequence[InputRow]]:
        """The rows of one section in key order, in batches."""
        return self.read.rows(reference, section)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """Plan versions."""

    create_plan: CreatePlan
    register_plan: RegisterPlan
    read: ReadPlans

    async def create(  # noqa: PLR0913 (the request, written out for callers)
        self,
        *,
        input_set: str,
        actor: Actor,
        version_id: str | None = None,
        trial: bool = False,
        engine: str = REFERENCE_ENGINE,
        parameters: Mapping[str, Any] | None = None,
        title: str | None = None,
        objective: str | None = None,
        note: str | None = None,
        comment: str | None = None,
        trigger: str = "facade",
        progress: Progress = silent,
    ) -> PlanVersion:
        """Make a plan from the live revision of a label, or a trial from ``LABEL@N`` (``CreatePlan``)."""
        request = PlanRequest(
            input_set=input_set,
            actor=actor,
            version_id=version_id,
            trial=trial,
            engine=engine,
            parameters=parameters or {},
            title=title,
            objective=objective,
            note=note,
            comment=comment,
            trigger=trigger,
        )
        return await self.create_plan(request, progress=progress)

    async def register(
        self, request: RegisterRequest, rows: Iterable[SeriesRow] | AsyncIterable[SeriesRow]
    ) -> PlanVersion:
        """Keep rows that some other program planned (``RegisterPlan``)."""
        return await self.register_plan.rows(rows, request)

    async def register_file(self, request: RegisterRequest, file: NamedStream) -> PlanVersion:
        """Keep the rows of a JSON lines or CSV file (``RegisterPlan``)."""
        return await self.register_plan.file(file, request)

    async def list(
        self, wanted: PlanFilter | None = None, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[PlanVersion]:
        """Plan versions, newest first."""
        return await self.read.list(wanted or PlanFilter(), limit=limit, cursor=cursor)

    async def get(self, version_id: str) -> PlanVersion:
        """The version of that id."""
        return await self.read.get(version_id)

    async def summary(self, version_id: str) -> PlanSummary:
        """The plan on one page."""
        return await self.read.summary(version_id)

    async def kpis(self, version_id: str) -> Sequence[Kpi]:
        """All KPIs of a version, stored and derived."""
        return await self.read.kpis(version_id)

    def series(self, version_id: str, *, level: str) -> AsyncIterator[SeriesRow]:
        """Every row of a level in key order, one by one."""
        return self.read.series(version_id, level)

    def batches(self, version_id: str, *, level: str) -> AsyncIterator[Sequence[SeriesRow]]:
        """Every row of a level in key order, in batches."""
        return self.read.batches(version_id, level)

    async def page(self, version_id: str, *, level: str, limit: int, cursor: str | None = None) -> Page[SeriesRow]:
        """Some rows of a level in key order."""
        return await self.read.page(version_id, level, limit=limit, cursor=cursor)

    async def artifact_names(self, version_id: str) -> Sequence[str]:
        """The legacy-shaped artifacts of a version."""
        return await self.read.artifact_names(version_id)

    def artifact(self, version_id: str, name: str) -> AsyncIterator[str]:
        """The text of one artifact, piece by piece."""
        return self.read.artifact(version_id, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Runs."""

    read: ReadRuns

    async def list(
        self, wanted: RunFilter | None = None, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[Run]:
        """Runs, newest first."""
        return await self.read.list(wanted or RunFilter(), limit=limit, cursor=cursor)

    async def get(self, run_id: str) -> Run:
        """The run of that id."""
        return await self.read.get(run_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """Jobs."""

    read: ReadJobs

    async def list(
        self,
        *,
        status: JobStatus | None = None,
        version_id: VersionId | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Job]:
        """Jobs, newest first."""
        return await self.read.list(status=status, version_id=version_id, limit=limit, cursor=cursor)

    async def get(self, job_id: str) -> Job:
        """The job of that id."""
        return await self.read.get(job_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Access tokens."""

    issue_token: IssueToken
    revoke_token: RevokeToken
    read: ReadTokens

    async def create(
        self, name: str, roles: Iterable[Role], *, actor: Actor, days: int = LONGEST_LIFE_DAYS
    ) -> tuple[AccessToken, str]:
        """Make a token; its text is answered this once (``IssueToken``)."""
        return await self.issue_token(name, roles, actor=actor, days=days)

    async def revoke(self, token_id: str, *, actor: Actor, comment: str | None = None) -> AccessToken:
        """Close a token for good (``RevokeToken``)."""
        return await self.revoke_token(token_id, actor=actor, said=comment)

    async def list(self) -> Sequence[AccessToken]:
        """All tokens, oldest first."""
        return await self.read.list()

    async def authenticate(self, text: str) -> Actor:
        """The actor whom a token's text proves."""
        return await self.read.authenticate(text)

    async def required(self) -> bool:
        """Whether only verified actors may write."""
        return await self.read.required()


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Everything planvault can do, by context. Get one from ``open_planner``."""

    configs: Configs
    inputs: Inputs
    plans: Plans
    runs: Runs
    jobs: Jobs
    tokens: Tokens
    probe: Callable[[], Awaitable[None]]
    exposition: Callable[[], bytes]

    async def ping(self) -> None:
        """Return if the store answers and is at this planvault's schema.

        Raises:
            StorageUnavailableError, SchemaMismatchError: it does not, or is not.
        """
        await self.probe()

    def metrics(self) -> bytes:
        """What telemetry counted, in Prometheus' text format."""
        return self.exposition()
