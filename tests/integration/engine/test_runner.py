from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import pytest

from planvault.adapters.engine.runner import SubprocessEngineRunner
from planvault.application.engine import EngineRunner, silent
from planvault.domain.errors import EngineError, InvalidRequestError, NotFoundError
from planvault.domain.inputs.content import InputContent
from planvault.domain.inputs.rows import BomLink, InventorySnapshot
from planvault.domain.plans.series import SeriesRow
from planvault.testing.engines import InlineEngineRunner
from tests.support.planning import planning_inputs

RUNNER = SubprocessEngineRunner()


@pytest.fixture
def third_party(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package beside planvault that offers an engine, found through sys.path alone."""
    shutil.copy(Path(__file__).with_name("third_party_engine.py"), tmp_path)
    about = tmp_path / "third_party_engine-7.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: third-party-engine\nVersion: 7\n", encoding="utf-8")
    (about / "entry_points.txt").write_text(
        "[planvault.engines]\nthird-party = third_party_engine:ThirdPartyEngine\nbroken = third_party_engine:Missing\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    sys.modules.pop("third_party_engine", None)


def many_inputs(skus: int = 400) -> InputContent:
    return planning_inputs(
        demand={("F1", "2025-01"): 40_000.0, ("F1", "2025-02"): 50_000.0},
        capacity=30_000.0,
        mix={("F1", f"SKU{number:04}"): 0.5 for number in range(skus)},
        bom_links=[BomLink(f"SKU{number:04}", "PART", 0.3) for number in range(skus)],
        inventory_snapshots=[InventorySnapshot("WH1", f"SKU{number:04}", 3.0) for number in range(skus)],
    )


async def taken(
    runner: EngineRunner, name: str, inputs: InputContent, parameters: dict[str, object]
) -> tuple[dict[str, list[SeriesRow]], object, list[str]]:
    stages: list[str] = []
    levels: dict[str, list[SeriesRow]] = {}
    async with runner.run(name, inputs, parameters, lambda stage, _: stages.append(stage)) as running:
        async for level, batches in running.levels():
            levels[level] = [row async for batch in batches for row in batch]
        return levels, running.headers, stages


async def run_third_party(do: str, **parameters: str) -> tuple[dict[str, list[SeriesRow]], object, list[str]]:
    return await taken(RUNNER, "third-party", planning_inputs(demand={}), {"do": do, **parameters})


def is_alive(pid: int) -> bool:
    """Whether the kernel still knows the process, other than as a zombie that waits for its parent."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state.rsplit(")", 1)[1].split()[0] != "Z"


def is_reaped(pid: int) -> bool:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return True
    return False


async def still_runs(pid: int) -> bool:
    """Whether the process is alive, after giving the kernel a moment to end it."""
    for _ in range(200):
        if not is_alive(pid):
            return False
        await asyncio.sleep(0.01)
    return True


