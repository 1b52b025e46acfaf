"""Bodies that ask for a plan to be made."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ...application.plans.plan_request import REFERENCE_ENGINE, PlanRequest
from ...domain.access.actor import Actor
from ...domain.errors import InvalidRequestError
from .parameters import HIGHEST_ID
from .schemas import Body, EngineText

_LEGACY_PARAMETERS = (
    "round_mode",
    "lt_unit",
    "cutover_date",
    "recon_window_days",
    "anchor_policy",
    "blend_split_next",
    "blend_weight_mode",
    "apply_adjusted",
    "carryover",
    "carryover_split",
    "max_adjust_ratio",
    "tol_abs",
    "tol_rel",
)


class EngineBody(Body):
    """Parameters of an engine; those of the reference engine may stand at the top under their legacy names."""

    parameters: dict[str, Any] = Field(default_factory=dict, description="Parameters of the engine.")
    round_mode: str | None = None
    lt_unit: str | None = None
    cutover_date: str | None = None
    recon_window_days: int | None = None
    anchor_policy: str | None = None
    blend_split_next: float | None = None
    blend_weight_mode: str | None = None
    apply_adjusted: bool | None = None
    carryover: str | None = None
    carryover_split: float | None = None
    max_adjust_ratio: float | None = None
    tol_abs: float | None = None
    tol_rel: float | None = None

    def engine_parameters(self) -> dict[str, Any]:
        """All parameters that were given.

        Raises:
            InvalidRequestError: one is given in both places.
        """
        given = {name: value for name in _LEGACY_PARAMETERS if (value := getattr(self, name)) is not None}
        doubled = sorted(given.keys() & self.parameters.keys())
        if doubled:
            raise InvalidRequestError(f"The parameter {doubled[0]} is given twice.", parameter=doubled[0])
        return self.parameters | given


class PlanMakingBody(EngineBody):
    """What is said of a plan that an engine makes, and of its inputs."""

    input_set: str | None = Field(default=None, description="LABEL, or LABEL@NUMBER.")
    input_set_label: str | None = Field(default=None, description="The legacy name of input_set.")
    version_id: str | None = None
    title: str | None = None
    objective: str | None = None
    note: str | None = None
    comment: str | None = None

    def named_inputs(self) -> str | None:
        """The input set, if one is named.

        Raises:
            InvalidRequestError: two different ones are.
        """
        named = {name for name in (self.input_set, self.input_set_label) if name is not None}
        if len(named) > 1:
            raise _no_input_set("names two different input sets")
        return named.pop() if named else None


class CreatePlanBody(PlanMakingBody):
    """A plan to make from approved inputs; parameters may stand at the top under their legacy names."""

    config_version_id: int | None = Field(
        default=None, ge=1, le=HIGHEST_ID, description="The config version that the inputs have to belong to."
    )
    trial: bool = False
    engine: EngineText = REFERENCE_ENGINE

    def reference(self) -> str:
        """The input set to plan from.

        Raises:
            InvalidRequestError: none is named, or two different ones.
        """
        named = self.named_inputs()
        if named is None:
            raise _no_input_set("names no input set")
        return named

    def request(self, actor: Actor, *, trigger: str) -> PlanRequest:
        """What is asked for, in that actor's name.

        Raises:
            InvalidRequestError: no input set is named, or a thing is named twice.
        """
        return PlanRequest(
            input_set=self.reference(),
            actor=actor,
            version_id=self.version_id,
            config_version_id=self.config_version_id,
            trial=self.trial,
            engine=self.engine,
            parameters=self.engine_parameters(),
            title=self.title,
            objective=self.objective,
            note=self.note,
            comment=self.comment,
            trigger=trigger,
        )


class ReconcileBody(PlanMakingBody):
    """What changes when a plan is made again: parameters, or the inputs that it is bound to."""


def _no_input_set(which: str) -> InvalidRequestError:
    return InvalidRequestError(f"The request {which}.", remedy="Send input_set: LABEL or LABEL@NUMBER.")
