"""Why two plans differ, with the real engine in its own process, on every store: known causes are planted."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from planvault import Actor, Planner, RegisterRequest, Settings, open_planner
from planvault.adapters.exchange.samples import sample_directory
from planvault.application.explanation_presentation import explanation_fields
from planvault.application.plans.explain_plans import PlanExplanation
from planvault.testing.builders import aggregate_rows, det_rows

AYA, BEN = Actor.asserted("aya"), Actor.asserted("ben")
# File → what stands in it, and what is planted instead.
DEMAND = {"demand_family.csv": ("MOWER,2026-01,450", "MOWER,2026-01,700")}
STOCK = {"inventory.csv": ("MOW-32-18V,DC-CENTRAL,46", "MOW-32-18V,DC-CENTRAL,5046")}
CAPACITY = {"capacity.csv": ("ASM-GARDEN,2026-01,2352", "ASM-GARDEN,2026-01,2")}
MEASURES = ("demand", "supply", "inventory_close")


@pytest.fixture
async def planner(database_url: str) -> AsyncIterator[Planner]:
    """A planner on a store of every kind."""
    async with open_planner(Settings(database_url=database_url)) as opened:
        yield opened


async def planned(planner: Planner, tmp_path: Path, version_id: str, *planted: Mapping[str, tuple[str, str]]) -> None:
    """Plan from the sample with these changes, each revision approved by Ben."""
    folder = Path(shutil.copytree(sample_directory(), tmp_path / version_id))
    for change in planted:
        for name, (before, after) in change.items():
            text = (folder / name).read_text(encoding="utf-8")
            assert before in text
            (folder / name).write_text(text.replace(before, after, 1), encoding="utf-8")
    done = await planner.inputs.import_files(label="weekly", directory=folder, actor=AYA)
    await planner.inputs.submit("weekly", actor=AYA)
    await planner.inputs.approve_reference(f"weekly@{done.number}", actor=BEN)
    await planner.plans.create(input_set="weekly", version_id=version_id, actor=AYA)


def amounts(found: PlanExplanation, measure: str) -> dict[str, float | None]:
    return {
        line["source"]: None if line["amounts"] is None else line["amounts"]["det"][measure]
        for line in explanation_fields(found)["lines"]
    }


async def test_planted_causes_are_found_and_add_up(planner: Planner, tmp_path: Path) -> None:
    await planned(planner, tmp_path, "v1")
    await planned(planner, tmp_path, "v2", DEMAND, STOCK, CAPACITY)
    await planner.plans.edit("v2", {"det:week=2026-W20,sku=MOW-32-18V:field=demand": 0.0}, actor=AYA)
    listed = await planner.runs.list(limit=500)

    found = await planner.plans.explain("v1", "v2", measures=MEASURES)

    demand, supply, stock = (amounts(found, name) for name in MEASURES)
    assert list(demand) == ["opening_inventory", "demand", "capacity", "overrides", "interaction"]
    assert (demand["demand"], demand["opening_inventory"], demand["capacity"], demand["interaction"]) == (250, 0, 0, 0)
    assert (demand["overrides"] or 0) < 0
    assert (supply["demand"], supply["overrides"]) == (250, 0)
    assert (supply["capacity"] or 0) < 0
    assert supply["interaction"]
    assert (stock["opening_inventory"] or 0) > 0
    for place, measure in enumerate(MEASURES):
        lines = [line.amounts["det"][place] for line in found.lines if line.amounts is not None]
        assert sum(lines) == found.difference["det"][place], measure
    stored = {level.level: level.totals for level in (await planner.plans.compare("v1", "v2")).levels}["det"]
    assert found.totals[0]["det"][1] == pytest.approx(stored[0][1])
    assert await planner.runs.list(limit=500) == listed


async def test_each_cause_alone_explains_everything(planner: Planner, tmp_path: Path) -> None:
    await planned(planner, tmp_path, "v1")
    for number, (planted, cause) in enumerate(
        ((DEMAND, "demand"), (STOCK, "opening_inventory"), (CAPACITY, "capacity")), start=2
    ):
        await planned(planner, tmp_path, f"v{number}", planted)
        found = await planner.plans.explain("v1", f"v{number}", measures=MEASURES)
        for measure in MEASURES:
            said = amounts(found, measure)
            assert list(said) == [cause, "interaction"]
            assert said["interaction"] == 0
    await planner.plans.copy("v1", "v5", actor=AYA)
    await planner.plans.edit("v5", {"agg:period=2026-01,family=MOWER:field=demand": 500.0}, actor=AYA)
    assert amounts(await planner.plans.explain("v1", "v5"), "demand") == {"overrides": 50.0, "interaction": 0.0}
    await planner.plans.create(input_set="weekly", version_id="v6", parameters={"round_mode": "dec1"}, actor=AYA)
    assert list(amounts(await planner.plans.explain("v4", "v6"), "demand")) == ["parameters", "interaction"]


async def test_a_registered_plan_is_explained_by_evidence(planner: Planner, tmp_path: Path) -> None:
    await planned(planner, tmp_path, "v1")
    request = RegisterRequest(actor=AYA, version_id="v2", input_set="weekly@1")
    await planner.plans.register(request, [*aggregate_rows(), *det_rows()])
    await planner.plans.edit("v2", {"det:week=2026-W01,sku=SKU0000:field=demand": 30.0}, actor=AYA)
    found = await planner.plans.explain("v1", "v2")
    said = amounts(found, "demand")
    assert found.by_evidence == ("v2 was not made by an engine here.",)
    assert said["overrides"] == 20.0
    assert said["unexplained"] == float(found.difference["det"][0]) - 20.0
