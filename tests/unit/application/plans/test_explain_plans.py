"""Why two plans differ: known causes are planted, and have to be found."""

# ruff: noqa: ARG002 (engines for tests look at what they like)

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planvault import RegisterRequest
from planvault.application.engine import EngineResult, Progress, RunningEngine
from planvault.application.explanation_presentation import explanation_fields
from planvault.application.plans.explain_plans import PlanExplanation
from planvault.domain.errors import EngineError, InvalidRequestError, NotFoundError
from planvault.domain.inputs.content import InputContent, parameter_rows
from planvault.domain.inputs.rows import CapacityBucket, FamilyDemand, InboundOrder, InventorySnapshot, Item, MixShare
from planvault.domain.inputs.sections import InputRow
from planvault.domain.plans.series import SeriesRow
from planvault.testing.builders import AYA, BEN, aggregate_rows, det_rows
from planvault.testing.engines import InlineEngineRunner
from tests.unit.application.desk import Desk, EndlessRunner, TinyEngine

MONTHS = ("2026-01", "2026-02")
TOLD = ("demand", "supply", "supply_received", "inventory_close")


class CountingRunner(InlineEngineRunner):
    """Counts its runs."""

    def __init__(self, engines: Iterable[TinyEngine] = ()) -> None:
        super().__init__(engines)
        self.runs = 0

    @asynccontextmanager
    async def run(
        self, name: str, inputs: InputContent, parameters: Mapping[str, Any], progress: Progress
    ) -> AsyncIterator[RunningEngine]:
        self.runs += 1
        async with super().run(name, inputs, parameters, progress) as engine:
            yield engine


class DemandingEngine(TinyEngine):
    """Plans what is asked for, and refuses what capacity does not cover."""

    def run(self, inputs: InputContent, parameters: Mapping[str, Any], progress: Progress) -> EngineResult:
        asked, there = inputs.total("family_demands", "demand"), inputs.total("capacity_buckets", "capacity")
        if asked > there:
            raise InvalidRequestError(f"{asked:g} are asked for and {there:g} can be made.")
        row = SeriesRow("det", "week", "2026-W01", "SKU1", demand=asked, supply=there, backlog=0.0)
        return EngineResult(levels={"det": [row]})


class FallenEngine(TinyEngine):
    """Worked once and fails from then on."""

    def run(self, inputs: InputContent, parameters: Mapping[str, Any], progress: Progress) -> EngineResult:
        raise EngineError("It has fallen.")


def a_set(
    *,
    demand: float = 100.0,
    capacity: float = 500.0,
    stock: float = 30.0,
    ordered: float = 10.0,
    lot: float = 1.0,
    lt_unit: str = "day",
    months: Iterable[str] = MONTHS,
) -> InputContent:
    """Two months of one family and one SKU."""
    sections: dict[str, list[InputRow]] = {
        "family_demands": [FamilyDemand("F1", month, demand) for month in months],
        "capacity_buckets": [CapacityBucket("WC1", month, capacity) for month in ("2026-01", "2026-02", "2026-03")],
        "mix_shares": [MixShare("F1", "SKU1", "", 1.0)],
        "inventory_snapshots": [InventorySnapshot("WH1", "SKU1", stock)],
        "inbound_orders": [InboundOrder("SKU1", "2026-01-10", "PO-1", "", "WH1", ordered)],
        "items": [Item("SKU1", 7.0, lot)],
        "parameters": list(parameter_rows("planning", {"lt_unit": lt_unit})),
    }
    return InputContent.of(sections)


async def live(desk: Desk, content: InputContent) -> None:
    desk.shelf.content = content
    done = await desk.planner.inputs.import_files(label="weekly", actor=AYA, files=[])
    if done.input_set.candidate is not None:
        await desk.planner.inputs.submit("weekly", actor=AYA)
        await desk.planner.inputs.approve_reference(f"weekly@{done.input_set.candidate}", actor=BEN)


async def planned(desk: Desk, version_id: str, content: InputContent, engine: str = "reference", **more: Any) -> None:
    await live(desk, content)
    await desk.planner.plans.create(
        input_set="weekly", actor=AYA, version_id=version_id, engine=engine, parameters=more
    )


async def two(before: InputContent, after: InputContent, *, engine: str = "reference", **more: Any) -> Desk:
    """A desk with v1 and v2, the second with other parameters if there are any."""
    desk = Desk(engines=CountingRunner([DemandingEngine()]))
    await planned(desk, "v1", before, engine)
    await planned(desk, "v2", after, engine, **more)
    return desk


