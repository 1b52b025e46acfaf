"""Reconciling a plan: making it again with other parameters or from other inputs, as a version of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...domain.access.actor import Actor, Role
from ...domain.errors import IllegalTransitionError
from ...domain.plans.version import PlanOrigin, PlanVersion
from ...domain.shared.ids import version_id
from ..engine import Progress, silent
from ..unit_of_work import UnitOfWorkFactory
from .create_plan import CreatePlan
from .plan_request import PlanRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileRequest:
    """Which version to make again, and what changes: parameters of its engine, or ``input_set`` to bind it to.

    Parameters that are not given stay as the base has them.
    """

    base: str
    actor: Actor
    version_id: str | None = None
    input_set: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    title: str | None = None
    objective: str | None = None
    note: str | None = None
    comment: str | None = None
    trigger: str = "facade"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcilePlan:
    """Make a plan again; the version that it begins from stays as it is, whatever its status."""

    unit_of_work: UnitOfWorkFactory
    create_plan: CreatePlan

    async def __call__(self, request: ReconcileRequest, *, progress: Progress = silent) -> PlanVersion:
        """The new version; one made from a trial is a trial.

        Raises:
            ForbiddenError: the actor is no planner.
            NotFoundError: there is no such version, or its engine is gone.
            IllegalTransitionError: no engine made the version, or the inputs cannot be planned from.
            PlanvaultError: as ``CreatePlan``.
        """
        request.actor.require(Role.PLANNER)
        async with self.unit_of_work(read_only=True) as uow:
            base = await uow.plans.get(version_id(request.base))
        made_from = base.provenance
        engine, inputs = made_from.engine_name, made_from.input_reference
        if made_from.origin is not PlanOrigin.ENGINE or engine is None or inputs is None:
            raise IllegalTransitionError(
                f"{base.version_id} was not made by an engine here, so it cannot be made again.",
                remedy="Create a plan from its inputs: planvault plans create.",
            )
        return await self.create_plan(
            PlanRequest(
                input_set=request.input_set or inputs,
                actor=request.actor,
                version_id=request.version_id,
                trial=base.trial,
                engine=engine,
                parameters={**made_from.engine_parameters, **request.parameters},
                title=request.title,
                objective=request.objective,
                note=request.note,
                comment=request.comment,
                trigger=request.trigger,
                base=base,
            ),
            progress=progress,
        )
