"""The pages against the code: nothing public undocumented, nothing documented that is not there."""

from __future__ import annotations

import ast
import asyncio
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from planvault.adapters.cli.main import cli
from planvault.adapters.engine.parameters import Parameters
from planvault.adapters.exchange.samples import sample_directory
from planvault.adapters.prometheus.telemetry import PrometheusTelemetry
from planvault.adapters.sql.tables import METADATA
from planvault.application.engine import Engine
from planvault.domain.access.policy import ApprovalPolicy
from planvault.domain.inputs.approval import signed
from planvault.domain.inputs.content import InputContent
from planvault.domain.inputs.rows import FamilyDemand
from planvault.domain.plans.approval import signed as signed_plan
from planvault.domain.plans.digests import PlanContent, SeriesDigester, kpi_digest, payload_digest, row_digests
from planvault.domain.plans.kpis import base_kpis
from planvault.domain.plans.series import SeriesRow
from planvault.domain.shared.events import EventDraft, Head, checkpoint, genesis_hash, sealed
from planvault.domain.shared.ids import VersionId
from planvault.infrastructure.settings import Settings, variable_of
from planvault.testing.builders import AYA, BEN
from planvault.testing.clocks import NOON

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
FENCE = re.compile(r"^```([a-z]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"(?:^|\$\()(planvault [^$)|#\n]+)", re.MULTILINE)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def fences(path: Path, language: str) -> list[str]:
    return [body for kind, body in FENCE.findall(path.read_text(encoding="utf-8")) if kind == language]


def execute(code: str, names: dict[str, Any]) -> None:
    exec(compile(code, "example", "exec"), names)  # noqa: S102 (the code of our own pages)


def cells(line: str) -> list[str]:
    return [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]


def table_rows(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if line.startswith("| `"):
            yield cells(line)


# Reference pages ------------------------------------------------------------------------------------------------------


def test_the_settings_page_has_every_setting_with_its_default() -> None:
    told = {row[0]: (row[1], row[2]) for row in table_rows(page("reference/settings.md"))}
    known = {
        variable_of(name): (name, "not set" if field.default is None else str(field.default))
        for name, field in Settings.model_fields.items()
    }
    assert told == known


def test_the_metrics_page_has_every_metric_with_its_type_and_labels() -> None:
    told = {row[0]: (row[1], row[2].replace("`", "")) for row in table_rows(page("reference/metrics.md"))}
    known = {}
    for collector in PrometheusTelemetry().registry._collector_to_names:
        metric: Any = collector
        suffix = "_total" if metric._type == "counter" else ""
        known[metric._name + suffix] = (metric._type, ", ".join(metric._labelnames))
    assert told == known


def test_the_alerts_ask_for_metrics_and_labels_that_there_are() -> None:
    known = {row[0]: row[2] for row in table_rows(page("reference/metrics.md"))}
    asked = [
        found
        for path in (DOCS / "monitoring").glob("*.yml")
        for found in re.findall(r"increase\((\w+)\{(\w+)=", path.read_text(encoding="utf-8"))
    ]
    assert asked
    assert [name for name, label in asked if label not in known.get(name, "")] == []
    rules = "".join(path.read_text(encoding="utf-8") for path in (DOCS / "monitoring").glob("*.yml"))
    expressions = " ".join(re.findall(r"expr:(.*?)(?:for|labels|- alert):", rules, flags=re.DOTALL))
    named = set(re.findall(r"\b(?:plan|planvault|jobs|run|input_set)_\w+", expressions))
    recorded = set(re.findall(r"record: job:(\w+)", rules))
    assert {name.removesuffix("_bucket") for name in named - recorded} <= known.keys()


def test_the_schema_page_has_every_table_with_its_columns_in_order() -> None:
    tables, _, _ = page("reference/schema.md").partition("\n## What differs")
    sections = re.split(r"^### `([a-z_]+)`$", tables, flags=re.MULTILINE)[1:]
    told = {
        table: [row[0] for row in table_rows(body)] for table, body in zip(sections[::2], sections[1::2], strict=True)
    }
    known = {table.name: [column.name for column in table.columns] for table in METADATA.tables.values()}
    assert told == known


def test_the_diagram_has_every_table() -> None:
    (diagram,) = [body for kind, body in FENCE.findall(page("reference/schema.md")) if kind == "mermaid"]
    assert sorted(name for name in METADATA.tables if not re.search(rf"\b{name}\b", diagram)) == []


def test_the_engine_page_has_every_parameter() -> None:
    text = page("reference/engine.md")
    assert sorted(name for name in Parameters().as_dict() if f"`{name}`" not in text) == []


def test_the_digests_page_computes_what_planvault_computes() -> None:
    (code,) = fences(DOCS / "reference" / "digests.md", "python")
    said: dict[str, Any] = {}
    execute(code, said)

    row = SeriesRow("aggregate", "month", "2026-01", "F1", demand=100.0, supply=80.0, backlog=20.0, capacity_used=80.0)
    digester = SeriesDigester(VersionId("v1"), "aggregate")
    digester.take([row])
    series, kpis = digester.close(), base_kpis([row])
    content = InputContent.of({"family_demands": [FamilyDemand("F1", "2026-01", 100.0)]})
    payload = payload_digest([series], kpis)
    plan = PlanContent(
        payload_digest=payload,
        input_content_hash=content.content_hash,
        engine_name="reference",
        engine_version="1.0",
        engine_parameters={"round_mode": "int"},
    ).digest
    draft = EventDraft(stream="plan/v1", action="create", subject="plan/v1", actor=AYA)
    event = sealed(draft, head=None, position=7, at=NOON)
    head = Head(stream="plan/v1", sequence=1, hash=event.hash)
    computed = {
        "row": next(row_digests([row])).hex(),
        "bucket": digester.buckets[0].digest.hex(),
        "level": series.digest.hex(),
        "kpi": kpi_digest(kpis).hex(),
        "payload": payload,
        "content_hash": content.content_hash,
        "plan": plan,
        "signature": signed(
            "weekly", 1, 4, content.content_hash, actor=BEN, policy=ApprovalPolicy(), at=NOON, comment=None
        ).signature,
        "plan_signature": signed_plan(
            "v1",
            plan,
            label="weekly",
            config_version_id=1,
            actor=BEN,
            policy=ApprovalPolicy(),
            at=NOON,
            comment=None,
        ).signature,
        "genesis": genesis_hash("plan/v1"),
        "event_hash": event.hash,
        "checkpoint": checkpoint([head], None, position=7, at=NOON, reason="by hand").hash,
    }

    told = {row[0]: row[2] for row in table_rows(page("reference/digests.md").split("| Variable |")[1])}
    example = {name: value if isinstance(value := said[name], str) else value.hex() for name in computed}
    assert example == computed
    assert told == computed


# Links and decisions --------------------------------------------------------------------------------------------------


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text(encoding="utf-8")), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_link_leads_somewhere(path: Path) -> None:
    broken = []
    for target in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors(there)):
            broken.append(target)
    assert broken == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen, ahead = set(), [ROOT / "README.md"]
    while ahead:
        path = ahead.pop()
        seen.add(path)
        links = (path.parent / target.partition("#")[0] for target in LINK.findall(path.read_text(encoding="utf-8")))
        ahead += [there for link in links if (there := link.resolve()) in PAGES and there not in seen]
    hidden = {name_of(path) for path in PAGES} - {name_of(path) for path in seen}
    assert hidden <= {"docs/index.md"}  # where somebody begins who does not come from the README


def test_every_decision_is_in_the_index_under_its_title() -> None:
    decisions = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    expected = []
    for number, path in enumerate(decisions, start=1):
        text = path.read_text(encoding="utf-8")
        title = text.splitlines()[0].removeprefix(f"# {number}. ")
        assert path.name.startswith(f"{number:04d}-")
        assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == [
            "Context",
            "Decision",
            "Consequences",
            "Alternatives",
        ]
        expected.append((str(number), f"[{title}]({path.name})"))
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", page("decisions/index.md"), flags=re.MULTILINE)
    assert rows == expected


# Examples -------------------------------------------------------------------------------------------------------------


def test_every_python_example_compiles() -> None:
    examples = [(path, code) for path in PAGES for code in fences(path, "python")]
    assert len(examples) > 10
    for path, code in examples:
        compile(code, name_of(path), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def test_the_tutorials_program_makes_the_plan_that_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (code,) = fences(DOCS / "tutorial" / "first-plan.md", "python")

    execute(code, {"__name__": "__main__"})

    printed = capsys.readouterr().out.splitlines()
    assert "demand_total 440.0 units" in printed
    assert "backlog_total 30.0 units" in printed
    assert printed[-1].startswith("2026-02 SAW 90.0 79.0")


def test_the_snippet_of_the_readme_plans(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (code,) = fences(ROOT / "README.md", "python")
    said: dict[str, Any] = {"__name__": "readme"}
    execute(code, said)

    version_id = asyncio.run(said["plan_the_week"](str(sample_directory())))

    assert re.fullmatch(r"v\d{8}-1", version_id)
    assert capsys.readouterr().out.startswith("2026-W01 ")


async def test_the_engine_of_the_howto_runs() -> None:
    said: dict[str, Any] = {"__name__": "howto"}
    for code in fences(DOCS / "howto" / "write-an-engine.md", "python"):
        execute(code, said)
    engine: Engine = said["GenerousEngine"]()

    assert await said["levels_of"](engine) == {"aggregate": 2}


# Command lines --------------------------------------------------------------------------------------------------------


def command_lines() -> list[tuple[str, str]]:
    shell = [(name_of(path), body) for path in PAGES for body in fences(path, "sh")]
    prose = [
        (name_of(path), text) for path in PAGES for text in re.findall(r"`(planvault [a-z][^`]*[^`1])`", plain(path))
    ]  # tags of digests end in 1
    return [(where, line.strip()) for where, body in [*shell, *prose] for line in COMMAND.findall(body)]


def plain(path: Path) -> str:
    return FENCE.sub("", path.read_text(encoding="utf-8"))


def fault_of(line: str) -> str | None:
    command: click.Command = cli
    words = shlex.split(line)[1:]
    context = click.Context(cli, info_name="planvault")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        if found is None:
            return f"no command {words[0]}"
        command, words = found, words[1:]
    options = {name for parameter in [*command.params, *cli.params] for name in parameter.opts}
    unknown = [word for word in words if word.startswith("-") and word.split("=")[0] not in options]
    return f"no option {unknown[0]}" if unknown else None


def test_every_command_line_that_is_shown_exists() -> None:
    lines = command_lines()
    assert len(lines) > 15
    faults = [(where, line, fault) for where, line in lines if (fault := fault_of(line)) is not None]
    assert faults == []


def test_every_make_target_that_is_shown_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    shown = {
        target
        for path in PAGES
        for target in re.findall(r"(?:^|`)make ([a-z]+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    }
    assert {"demo", "test", "bench"} <= shown
    assert sorted(shown - targets) == []
