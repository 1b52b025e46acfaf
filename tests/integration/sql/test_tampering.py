"""Somebody with the database's password changes the ledger on real databases, triggers dropped first."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from planvault import Planner, Settings, open_planner
from planvault.adapters.exchange.samples import sample_directory
from planvault.application.exchange import NamedStream
from planvault.domain.audit.evidence import head_of_checkpoint
from planvault.domain.audit.verdict import AuditVerdict, Rule
from planvault.domain.errors import IntegrityError, StorageError
from planvault.domain.shared.events import Checkpoint, Event, Head, checkpoint
from planvault.testing.builders import AYA, BEN
from planvault.testing.stores import sql_database, sqlite_url

LABEL = "input_set/weekly/1"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "plans.db")
    found: str = request.getfixturevalue("postgres_url")
    return found


async def filled(url: str) -> Head:
    """A ledger of seven events in four streams with two checkpoints; the newest checkpoint, written down elsewhere."""
    async with open_planner(Settings(database_url=url)) as planner:
        await planner.inputs.import_files(label="weekly", actor=AYA, directory=sample_directory())  # 1 config, 2
        await planner.inputs.submit("weekly", actor=AYA)  # 3
        await planner.configs.create("spare", actor=AYA)  # 4
        await planner.inputs.approve_reference("weekly@1", actor=BEN)  # 5, checkpoint 1
        taken = await planner.audit.checkpoint(actor=AYA)  # 6, checkpoint 2
        await planner.configs.create("later", actor=AYA)  # 7
    return head_of_checkpoint(taken)


async def tampered(url: str, *statements: str) -> None:
    """Run statements on the tables, ``{}`` before a table's name, after getting rid of the triggers."""
    async with sql_database(url, migrated=True) as database:
        schema = "" if database.dialect.schema is None else "planvault."
        tables = ("events", "event_checkpoints")
        if schema:
            off = [f"ALTER TABLE planvault.{table} DISABLE TRIGGER USER" for table in tables]
        else:
            off = [f"DROP TRIGGER {table}_refuse_{verb}" for table in tables for verb in ("update", "delete")]
        async with database.dialect.connect(read_only=False) as connection:
            for statement in (*off, *(re.sub(r"\{\}", schema, statement) for statement in statements)):
                await connection.exec_driver_sql(statement)
            await database.dialect.commit(connection)


async def verdict_on(url: str, *expected: Head) -> AuditVerdict:
    async with open_planner(Settings(database_url=url)) as planner:
        return await planner.audit.verify(expected=expected)


async def found(url: str, *expected: Head) -> tuple[Any, ...]:
    finding = (await verdict_on(url, *expected)).finding
    assert finding is not None
    return finding.rule, finding.stream, finding.sequence, finding.position


async def test_the_ledger_of_a_store_at_work_is_clean(url: str) -> None:
    kept = await filled(url)

    async def work(planner: Planner, number: int) -> None:
        await planner.configs.create(f"config {number}", actor=AYA)
        await planner.audit.checkpoint(actor=AYA)

    async with open_planner(Settings(database_url=url)) as planner:
        await asyncio.gather(*(work(planner, number) for number in range(8)))
        verdict = await planner.audit.verify(expected=[kept])
    assert verdict.finding is None
    assert (verdict.event_count, verdict.checkpoint_count, verdict.expected_held) == (7 + 16, 2 + 8, 1)


@pytest.mark.parametrize(
    ("statements", "finding"),
    [
        (["UPDATE {}events SET actor = 'mallory' WHERE position = 3"], (Rule.HASH, LABEL, 2, 3)),
        (["UPDATE {}events SET comment = 'fine' WHERE position = 5"], (Rule.HASH, LABEL, 3, 5)),
        (["DELETE FROM {}events WHERE position = 3"], (Rule.MISSING, LABEL, 2, 3)),
        (["DELETE FROM {}events WHERE position = 7"], (Rule.HEAD, "config/3", 1, 7)),
        (["DELETE FROM {}events WHERE stream = 'input_set/weekly/1'"], (Rule.MISSING, LABEL, 1, 2)),
        (
            ["DELETE FROM {}events WHERE stream = 'config/2'", "DELETE FROM {}event_heads WHERE stream = 'config/2'"],
            (Rule.MISSING, None, None, 4),
        ),
        (
            ["DELETE FROM {}events WHERE stream = 'config/3'", "DELETE FROM {}event_heads WHERE stream = 'config/3'"],
            (Rule.COUNTER, None, None, 7),
        ),
        (
            [
                "UPDATE {}events SET position = -3 WHERE position = 3",
                "UPDATE {}events SET position = 3 WHERE position = 4",
                "UPDATE {}events SET position = 4 WHERE position = -3",
            ],
            (Rule.HASH, "config/2", 1, 3),
        ),
        (["UPDATE {}event_heads SET hash = '" + "0" * 64 + "' WHERE stream = 'audit'"], (Rule.HEAD, "audit", 1, None)),
        (["DELETE FROM {}event_heads WHERE stream = 'audit'"], (Rule.HEAD, "audit", 1, None)),
    ],
)
async def test_what_was_done_to_events_is_named(url: str, statements: list[str], finding: tuple[Any, ...]) -> None:
    await filled(url)
    await tampered(url, *statements)
    assert await found(url) == finding