async def explained(desk: Desk, before: str = "v1", after: str = "v2", **more: Any) -> PlanExplanation:
    found = await desk.planner.plans.explain(before, after, **{"measures": TOLD, **more})
    for level, amounts in found.difference.items():
        for place, amount in enumerate(amounts):
            lines = [line.amounts[level][place] for line in found.lines if line.amounts is not None]
            assert sum(lines) == amount, "the lines add up exactly"
    return found


def amounts(found: PlanExplanation, measure: str, level: str = "det") -> dict[str, float | None]:
    """What each line does to a measure."""
    return {
        line["source"]: None if line["amounts"] is None else line["amounts"][level][measure]
        for line in explanation_fields(found)["lines"]
    }


async def test_demand_that_alone_differs_explains_everything() -> None:
    desk = await two(a_set(), a_set(demand=120.0))
    found = await explained(desk)
    assert amounts(found, "demand") == {"demand": 40.0, "interaction": 0.0}
    assert amounts(found, "supply") == {"demand": 40.0, "interaction": 0.0}
    (section,) = found.lines[0].inputs
    assert (section.section.name, section.changed_count, section.absolute_change) == ("family_demands", 2, 40.0)
    assert explanation_fields(found)["lines"][0]["inputs"]["demand_family"]["changed"] == 2


@pytest.mark.parametrize(
    ("after", "cause", "measure"),
    [
        (a_set(stock=330.0), "opening_inventory", "inventory_close"),
        (a_set(capacity=60.0), "capacity", "supply"),
        (a_set(ordered=300.0), "orders", "inventory_close"),
        (a_set(lot=70.0), "other_inputs", "inventory_close"),
        (a_set(months=("2026-01", "2026-02", "2026-03")), "horizon", "demand"),
        (a_set(months=("2026-02",)), "horizon", "demand"),
    ],
)
async def test_an_input_that_alone_differs_explains_everything(after: InputContent, cause: str, measure: str) -> None:
    found = await explained(await two(a_set(), after))
    said = amounts(found, measure)
    assert list(said) == [cause, "interaction"]
    assert said[cause]
    assert said["interaction"] == 0


async def test_a_parameter_that_alone_differs_explains_everything() -> None:
    odd = a_set(demand=100.4)
    found = await explained(await two(odd, odd, round_mode="dec1"))
    assert amounts(found, "demand") == {"parameters": 0.8, "interaction": 0.0}
    assert found.lines[0].settings == {"round_mode": ("int", "dec1")}


async def test_a_planning_parameter_of_the_inputs_is_a_parameter() -> None:
    found = await explained(await two(a_set(), a_set(lt_unit="week")))
    assert [line.source for line in found.lines] == ["parameters", "interaction"]
    assert [section.section.name for section in found.lines[0].inputs] == ["parameters"]


async def test_an_override_that_alone_differs_explains_everything_and_no_engine_runs() -> None:
    desk = await two(a_set(), a_set())
    runner: Any = desk.engines
    runner.runs = 0
    key = "agg:period=2026-01,family=F1:field=demand"
    await desk.planner.plans.edit("v1", {key: 150.0}, actor=AYA, copy_as="v3")
    found = await explained(desk, after="v3", levels=["aggregate", "det"])
    for level in ("aggregate", "det"):
        assert amounts(found, "demand", level) == {"overrides": 50.0, "interaction": 0.0}
    assert runner.runs == 0
    assert amounts(await explained(desk, "v3", "v1"), "demand") == {"overrides": -50.0, "interaction": 0.0}


async def test_what_two_causes_do_only_together_is_interaction() -> None:
    desk = await two(a_set(demand=100.0, capacity=120.0), a_set(demand=200.0, capacity=200.0))
    found = await explained(desk)
    assert amounts(found, "supply") == {"demand": 40.0, "capacity": 0.0, "interaction": 160.0}
    assert amounts(found, "demand") == {"demand": 200.0, "capacity": 0.0, "interaction": 0.0}
    back = await explained(desk, "v2", "v1")
    assert amounts(back, "supply") == {"demand": -200.0, "capacity": -160.0, "interaction": 160.0}