def written(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


async def pids_in(file: Path) -> list[int]:
    for _ in range(1000):
        if text := written(file):
            return [int(pid) for pid in text.split()]
        await asyncio.sleep(0.01)
    raise AssertionError("the engine did not start")


async def test_a_worker_gives_what_the_engine_gives_in_process() -> None:
    inputs = many_inputs()
    _, parameters = RUNNER.describe("reference", {"cutover_date": "2025-02-10"}, inputs)

    theirs = await taken(RUNNER, "reference", inputs, parameters)
    ours = await taken(InlineEngineRunner(), "reference", inputs, parameters)

    assert theirs == ours
    assert len(ours[0]["mrp"]) > 2000


async def test_batches_that_are_not_taken_are_passed_over() -> None:
    inputs = many_inputs()

    async with RUNNER.run("reference", inputs, {}, silent) as running:
        names = [name async for name, _ in running.levels()]

    assert names == ["aggregate", "det", "mrp", "mrp_final", "weekly_summary"]


async def test_an_engine_error_is_carried_over() -> None:
    inputs = planning_inputs(demand={("F1", "2025-01"): 1}, bom_links=[BomLink("A", "B", 1), BomLink("B", "A", 1)])

    with pytest.raises(InvalidRequestError, match="runs in a loop") as failed:
        await taken(RUNNER, "reference", inputs, {})

    assert failed.value.remedy is not None
    assert "→" in str(failed.value.params["loop"])


async def test_a_refused_parameter_is_carried_over(third_party: Path) -> None:
    with pytest.raises(InvalidRequestError, match="do is refused"):
        await run_third_party("refuse")


async def test_an_engine_of_another_package_is_found_by_its_entry_point(third_party: Path) -> None:
    assert RUNNER.describe("third-party", {"do": "chat"}, planning_inputs(demand={})) == ("7", {"do": "chat"})

    with pytest.raises(EngineError, match="found no plan") as failed:
        await run_third_party("fail")

    assert failed.value.remedy == "Raise the capacity."
    assert failed.value.params == {"gap": "3"}


async def test_a_crash_is_an_engine_error_with_the_last_line_of_its_complaint(third_party: Path) -> None:
    with pytest.raises(EngineError, match="RuntimeError: the solver is out of luck"):
        await run_third_party("crash")

    assert (await run_third_party("chat"))[0] == {"det": []}


async def test_a_process_that_ends_without_a_word_is_an_engine_error(third_party: Path) -> None:
    with pytest.raises(EngineError, match="ended with code 3"):
        await run_third_party("die")


async def test_an_error_among_the_rows_is_carried_over(third_party: Path) -> None:
    with pytest.raises(EngineError, match="second row cannot be made"):
        await run_third_party("fail_late")


async def test_rows_that_are_none_are_an_engine_error(third_party: Path) -> None:
    with pytest.raises(EngineError, match="delivered a row that is none"):
        await run_third_party("wrong_rows")


async def test_an_engine_that_prints_does_no_harm(third_party: Path) -> None:
    levels, _, _ = await run_third_party("chat")

    assert levels == {"det": []}


async def test_an_engine_is_not_told_where_the_store_is(third_party: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "OPENAI_API_KEY", "PLANVAULT_TOKEN"):
        monkeypatch.setenv(name, "secret")

    _, headers, _ = await run_third_party("tell")

    assert headers == {"told": {"DATABASE_URL": None, "OPENAI_API_KEY": None, "PLANVAULT_TOKEN": None}}


async def test_an_engine_that_nobody_offers_does_not_exist() -> None:
    with pytest.raises(NotFoundError, match="no engine nowhere"):
        await taken(RUNNER, "nowhere", planning_inputs(demand={}), {})
    with pytest.raises(NotFoundError, match="no engine nowhere"):
        RUNNER.describe("nowhere", {}, planning_inputs(demand={}))


async def test_an_engine_that_cannot_be_loaded_is_an_engine_error(third_party: Path) -> None:
    with pytest.raises(EngineError, match="broken cannot be loaded"):
        RUNNER.describe("broken", {}, planning_inputs(demand={}))


async def test_cancelling_kills_the_worker_and_what_it_started(third_party: Path) -> None:
    pids = third_party / "pids"
    running = asyncio.create_task(run_third_party("hang", pids=str(pids)))
    started = await pids_in(pids)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert len(started) == 2
    assert not [pid for pid in started if await still_runs(pid)]
    assert is_reaped(started[0])


async def test_leaving_early_kills_the_worker(third_party: Path) -> None:
    pids = third_party / "pids"
    parameters = {"do": "pour", "pids": str(pids)}

    async with RUNNER.run("third-party", planning_inputs(demand={}), parameters, silent) as running:
        async for _, batches in running.levels():
            first = await anext(batches)
            break

    (worker,) = await pids_in(pids)
    assert first[0].item_key == "000000000001"
    assert not await still_runs(worker)


async def test_a_worker_ends_when_its_runner_is_gone(third_party: Path) -> None:
    pids = third_party / "pids"
    script = f"""
        import asyncio, sys
        sys.path[:] = {sys.path!r}
        from planvault.adapters.engine.runner import SubprocessEngineRunner
        from planvault.application.engine import silent
        from tests.support.planning import planning_inputs

        async def main():
            parameters = {{"do": "hang", "pids": {str(pids)!r}}}
            async with SubprocessEngineRunner().run("third-party", planning_inputs(demand={{}}), parameters, silent):
                pass

        asyncio.run(main())
    """
    runner = await asyncio.create_subprocess_exec(sys.executable, "-c", dedent(script))
    worker, orphan = await pids_in(pids)

    runner.kill()
    await runner.wait()

    assert not await still_runs(worker)
    with suppress(ProcessLookupError):
        os.kill(orphan, 9)