@pytest.mark.parametrize(
    ("statement", "rule", "number"),
    [
        ("UPDATE {}event_checkpoints SET reason = 'another' WHERE number = 1", Rule.CHECKPOINT_HASH, 1),
        ("UPDATE {}event_checkpoints SET position = 4 WHERE number = 1", Rule.CHECKPOINT_HASH, 1),
        ("UPDATE {}event_checkpoints SET stream_count = 9 WHERE number = 2", Rule.CHECKPOINT_HASH, 2),
        (
            "UPDATE {}event_checkpoints SET previous_hash = '" + "0" * 64 + "' WHERE number = 2",
            Rule.CHECKPOINT_LINK,
            2,
        ),
        ("DELETE FROM {}event_checkpoints WHERE number = 1", Rule.CHECKPOINT_MISSING, 1),
    ],
)
async def test_what_was_done_to_checkpoints_is_named(url: str, statement: str, rule: Rule, number: int) -> None:
    await filled(url)
    await tampered(url, statement)
    finding = (await verdict_on(url)).finding
    assert finding is not None
    assert (finding.rule, finding.checkpoint) == (rule, number)


# What was approved is swapped, beside the chain -----------------------------------------------------------------------

OTHER = "(SELECT content_hash FROM {}planning_input_revisions WHERE label_key = 'weekly' AND number = 2)"
SWAPPED = f"UPDATE {{}}planning_input_revisions SET content_hash = {OTHER} WHERE label_key = 'weekly' AND number = 1"
MADE_LIVE = "UPDATE {}planning_input_sets SET live = 2, candidate = NULL WHERE label_key = 'weekly'"
UNAPPROVED = "DELETE FROM {}planning_approvals"
FORGED = (
    "INSERT INTO {}planning_approvals SELECT label_key, generation, 2, sequence, actor, actor_key, verification, "
    "approved_at, comment, approvals_required, allow_self_approval, signature FROM {}planning_approvals"
)


async def with_a_draft(url: str) -> None:
    """weekly@1 live, and weekly@2 a draft with another demand that nobody approved."""
    await filled(url)
    async with open_planner(Settings(database_url=url)) as planner:
        row = "family,period,demand\nF1,2026-01,999\n"
        await planner.inputs.import_files(
            label="weekly",
            actor=AYA,
            apply_mode="merge",
            files=[NamedStream(name="demand_family.csv", open=lambda: io.BytesIO(row.encode()))],
        )


@pytest.mark.parametrize(
    ("statements", "message", "planned"),
    [
        ([SWAPPED], r"weekly@1 is not what ben approved", IntegrityError),
        ([UNAPPROVED], r"An approval of weekly@1 that an event tells of is gone", IntegrityError),
        ([MADE_LIVE], r"weekly@2 is live, but by its events weekly@1 is", IntegrityError),
        ([FORGED, MADE_LIVE], r"weekly@2 is live, but by its events weekly@1 is", IntegrityError),
        ([FORGED], r"No event tells of the approval of weekly@2 by ben", None),
    ],
    ids=["another content", "no approval", "a draft made live", "a draft with an approval", "an approval nobody gave"],
)
async def test_nothing_is_planned_from_what_was_swapped_and_the_audit_says_so(
    url: str, statements: list[str], message: str, planned: type[Exception] | None
) -> None:
    await with_a_draft(url)
    assert (await verdict_on(url)).clean
    await tampered(url, *statements)
    finding = (await verdict_on(url)).finding
    assert finding is not None
    assert (finding.rule, finding.stream) == (Rule.APPROVAL, LABEL)
    assert re.search(message, finding.message)
    assert finding.place == LABEL
    if planned is None:
        return
    async with open_planner(Settings(database_url=url)) as planner:
        with pytest.raises(planned, match="is not what was approved"):
            await planner.plans.create(input_set="weekly", actor=AYA)
        assert not (await planner.plans.list()).items