async def test_an_override_over_a_cell_that_the_inputs_change_too_is_interaction() -> None:
    desk = await two(a_set(), a_set(demand=120.0))
    await desk.planner.plans.edit("v2", {"agg:period=2026-01,family=F1:field=demand": 150.0}, actor=AYA)
    found = await explained(desk, levels=["aggregate"])
    assert amounts(found, "demand", "aggregate") == {"demand": 40.0, "overrides": 50.0, "interaction": -20.0}


async def test_the_horizon_is_told_apart_from_the_demand_of_months_that_stay() -> None:
    desk = await two(a_set(), a_set(demand=110.0, months=("2026-02", "2026-03")))
    assert amounts(await explained(desk), "demand") == {"horizon": 10.0, "demand": 10.0, "interaction": 0.0}


async def test_only_causes_that_differ_are_run() -> None:
    desk = await two(a_set(), a_set(demand=120.0))
    runner: Any = desk.engines
    runner.runs = 0
    await explained(desk)
    assert runner.runs == 2
    await planned(desk, "v3", a_set(demand=120.0, stock=0.0, capacity=90.0))
    runner.runs = 0
    assert [line.source for line in (await explained(desk, after="v3")).lines] == [
        "opening_inventory",
        "demand",
        "capacity",
        "interaction",
    ]
    assert runner.runs == 5
    runner.runs = 0
    found = await explained(desk, "v1", "V1")
    assert (found.lines, found.by_evidence, runner.runs) == ([], (), 0)


async def test_nothing_is_stored() -> None:
    desk = await two(a_set(), a_set(demand=120.0))
    kept = desk.kept()
    await explained(desk)
    assert desk.kept() == kept


async def test_a_cause_that_cannot_be_run_alone_says_so_and_is_interaction() -> None:
    desk = await two(a_set(), a_set(demand=800.0, capacity=900.0), engine="tiny")
    found = await explained(desk)
    assert amounts(found, "demand") == {"demand": None, "capacity": 0.0, "interaction": 1400.0}
    assert amounts(found, "supply") == {"demand": None, "capacity": 1200.0, "interaction": 0.0}
    assert found.lines[0].not_alone == "1600 are asked for and 1500 can be made."
    assert found.lines[0].inputs[0].changed_count == 2


async def test_another_engine_is_a_cause_where_both_are_here() -> None:
    desk = Desk(engines=InlineEngineRunner([DemandingEngine()]))
    await planned(desk, "v1", a_set())
    await planned(desk, "v2", a_set(), "tiny")
    found = await explained(desk)
    assert amounts(found, "supply") == {"parameters": 0.0, "engine": 1300.0, "interaction": 0.0}
    assert found.lines[1].settings == {"engine": ("reference 1.1", "tiny 3.1")}


async def test_rows_that_were_replaced_are_told_apart_from_what_the_engine_makes() -> None:
    desk = await two(a_set(), a_set(demand=120.0))
    rows = [row async for row in desk.planner.plans.series("v2", level="det")]
    await desk.planner.plans.replace("v2", [rows[0]._replace(demand=1000.0), *rows[1:]], actor=AYA)
    found = await explained(desk)
    extra = 1000.0 - (rows[0].demand or 0.0)
    assert amounts(found, "demand") == {"demand": 40.0, "replaced_rows": extra, "interaction": 0.0}


async def test_a_registered_plan_is_explained_by_evidence_with_a_remainder() -> None:
    desk = await two(a_set(), a_set(demand=120.0))
    request = RegisterRequest(actor=AYA, version_id="v3", input_set="weekly@2")
    await desk.planner.plans.register(request, [*aggregate_rows(), *det_rows()])
    found = await explained(desk, after="v3")
    said = amounts(found, "demand")
    assert (said["demand"], said["unexplained"]) == (
        None,
        explanation_fields(found)["totals"]["det"]["demand"]["delta"],
    )
    assert found.by_evidence == ("v3 was not made by an engine here.",)
    assert found.lines[0].inputs[0].absolute_change == 40.0


async def test_overrides_of_registered_plans_are_evidence_with_amounts() -> None:
    desk = Desk()
    for version_id, demand in (("v1", 10.0), ("v2", 11.5)):
        await desk.planner.plans.register(RegisterRequest(actor=AYA, version_id=version_id), det_rows(demand=demand))
    await desk.planner.plans.edit("v2", {"det:week=2026-W01,sku=SKU0000:field=demand": 20.0}, actor=AYA)
    found = await explained(desk)
    assert amounts(found, "demand") == {"overrides": 8.5, "unexplained": 15.0}
    assert found.by_evidence == (
        "v1 was not made by an engine here.",
        "The inputs of v1 are not known here.",
        "v2 was not made by an engine here.",
        "The inputs of v2 are not known here.",
    )


