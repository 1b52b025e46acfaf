"""What is asked for when an engine is to make a plan, and how a job keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...domain.access.actor import Actor
from ...domain.errors import UnauthenticatedError
from ...domain.plans.version import PlanAction, PlanVersion
from ...domain.runs.job import Job

PLANNING = "planning"
REFERENCE_ENGINE = "reference"
_SAID_OF_THE_PLAN = ("title", "objective", "note", "comment", "config_version_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What to plan from and how; without a ``version_id`` the next ``vYYYYMMDD-N`` is taken.

    With a ``config_version_id`` the inputs have to belong to that one.  With a ``base`` the plan is made again from
    what that one was made from, or from ``input_set`` instead, and ``action`` says how its event is called.
    """

    input_set: str
    actor: Actor
    version_id: str | None = None
    config_version_id: int | None = None
    trial: bool = False
    engine: str = REFERENCE_ENGINE
    parameters: Mapping[str, Any] = field(default_factory=dict)
    title: str | None = None
    objective: str | None = None
    note: str | None = None
    comment: str | None = None
    trigger: str = "facade"
    base: PlanVersion | None = None
    action: PlanAction = PlanAction.RECONCILE

    def as_parameters(self) -> dict[str, Any]:
        """The request as parameters of a job: what was asked for, which says nothing of what that came to."""
        said = {name: value for name in _SAID_OF_THE_PLAN if (value := getattr(self, name)) is not None}
        again = {} if self.base is None else {"base_version_id": self.base.version_id, "action": str(self.action)}
        asked = {
            "input_set": self.input_set,
            "trial": self.trial,
            "version_id": self.version_id,
            "engine": self.engine,
            "parameters": self.parameters,
        }
        return {**asked, **said, **again}


def request_of(job: Job, base: PlanVersion | None) -> PlanRequest:
    """The request that a job keeps.

    Raises:
        UnauthenticatedError: the job is older than jobs that say in whose name they are done.
    """
    if job.actor is None:
        raise UnauthenticatedError(
            f"The job {job.job_id} does not say in whose name it is done.", remedy="Ask for the plan anew."
        )
    asked = job.parameters
    return PlanRequest(
        input_set=asked["input_set"],
        actor=job.actor,
        version_id=asked.get("version_id"),
        trial=asked.get("trial", False),
        engine=asked.get("engine", REFERENCE_ENGINE),
        parameters=asked.get("parameters", {}),
        trigger=job.trigger,
        base=base,
        action=PlanAction(asked.get("action", PlanAction.RECONCILE)),
        **{name: asked.get(name) for name in _SAID_OF_THE_PLAN},
    )
