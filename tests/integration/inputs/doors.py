"""The doors of a store: the facade, HTTP and the command line, each trying the same steps."""

from __future__ import annotations

import asyncio
import io
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx

from planvault import Actor, Planner, RegisterRequest, Role
from planvault.application.exchange import NamedStream
from planvault.domain.errors import PlanvaultError
from planvault.testing.builders import aggregate_rows, an_actor
from tests.integration.api.driving import ROWS, SETS, files_of
from tests.integration.cli.conftest import run

from .model import REQUIRED, ROLES, Step

WRONG = "f" * 64
_ROW = "level,time_bucket_type,time_bucket_key,item_key,demand\naggregate,month,2026-01,F1,1\n"
_PLANS = itertools.count(1)


def demand(content: int) -> str:
    """The file of a content: its demand is its number."""
    return f"family,period,demand\nF1,2026-01,{content}\n"


def planned_from(label: str, step: Step) -> str:
    """What a plan says it was made from: the label, or a revision by its number."""
    return label if step.number is None else f"{label}@{step.number}"


def actor(name: str) -> Actor:
    """The actor as a host verified it."""
    return an_actor(name, *(Role(role) for role in ROLES[name]))


class Door(Protocol):
    """A way in."""

    async def tries(self, label: str, step: Step, content_hash: str | None) -> bool:
        """Whether it was done; ``content_hash`` is the one of the revision that the step is about."""
        ...


@dataclass
class Facade:
    """The library itself."""

    planner: Planner

    async def tries(self, label: str, step: Step, content_hash: str | None) -> bool:
        try:
            await self._do(label, step, content_hash)
        except PlanvaultError:
            return False
        return True

    async def _do(self, label: str, step: Step, content_hash: str | None) -> object:
        inputs, who = self.planner.inputs, actor(step.actor)
        number = step.number or 1
        match step.verb:
            case "import":
                text = demand(step.content).encode()
                file = NamedStream(name="demand_family.csv", open=lambda: io.BytesIO(text))
                return await inputs.import_files(label=label, actor=who, files=[file], config_version_id=1)
            case "submit":
                return await inputs.submit(f"{label}@{number}", actor=who)
            case "approve":
                seen = (content_hash or WRONG) if step.right else WRONG
                return await inputs.approve(label, revision=number, content_hash=seen, actor=who)
            case "reject":
                return await inputs.reject(f"{label}@{number}", comment="no", actor=who)
            case "plan":
                request = RegisterRequest(
                    actor=who, version_id=f"plan-{next(_PLANS)}", input_set=planned_from(label, step)
                )
                return await self.planner.plans.register(request, aggregate_rows())
            case verb:
                return await getattr(inputs, verb)(label, actor=who)


@dataclass
class Http:
    """The routes, by tokens."""

    client: httpx.AsyncClient
    tokens: Mapping[str, str]

    async def tries(self, label: str, step: Step, content_hash: str | None) -> bool:
        headers = {"Authorization": f"Bearer {self.tokens[step.actor]}"}
        answer = await self._sent(label, step, content_hash, headers)
        assert answer.status_code < 500, answer.text
        return answer.is_success

    async def _sent(self, label: str, step: Step, content_hash: str | None, headers: dict[str, str]) -> httpx.Response:
        one, number = f"{SETS}/{label}", step.number or 1
        bodies: dict[str, dict[str, Any]] = {
            "submit": {"revision": number},
            "approve": {"revision": number, "content_hash": (content_hash or WRONG) if step.right else WRONG},
            "reject": {"revision": number, "comment": "no"},
        }
        if step.verb == "import":
            files = files_of({"demand_family.csv": demand(step.content)})
            data = {"label": label, "config_version_id": "1"}
            return await self.client.post(SETS, data=data, files=files, headers=headers)
        if step.verb == "delete":
            return await self.client.delete(one, headers=headers)
        if step.verb == "plan":
            body = {"version_id": f"plan-{next(_PLANS)}", "input_set": planned_from(label, step), "rows": ROWS}
            return await self.client.post("/plans", json=body, headers=headers)
        return await self.client.post(f"{one}/{step.verb}", json=bodies.get(step.verb, {}), headers=headers)


@dataclass
class CommandLine:
    """The commands, by tokens in the environment."""

    url: str
    folder: Path
    tokens: Mapping[str, str]

    async def tries(self, label: str, step: Step, content_hash: str | None) -> bool:
        words = self._words(label, step, content_hash)
        environment = {
            "PLANVAULT_TOKEN": self.tokens[step.actor],
            "DATABASE_URL": self.url,
            "PLANVAULT_APPROVALS_REQUIRED": str(REQUIRED),
        }
        result = await asyncio.to_thread(lambda: run(*words, **environment))
        assert "Traceback" not in result.output
        return result.exit_code == 0

    def _words(self, label: str, step: Step, content_hash: str | None) -> list[str]:
        reference = f"{label}@{step.number or 1}"
        if step.verb == "import":
            (self.folder / "demand_family.csv").write_text(demand(step.content), encoding="utf-8")
            return ["inputs", "import", "-i", str(self.folder), "--label", label, "--config", "1"]
        if step.verb == "plan":
            file = self.folder.parent / "rows.csv"
            file.write_text(_ROW, encoding="utf-8")
            version_id, made_from = f"plan-{next(_PLANS)}", planned_from(label, step)
            return ["plans", "register", str(file), "--version-id", version_id, "--input-set", made_from]
        seen = content_hash if step.right else WRONG
        words = {
            "submit": [reference],
            "approve": [reference, *(["--content-hash", seen] if seen else [])],
            "reject": [reference, "--comment", "no"],
            "delete": [label, "--yes"],
        }
        return ["inputs", step.verb, *words.get(step.verb, [label])]
