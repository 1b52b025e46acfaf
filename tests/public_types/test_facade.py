"""What embedding code sees: mypy checks these assertions, pytest only imports them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import assert_type

from planvault import Actor, InputSet, Planner, PlanVersion, SeriesRow
from planvault.application.inputs.import_inputs import ImportedInputs
from planvault.application.inputs.preview_inputs import InputPreview
from planvault.application.plans.read_plans import PlanSummary
from planvault.domain.inputs.difference import InputDifference
from planvault.domain.plans.kpis import Kpi
from planvault.domain.shared.paging import Page


async def embedding(planner: Planner, actor: Actor) -> None:
    """Never run."""
    assert_type(await planner.inputs.import_files(label="weekly", directory="inputs", actor=actor), ImportedInputs)
    assert_type(await planner.inputs.submit("weekly", actor=actor), InputSet)
    assert_type(await planner.inputs.approve("weekly", revision=1, content_hash="", actor=actor), InputSet)
    assert_type(await planner.inputs.diff("weekly", "weekly@1"), InputDifference)
    assert_type(await planner.inputs.preview("weekly"), InputPreview)
    assert_type(await planner.plans.create(input_set="weekly", actor=actor), PlanVersion)
    assert_type(planner.plans.series("v1", level="det"), AsyncGenerator[SeriesRow, None])
    assert_type(await planner.plans.list(), Page[PlanVersion])
    assert_type(await planner.plans.kpis("v1"), Sequence[Kpi])
    assert_type(await planner.plans.summary("v1"), PlanSummary)
    assert_type(await planner.ping(), None)


def test_the_public_types_are_what_embedding_code_expects() -> None:
    assert embedding.__doc__ == "Never run."
