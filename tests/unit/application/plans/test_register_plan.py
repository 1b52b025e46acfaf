from __future__ import annotations

import io
import json
import math
import random
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from planvault.application.exchange import NamedStream
from planvault.application.plans.register_request import RegisterRequest
from planvault.domain.access.actor import Role
from planvault.domain.errors import (
    AlreadyExistsError,
    ForbiddenError,
    IllegalTransitionError,
    InputSetMissingError,
    InvalidLabelError,
    InvalidRequestError,
    NotFoundError,
    PlanvaultError,
    UnauthenticatedError,
    ValidationError,
)
from planvault.domain.plans.series import SeriesRow
from planvault.domain.plans.version import PlanVersion
from planvault.testing.builders import AYA, BEN, a_content, aggregate_rows, an_actor, det_rows
from planvault.testing.clocks import NOON
from tests.unit.application.desk import Desk

ROWS = [*aggregate_rows(), *det_rows()]


async def register(desk: Desk, rows: Iterable[SeriesRow] = ROWS, **request: Any) -> PlanVersion:
    fields: dict[str, Any] = {"version_id": "v1", "actor": AYA}
    return await desk.planner.plans.register(RegisterRequest(**fields | request), rows)


async def refused(
    desk: Desk, kind: type[PlanvaultError], match: str, rows: Iterable[SeriesRow] = ROWS, **request: Any
) -> None:
    before = desk.kept()
    with pytest.raises(kind, match=match):
        await register(desk, rows, **request)
    assert desk.kept() == before


def shuffled(rows: Iterable[SeriesRow]) -> list[SeriesRow]:
    mixed = list(rows)
    random.Random(7).shuffle(mixed)
    return mixed


async def test_rows_in_any_order_come_back_in_key_order() -> None:
    desk = Desk()
    plan = await register(desk, shuffled(ROWS), title="Elsewhere", comment="by hand")
    assert (plan.series_rows, str(plan.provenance.origin), plan.title) == (14, "registered", "Elsewhere")
    assert [row async for row in desk.planner.plans.series("v1", level="det")] == det_rows()
    assert [row async for row in desk.planner.plans.series("v1", level="aggregate")] == aggregate_rows()
    assert (desk.actions, desk.events[0].comment) == (["plan/v1 register"], "by hand")


async def test_the_same_rows_registered_and_created_have_the_same_payload_digest() -> None:
    desk = Desk()
    await desk.live()
    created = await desk.planner.plans.create(input_set="weekly", actor=AYA, engine="tiny", version_id="v0")
    rows = [
        row
        for series in (await desk.planner.plans.summary("v0")).series
        async for row in desk.planner.plans.series("v0", level=series.level)
    ]
    plan = await register(desk, shuffled(rows))
    assert plan.payload_digest == created.payload_digest
    assert plan.plan_digest != created.plan_digest
    alike = await register(
        desk,
        rows,
        version_id="v2",
        input_set="weekly",
        engine_name="tiny",
        engine_version="3.1",
        engine_parameters={"weeks": 4.0},
    )
    assert alike.plan_digest == created.plan_digest


@pytest.mark.parametrize("count", [0, 1, 14])
async def test_rows_may_come_asynchronously(count: int) -> None:
    async def coming() -> AsyncIterator[SeriesRow]:
        for row in shuffled(ROWS)[:count]:
            yield row

    desk = Desk()
    request = RegisterRequest(version_id="v1", actor=AYA)
    if count:
        assert (await desk.planner.plans.register(request, coming())).series_rows == count
    else:
        with pytest.raises(InvalidRequestError, match="no series rows"):
            await desk.planner.plans.register(request, coming())


async def test_many_rows_coming_asynchronously_lose_none() -> None:
    rows = det_rows(4_500, weeks=3)

    async def coming() -> AsyncIterator[SeriesRow]:
        for row in rows:
            yield row

    desk = Desk()
    plan = await desk.planner.plans.register(RegisterRequest(version_id="v1", actor=AYA), coming())
    other = await register(desk, rows, version_id="v2")
    assert (plan.series_rows, plan.payload_digest) == (4_500, other.payload_digest)


async def test_a_key_that_stands_twice_is_named_and_nothing_is_stored() -> None:
    twice = det_rows()[3]
    await refused(Desk(), InvalidRequestError, f"{' '.join(twice.key)} stands twice", [*ROWS, twice])


async def test_no_rows_are_no_plan() -> None:
    await refused(Desk(), InvalidRequestError, "no series rows", [])


async def test_a_measure_that_is_not_finite_is_named_and_nothing_is_stored() -> None:
    rows = det_rows()
    rows[4] = rows[4]._replace(supply=math.nan)
    desk = Desk()
    await refused(desk, InvalidRequestError, f"supply of {' '.join(rows[4].key)} is not a finite", rows)
    assert desk.telemetry.told == [("plan not stored", "invalid-request")]


