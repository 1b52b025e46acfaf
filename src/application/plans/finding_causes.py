"""In what two plans differ besides their rows, and whether their engines can be run again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ...domain.errors import InvalidRequestError, NotFoundError
from ...domain.inputs.content import InputContent
from ...domain.inputs.difference import SectionDifference
from ...domain.inputs.parting import InputPart, PartedContents
from ...domain.plans.editing.overlay import Overlay
from ...domain.plans.explanation import Cause
from ...domain.plans.version import PlanOrigin, PlanVersion
from ..engine import EngineRunner
from .measuring import Measured


class SettingChange(NamedTuple):
    """A setting in both plans; null where one of them has none."""

    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCause:
    """A cause that differs: the input rows that changed, by section, and the settings."""

    cause: Cause
    inputs: tuple[SectionDifference, ...] = ()
    settings: Mapping[str, SettingChange] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two plans with all that is stored of it; ``content`` is null where its inputs are not known or gone."""

    version: PlanVersion
    overlay: Overlay
    content: InputContent | None
    stored: Measured

    @property
    def engine(self) -> str | None:
        """Name and version of the engine that made it."""
        made_from = self.version.provenance
        return None if made_from.engine_name is None else f"{made_from.engine_name} {made_from.engine_version or ''}"


def found_causes(before: Side, after: Side, parted: PartedContents | None) -> list[FoundCause]:
    """Every cause in which two plans differ, in order; inputs are compared where both are known."""
    inputs = {} if parted is None else parted.differences()
    settings = {
        Cause.PARAMETERS: _parameters(before, after),
        Cause.ENGINE: _changes({"engine": before.engine}, {"engine": after.engine}),
        Cause.OVERRIDES: _overrides(before.overlay, after.overlay),
    }
    return [
        FoundCause(cause=cause, inputs=_inputs_of(cause, inputs), settings=settings.get(cause, {}))
        for cause in Cause
        if settings.get(cause) or _inputs_of(cause, inputs)
    ]


def parts_of(causes: frozenset[Cause]) -> frozenset[InputPart]:
    """The parts of the inputs that these causes are about."""
    return frozenset(part for part in InputPart if Cause(part) in causes)


def why_not_rerun(side: Side, engines: EngineRunner) -> Iterator[str]:
    """Why a plan cannot be made again as it was made; nothing where it can."""
    version, made_from = side.version, side.version.provenance
    name = made_from.engine_name
    if made_from.origin is not PlanOrigin.ENGINE or name is None:
        yield f"{version.version_id} was not made by an engine here."
    if side.content is None:
        yield f"The inputs of {version.version_id} are not known here."
    elif made_from.origin is PlanOrigin.ENGINE and name is not None:
        try:
            present, _ = engines.describe(name, made_from.engine_parameters, side.content)
        except (NotFoundError, InvalidRequestError) as error:
            yield f"{version.version_id} cannot be made again: {error}"
        else:
            if present != made_from.engine_version:
                yield f"{version.version_id} was made by {side.engine}; {name} is {present} here."


def _inputs_of(
    cause: Cause, inputs: Mapping[InputPart, tuple[SectionDifference, ...]]
) -> tuple[SectionDifference, ...]:
    return next((sections for part, sections in inputs.items() if Cause(part) is cause), ())


def _parameters(before: Side, after: Side) -> dict[str, SettingChange]:
    """The parameters that differ; nobody knows those of a plan that names no engine and no parameter."""
    if any(side.engine is None and not side.version.provenance.engine_parameters for side in (before, after)):
        return {}
    return _changes(before.version.provenance.engine_parameters, after.version.provenance.engine_parameters)


def _overrides(before: Overlay, after: Overlay) -> dict[str, SettingChange]:
    values = [{cell: known.value for cell, known in overlay.overrides.items()} for overlay in (before, after)]
    return {} if values[0] == values[1] else {"overrides": SettingChange(len(values[0]), len(values[1]))}


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, SettingChange]:
    return {
        name: SettingChange(before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    }