async def test_a_tail_cut_off_with_heads_counter_and_checkpoint_shows_against_a_head_kept_elsewhere(url: str) -> None:
    kept = await filled(url)
    await tampered(
        url,
        "DELETE FROM {}events WHERE position > 5",
        "DELETE FROM {}event_heads WHERE stream IN ('audit', 'config/3')",
        "DELETE FROM {}event_checkpoints WHERE number = 2",
        "UPDATE {}counters SET value = 5 WHERE name = 'events'",
    )
    assert (await verdict_on(url)).clean
    finding = (await verdict_on(url, kept)).finding
    assert finding is not None
    assert (finding.rule, finding.checkpoint) == (Rule.EXPECTED_HEAD, 2)
    assert await found(url, Head(stream="config/3", sequence=1, hash="a" * 64)) == (
        Rule.EXPECTED_HEAD,
        "config/3",
        1,
        None,
    )


async def test_a_chain_written_anew_shows_only_against_a_head_kept_elsewhere(url: str) -> None:
    kept = await filled(url)
    async with open_planner(Settings(database_url=url)) as planner:
        events = list((await planner.audit.events()).items)
        checkpoints = list((await planner.audit.checkpoints()).items)
    await tampered(url, *_written_anew(events, checkpoints))

    assert (await verdict_on(url)).clean
    finding = (await verdict_on(url, kept)).finding
    assert finding is not None
    assert (finding.rule, finding.checkpoint) == (Rule.EXPECTED_HEAD, 2)


def _written_anew(events: Sequence[Event], checkpoints: Sequence[Checkpoint]) -> list[str]:
    """Statements after which mallory submitted, and every hash, head and checkpoint fits."""
    statements: list[str] = []
    heads: dict[str, Head] = {}
    previous: Checkpoint | None = None
    for event in events:
        before = heads[event.stream].hash if event.stream in heads else event.previous_hash
        forged = replace(event, previous_hash=before, actor="mallory" if event.action == "submit" else event.actor)
        forged = replace(forged, hash=forged.recomputed_hash())
        heads[event.stream] = Head(stream=event.stream, sequence=event.sequence, hash=forged.hash)
        statements += [
            (
                f"UPDATE {{}}events SET actor = '{forged.actor}', previous_hash = '{before}', hash = '{forged.hash}' "
                f"WHERE position = {event.position}"
            ),
            f"UPDATE {{}}event_heads SET hash = '{forged.hash}' WHERE stream = '{event.stream}'",
        ]
        for taken in checkpoints:
            if taken.position == event.position:
                previous = checkpoint(
                    heads.values(), previous, position=taken.position, at=taken.recorded_at, reason=taken.reason
                )
                statements.append(
                    f"UPDATE {{}}event_checkpoints SET hash = '{previous.hash}', "
                    f"previous_hash = '{previous.previous_hash}' WHERE number = {taken.number}"
                )
    return statements


async def test_a_point_in_time_that_is_none_is_named_and_the_events_before_it_hold(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "plans.db")  # PostgreSQL's column takes nothing else
    await filled(url)
    await tampered(url, "UPDATE events SET recorded_at = 'yesterday' WHERE position = 3")
    verdict = await verdict_on(url)
    assert verdict.finding is not None
    assert (verdict.finding.rule, verdict.finding.position, verdict.event_count) == (Rule.UNREADABLE, 3, 2)


async def test_the_legacy_view_shows_the_events_of_input_sets_and_takes_no_changes(url: str) -> None:
    await filled(url)
    async with sql_database(url, migrated=True) as database:
        schema = "" if database.dialect.schema is None else "planvault."
        view = f"{schema}planning_input_set_events"
        async with database.dialect.connect(read_only=True) as connection:
            answer = await connection.exec_driver_sql(f"SELECT id, label, action, actor FROM {view} ORDER BY id")
            rows = [tuple(row) for row in answer]
        for target, column in ((view, "id"), (f"{schema}events", "position")):
            for statement in (
                f"UPDATE {target} SET actor = 'mallory' WHERE {column} = 3",
                f"DELETE FROM {target} WHERE {column} = 3",
            ):
                with pytest.raises(Exception, match=r"only grows|cannot modify|view") as refused:
                    async with database.dialect.connect(read_only=False) as connection:
                        await connection.exec_driver_sql(statement)
                assert isinstance(database.dialect.translated(refused.value), StorageError)
    assert rows == [(2, "weekly", "import", "aya"), (3, "weekly", "submit", "aya"), (5, "weekly", "approve", "ben")]
    assert (await verdict_on(url)).clean