async def test_a_level_is_named_by_small_letters() -> None:
    rows = [row._replace(level="Det level") for row in det_rows()]
    await refused(Desk(), InvalidRequestError, "'Det level' cannot name a level", rows)


async def test_an_id_is_used_once_in_whatever_case() -> None:
    desk = Desk()
    await register(desk)
    await refused(desk, AlreadyExistsError, "V1", version_id="V1")
    await refused(desk, InvalidLabelError, "cannot name a plan version", version_id="a/b")


async def test_only_a_believed_planner_registers() -> None:
    desk = Desk()
    await refused(desk, ForbiddenError, "planner", actor=an_actor("kim", *(set(Role) - {Role.PLANNER})))
    desk.verified_only = True
    await refused(desk, UnauthenticatedError, "only a name")


@pytest.mark.parametrize("parameters", [{"share": math.nan}, {"name": "\ud800"}, {1: 2}, {"when": NOON}], ids=ascii)
async def test_engine_parameters_that_json_cannot_say_are_refused(parameters: dict[Any, Any]) -> None:
    await refused(Desk(), InvalidRequestError, "engine parameters", engine_parameters=parameters)


# Inputs ---------------------------------------------------------------------------------------------------------------


async def test_a_plan_without_inputs_says_so_to_telemetry() -> None:
    desk = Desk()
    plan = await register(desk, trigger="cli")
    assert plan.provenance.input_reference is None
    assert desk.telemetry.told == [("plan stored", "registered", 14), ("run without inputs", "cli")]


async def test_a_plan_names_the_inputs_it_was_made_from() -> None:
    desk = Desk()
    await desk.live()
    plan = await register(desk, input_set="weekly")
    assert (plan.provenance.input_reference, plan.provenance.config_version_id) == ("weekly@1", 1)
    assert plan.provenance.input_content_hash == a_content().content_hash
    assert desk.telemetry.told == [("plan stored", "registered", 14)]


async def test_unknown_inputs_are_refused() -> None:
    desk = Desk()
    await refused(desk, NotFoundError, "input set weekly", input_set="weekly")
    await desk.candidate()
    await refused(desk, NotFoundError, "weekly@2", input_set="weekly@2")
    await refused(desk, InputSetMissingError, "no live revision", input_set="weekly")


async def test_a_revision_that_was_never_approved_needs_a_trial() -> None:
    desk = Desk()
    await desk.candidate()
    await refused(desk, IllegalTransitionError, "weekly@1 is draft and was never approved", input_set="weekly@1")
    plan = await register(desk, input_set="weekly@1", trial=True)
    assert (plan.trial, plan.provenance.input_reference) == (True, "weekly@1")


async def test_a_candidate_that_a_newer_one_superseded_was_never_approved() -> None:
    desk = Desk()
    await desk.candidate()
    await desk.live(demand=101.0)
    await refused(desk, IllegalTransitionError, "weekly@1 is superseded and was never approved", input_set="weekly@1")


async def test_a_revision_that_was_live_once_needs_no_trial() -> None:
    desk = Desk()
    await desk.live()
    await desk.live(demand=101.0)
    assert (await register(desk, input_set="weekly@1")).provenance.input_reference == "weekly@1"
    async with desk.store() as uow:
        known = await uow.input_sets.get((await desk.planner.inputs.get("weekly")).label)
        await uow.input_sets.save(known.revert(actor=BEN, at=NOON)[0])
        await uow.commit()
    assert not (await register(desk, input_set="weekly@2", version_id="v2")).trial


# Files ----------------------------------------------------------------------------------------------------------------


def lines(rows: Iterable[SeriesRow]) -> NamedStream:
    data = "".join(json.dumps(row.as_fields()) + "\n" for row in rows).encode()
    return NamedStream(name="plan.jsonl", open=lambda: io.BytesIO(data))


async def test_a_file_of_rows_is_the_same_plan_as_its_rows() -> None:
    desk = Desk()
    plan = await desk.planner.plans.register_file(RegisterRequest(version_id="v1", actor=AYA), lines(shuffled(ROWS)))
    assert plan.payload_digest == (await register(desk, ROWS, version_id="v2")).payload_digest


async def test_a_file_with_a_problem_stores_nothing() -> None:
    desk = Desk()
    before = desk.kept()
    bad = NamedStream(name="plan.jsonl", open=lambda: io.BytesIO(b'{"level": "det"}\n'))
    with pytest.raises(ValidationError):
        await desk.planner.plans.register_file(RegisterRequest(version_id="v1", actor=AYA), bad)
    with pytest.raises(ForbiddenError):
        await desk.planner.plans.register_file(RegisterRequest(version_id="v1", actor=an_actor("kim")), bad)
    assert desk.kept() == before
