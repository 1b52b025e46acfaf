"""There is no side door: whatever anybody tries by the facade, HTTP and the command line, on every store, only what
enough others than its authors approved becomes live, and only that is planned from.

Random histories are predicted by a model of the rules (``model.py``) and then looked at by a witness that reads the
tables with SQL of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from planvault import Planner, Role, Settings, open_planner
from planvault.domain.errors import NotFoundError
from planvault.testing.builders import an_actor
from planvault.testing.stores import sql_database
from tests.integration.api.driving import client_of

from .doors import CommandLine, Door, Facade, Http
from .model import REQUIRED, ROLES, Label, Step

ADMIN = an_actor("ada", Role.ADMIN, Role.PLANNER)
_LABELS = itertools.count(1)

numbers = st.none() | st.none() | st.none() | st.integers(1, 4)
anybody = st.sampled_from(sorted(ROLES))
approvers = st.sampled_from(["ben", "dora", "cleo"])
planners = st.sampled_from(["aya", "cleo"])
imports = st.builds(Step, verb=st.just("import"), actor=planners, content=st.integers(1, 3))
submits = st.builds(Step, verb=st.just("submit"), actor=planners, number=numbers)
approvals = st.builds(
    Step, verb=st.just("approve"), actor=approvers, number=numbers, right=st.sampled_from([True] * 7 + [False])
)
others = st.builds(
    Step,
    verb=st.sampled_from(
        ["submit", "approve", "reject", "revert", "revert", "archive", "restore", "delete", "plan", "plan"]
    ),
    actor=anybody,
    number=numbers,
)
# Random steps alone hardly ever come to an approval, so most of a history is the way there.
ways = st.tuples(imports, submits, approvals, approvals, others).map(list)
histories = st.lists(ways | st.lists(others, min_size=1, max_size=2), min_size=2, max_size=5).map(
    lambda parts: list(itertools.chain(*parts))
)


@dataclass
class House:
    """A store with its doors."""

    planner: Planner
    url: str
    doors: Sequence[Door]
    turn: itertools.cycle[Door] = field(init=False)

    def __post_init__(self) -> None:
        self.turn = itertools.cycle(self.doors)

    async def hash_of(self, label: str, number: int | None) -> str | None:
        try:
            return (await self.planner.inputs.get(label)).revision(number or 0).content_hash
        except NotFoundError:
            return None

    async def live(self, label: str) -> int | None:
        try:
            return (await self.planner.inputs.get(label)).live
        except NotFoundError:
            return None


@asynccontextmanager
async def house(url: str, folder: Path) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        chosen = Settings(database_url=url, approvals_required=REQUIRED, cache_dir=folder / "cache")
        planner = await stack.enter_async_context(open_planner(chosen))
        await planner.configs.create("default", actor=ADMIN)
        tokens: Mapping[str, str] = {
            name: (await planner.tokens.create(name, [Role(role) for role in roles], actor=ADMIN))[1]
            for name, roles in [("ada", {"admin"}), *ROLES.items()]
        }
        client = await stack.enter_async_context(client_of(planner))
        doors: list[Door] = [Facade(planner), Http(client, tokens)]
        if url != "memory://":
            inputs = folder / "inputs"
            inputs.mkdir()
            doors.append(CommandLine(url, inputs, tokens))
        yield House(planner, url, doors)


async def live_by_sql(url: str, label: str) -> list[tuple[int, float, int]]:
    """What is live, read beside planvault: number, demand, and how many gave an approval who wrote none of it."""
    async with sql_database(url, migrated=True) as database:
        schema = "" if database.dialect.schema is None else "planvault."
        sql = (
            "SELECT r.number, d.demand, (SELECT count(DISTINCT a.actor_key) FROM {0}planning_approvals a "
            "WHERE a.label_key = r.label_key AND a.generation = r.generation AND a.number = r.number "
            "AND r.authors_json NOT LIKE '%\"' || a.actor || '\"%') "
            "FROM {0}planning_input_sets s "
            "JOIN {0}planning_input_revisions r "
            "ON r.label_key = s.label_key AND r.generation = s.generation AND r.number = s.live "
            "JOIN {0}planning_input_contents c ON c.content_hash = r.content_hash "
            "JOIN {0}planning_family_demands d ON d.content_id = c.content_id "
            f"WHERE s.label_key = '{label}'"
        ).replace("{0}", schema)
        async with database.dialect.connect(read_only=True) as connection:
            rows: Sequence[Any] = (await connection.exec_driver_sql(sql)).fetchall()
        return [(int(number), float(demand), int(approvers)) for number, demand, approvers in rows]


async def told(there: House, label: str, model: Label, steps: Sequence[Step]) -> None:
    """Let a history happen, each step by the next door, and hold every answer against the model."""
    for step in steps:
        number = model.candidate if step.number is None and step.verb != "plan" else step.number
        asked = Step(step.verb, step.actor, step.content, number, step.right)
        seen = await there.hash_of(label, number)
        door = next(there.turn)
        expected = model.allows(step)
        done = await door.tries(label, asked, seen)
        assert done == expected, (type(door).__name__, asked, model)
        assert await there.live(label) == model.live, (type(door).__name__, asked, model)


@pytest.fixture
async def there(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house(database_url, tmp_path) as opened:
        yield opened


@settings(
    max_examples=12,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=histories)
async def test_only_what_enough_others_approved_is_ever_live_and_planned_from(there: House, steps: list[Step]) -> None:
    label, model = f"set{next(_LABELS)}", Label()
    await told(there, label, model, steps)
    if there.url != "memory://":
        found = await live_by_sql(there.url, label)
        if model.live is None:
            assert found == []
        else:
            ((number, demand, approvers),) = found
            assert (number, demand) == (model.live, model.revisions[model.live].content)
            # Somebody may bring the same content again after it went live, and becomes an author of it.
            assert approvers >= REQUIRED - len(model.revisions[model.live].authors & set(ROLES))
    verdict = await there.planner.audit.verify()
    assert verdict.clean, verdict.finding


async def test_the_whole_way_is_open_by_every_door(there: House) -> None:
    """The property above would hold of a store that refuses everything."""
    way = [
        Step("import", "aya"),
        Step("submit", "aya"),
        Step("approve", "aya"),
        Step("approve", "ben", right=False),
        Step("approve", "ben"),
        Step("plan", "aya"),
        Step("approve", "ben"),
        Step("approve", "dora"),
        Step("plan", "vera"),
        Step("plan", "aya", number=1),
        Step("plan", "aya", number=2),
        Step("plan", "aya"),
        Step("import", "cleo", content=2),
        Step("revert", "ben"),
        Step("submit", "cleo"),
        Step("approve", "cleo"),
        Step("reject", "vera"),
        Step("reject", "ben"),
        Step("delete", "olga"),
        Step("plan", "aya", number=2),
        Step("archive", "dora"),
        Step("plan", "aya"),
        Step("import", "aya", content=3),
        Step("restore", "dora"),
        Step("revert", "ben"),
    ]
    for door in there.doors:
        there.turn = itertools.cycle([door])
        await told(there, f"set{next(_LABELS)}", Label(), way)
