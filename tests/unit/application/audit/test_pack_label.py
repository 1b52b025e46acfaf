"""What an auditor takes away, packed from a store in memory."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import pytest

from planvault.domain.access.actor import Role
from planvault.domain.errors import NotFoundError
from planvault.testing.builders import AYA, BEN, an_actor
from tests.unit.application.desk import Desk

LEDGER = ["events.jsonl", "checkpoints.jsonl", "heads.json"]
FIRST = ["summary.html", "summary.json", "verify.txt"]


async def packed(desk: Desk, reference: str = "weekly") -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(await bytes_of(desk, reference))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


async def bytes_of(desk: Desk, reference: str = "weekly") -> bytes:
    made = await desk.planner.audit.pack(reference)
    whole = b"".join([piece async for piece in made.pieces()])
    assert len(whole) == made.size
    return whole


def summary_of(files: dict[str, bytes]) -> Any:
    return json.loads(files["summary.json"])


async def test_a_pack_is_about_what_is_live_and_holds_what_changed_and_the_exact_inputs() -> None:
    desk = Desk()
    await desk.live()
    second = await desk.live(demand=120.0)
    await desk.candidate(demand=130.0)
    files = await packed(desk)
    assert list(files)[:3] == FIRST
    assert list(files)[3:6] == LEDGER
    assert list(files)[-1] == "SHA256SUMS"
    assert {"revisions.json", "approvals.json", "diff_report.json", "diff.csv", "inputs/item.csv"} <= set(files)

    summary = summary_of(files)
    revision = second.revision(2)
    assert (summary["status"], summary["live"], summary["verification"]["clean"]) == ("ready", "weekly@2", True)
    assert (summary["revision"]["reference"], summary["revision"]["content_hash"]) == (
        "weekly@2",
        revision.content_hash,
    )
    assert summary["difference"]["previous"]["reference"] == "weekly@1"
    assert summary["difference"]["summary"]["demand_family"]["changed"] == 1
    assert [(said["reference"], said["actor"], said["signature_holds"]) for said in summary["approvals"]] == [
        ("weekly@1", "ben", True),
        ("weekly@2", "ben", True),
    ]
    assert len(files["events.jsonl"].splitlines()) == len(
        [event for event in desk.events if event.stream == "input_set/weekly/1"]
    )


async def test_the_hashes_beside_the_files_are_those_of_the_files() -> None:
    desk = Desk()
    await desk.live()
    files = await packed(desk)
    sums = files.pop("SHA256SUMS").decode().splitlines()
    assert sums == [f"{hashlib.sha256(content).hexdigest()}  {name}" for name, content in files.items()]


async def test_the_same_ledger_gives_the_same_bytes() -> None:
    desk = Desk()
    await desk.live()
    before = await bytes_of(desk)
    assert await bytes_of(desk) == before
    await desk.planner.inputs.archive("weekly", actor=BEN)
    assert await bytes_of(desk) != before


async def test_an_older_revision_is_packed_by_its_number_and_a_candidate_while_nothing_is_live() -> None:
    desk = Desk()
    await desk.candidate()
    only = summary_of(await packed(desk))
    assert (only["revision"]["reference"], only["live"], only["difference"], only["approvals"]) == (
        "weekly@1",
        None,
        None,
        [],
    )
    assert "There is no approval." in (await packed(desk))["summary.html"].decode()
    await desk.planner.inputs.submit("weekly", actor=AYA)
    await desk.planner.inputs.approve_reference("weekly@1", actor=BEN)
    await desk.live(demand=120.0)
    assert summary_of(await packed(desk, "Weekly@1"))["revision"]["reference"] == "weekly@1"


async def test_an_approval_that_was_tampered_with_shows_in_the_pack() -> None:
    desk = Desk()
    known = await desk.live()
    revision = known.revision(1)
    forged = replace(revision, approvals=(replace(revision.approvals[0], actor="mallory"),))
    state = desk.store.state
    (key,) = state.input_sets
    state.input_sets[key] = replace(state.input_sets[key], revisions=(forged,))
    files = await packed(desk)
    assert [(said["actor"], said["signature_holds"]) for said in summary_of(files)["approvals"]] == [("mallory", False)]
    assert '<span class="bad">does not hold</span>' in files["summary.html"].decode()


async def test_a_broken_chain_is_packed_and_said() -> None:
    desk = Desk()
    await desk.live()
    desk.store.state.events[3] = replace(desk.store.state.events[3], actor="mallory")
    files = await packed(desk)
    assert summary_of(files)["verification"]["clean"] is False
    assert "The ledger is broken" in files["summary.html"].decode()


async def test_of_a_deleted_label_the_events_are_left() -> None:
    desk = Desk()
    await desk.candidate()
    await desk.planner.inputs.delete("weekly", actor=an_actor("olga", Role.OPERATOR))
    files = await packed(desk)
    assert list(files) == [*FIRST, *LEDGER, "SHA256SUMS"]
    summary = summary_of(files)
    assert (summary["status"], summary["revision"]) == ("deleted", None)
    assert [event["action"] for event in summary["events"]] == ["delete", "import"]
    with pytest.raises(NotFoundError):
        await desk.planner.audit.pack("weekly@1")


async def test_what_never_was_cannot_be_packed() -> None:
    desk = Desk()
    with pytest.raises(NotFoundError, match="monthly"):
        await desk.planner.audit.pack("monthly")
    await desk.candidate()
    with pytest.raises(NotFoundError):
        await desk.planner.audit.pack("weekly@2")


async def test_words_of_people_cannot_become_markup_on_the_page() -> None:
    desk = Desk()
    await desk.submitted()
    await desk.planner.inputs.approve_reference("weekly@1", actor=BEN, comment="<script>alert(1)</script>")
    page = (await packed(desk))["summary.html"].decode()
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