async def test_an_engine_of_another_version_is_not_run_and_the_rest_is_evidence() -> None:
    desk = await two(a_set(), a_set(demand=120.0), engine="tiny")
    newer = DemandingEngine()
    newer.version = "4.0"
    for engines, reason in (
        (InlineEngineRunner([newer]), "v1 was made by tiny 3.1; tiny is 4.0 here."),
        (InlineEngineRunner(), "v1 cannot be made again: There is no engine tiny."),
    ):
        desk.engines = engines
        found = await explained(desk)
        assert found.by_evidence[0] == reason
        assert amounts(found, "demand") == {"demand": None, "unexplained": 40.0}


async def test_an_engine_that_fails_leaves_evidence() -> None:
    desk = await two(a_set(), a_set(demand=120.0), engine="tiny")
    desk.engines = InlineEngineRunner([FallenEngine()])
    found = await explained(desk)
    assert found.by_evidence == ("A plan could not be made again: It has fallen.",)
    assert amounts(found, "demand") == {"demand": None, "unexplained": 40.0}


async def test_inputs_stay_while_a_plan_names_them_and_are_told_when_they_are_gone() -> None:
    desk = await two(a_set(), a_set(demand=120.0))
    del desk.store.state.input_sets["weekly"]
    assert (await explained(desk)).by_evidence == ()
    desk.store.state.contents.pop((await desk.planner.plans.get("v2")).provenance.input_content_hash or "")
    found = await explained(desk)
    assert found.by_evidence == ("The inputs of v2 are not known here.",)
    assert amounts(found, "demand") == {"unexplained": 40.0}


async def test_levels_are_det_unless_told_or_all_where_there_is_none() -> None:
    desk = Desk()
    for version_id in ("v1", "v2"):
        await desk.planner.plans.register(RegisterRequest(actor=AYA, version_id=version_id), aggregate_rows())
    assert list((await explained(desk)).difference) == ["aggregate"]
    await desk.planner.plans.register(RegisterRequest(actor=AYA, version_id="v3"), [*aggregate_rows(), *det_rows()])
    found = await explained(desk, after="v3")
    assert (found.totals[0]["det"][0], explanation_fields(found)["totals"]["det"]["demand"]["before"]) == (None, None)
    assert list((await explained(desk, levels=["det", "aggregate", "det"], after="v3")).difference) == [
        "det",
        "aggregate",
    ]


async def test_what_cannot_be_explained_is_refused() -> None:
    desk = await two(a_set(), a_set())
    for error, asked in (
        (NotFoundError, {"after": "v9"}),
        (NotFoundError, {"levels": ["none"]}),
        (InvalidRequestError, {"measures": ["price"]}),
        (InvalidRequestError, {"measures": []}),
        (InvalidRequestError, {"measures": ["demand", "demand"]}),
    ):
        with pytest.raises(error):
            await explained(desk, **asked)


async def test_an_engine_at_work_is_stopped_with_who_asked() -> None:
    desk = await two(a_set(), a_set(demand=120.0), engine="tiny")
    endless = EndlessRunner()
    desk.engines = endless
    task = asyncio.create_task(explained(desk))
    await endless.waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert endless.left


SETS = st.builds(
    a_set,
    demand=st.integers(1, 300).map(lambda tenths: tenths / 10),
    capacity=st.integers(0, 30).map(float),
    stock=st.integers(0, 40).map(float),
    ordered=st.integers(0, 20).map(float),
    lot=st.integers(1, 9).map(float),
    months=st.sampled_from([MONTHS, MONTHS[:1], ("2026-02", "2026-03")]),
)


@settings(max_examples=25, deadline=None)
@given(SETS, SETS, st.sampled_from(["int", "none", "dec1"]))
def test_lines_always_add_up_exactly(before: InputContent, after: InputContent, round_mode: str) -> None:
    async def work() -> None:
        desk = await two(before, after, round_mode=round_mode)
        edited = after.rows("family_demands")[0].period
        await desk.planner.plans.edit("v2", {f"agg:period={edited},family=F1:field=demand": 7.3}, actor=AYA)
        found = await explained(desk, levels=["aggregate", "det", "mrp"])
        assert found.by_evidence == ()

    asyncio.run(work())
