"""A whole plan taken out in one zip and registered again."""

from __future__ import annotations

import hashlib
import io
import json
import math
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault import PlanVersion, RegisterRequest
from planvault.application.exchange import NamedStream
from planvault.application.plans import pack_plan
from planvault.domain.errors import (
    AlreadyExistsError,
    ArchiveRejectedError,
    NotFoundError,
    TooLargeError,
)
from planvault.domain.plans.series import SeriesRow
from planvault.testing.builders import AYA, BEN, aggregate_rows, det_rows
from tests.unit.adapters.exchange.test_series_files import rows as any_row
from tests.unit.application.desk import Desk

MONTH = "agg:period=2026-01,family=F1"
Files = dict[str, bytes]
LEVELS = st.sampled_from(["aggregate", "det", "mrp"])


async def packed(desk: Desk, version_id: str = "v1") -> bytes:
    made = await desk.planner.plans.export_archive(version_id)
    whole = b"".join([piece async for piece in made.pieces()])
    assert (made.name, made.size) == (f"plan_{version_id}.zip", len(whole))
    return whole


async def registered(desk: Desk, archive: bytes, version_id: str = "v2", **said: Any) -> PlanVersion:
    file = NamedStream(name="plan.zip", open=lambda: io.BytesIO(archive))
    fields: dict[str, Any] = {"version_id": version_id, "actor": BEN}
    return await desk.planner.plans.register_file(RegisterRequest(**fields | said), file)


def unpacked(archive: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(archive)) as found:
        return {name: found.read(name) for name in found.namelist()}


def zipped(files: Files, *, sums: bool = True) -> bytes:
    """A zip of these files, with hashes that are true of them."""
    if sums:
        told = "".join(
            f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items() if name != "SHA256SUMS"
        )
        files = files | {"SHA256SUMS": told.encode()}
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return sink.getvalue()


async def planned(desk: Desk, rows: Sequence[SeriesRow] = (), **said: Any) -> Desk:
    fields: dict[str, Any] = {"version_id": "v1", "actor": AYA}
    await desk.planner.plans.register(RegisterRequest(**fields | said), rows or [*aggregate_rows(), *det_rows()])
    return desk


@given(st.lists(st.tuples(LEVELS, any_row()), min_size=1, max_size=6))
async def test_whatever_the_rows_the_payload_digest_comes_back(drawn: list[tuple[str, SeriesRow]]) -> None:
    kept = {row[:5]: row for row in (row._replace(level=level) for level, row in drawn)}
    desk = await planned(Desk(), list(kept.values()))
    archive = await packed(desk)
    again = await registered(desk, archive)
    assert again.payload_digest == (await desk.planner.plans.get("v1")).payload_digest
    for level in {row.level for row in kept.values()}:
        rows = [[row async for row in desk.planner.plans.series(version, level=level)] for version in ("v1", "v2")]
        assert rows[0] == rows[1]
    assert await packed(desk) == archive


async def test_edits_locks_and_weights_come_along_and_so_the_plan_digest_is_the_same() -> None:
    desk = await planned(Desk(), engine_name="excel", engine_version="3", engine_parameters={"sheet": 3}, title="März")
    row = det_rows()[0]
    det = f"det:week={row.time_bucket_key},sku={row.item_key}"
    await desk.planner.plans.edit("v1", {f"{MONTH}:field=demand": 48.0}, actor=AYA)
    await desk.planner.plans.lock("v1", [det, f"{MONTH}:field=supply"], actor=AYA)
    plan = await desk.planner.plans.set_weights("v1", {det: 2.0}, actor=AYA)
    again = await registered(desk, await packed(desk))
    assert (again.payload_digest, again.plan_digest) == (plan.payload_digest, plan.plan_digest)
    assert (again.title, again.provenance.engine_name, str(again.status)) == ("März", "excel", "draft")
    assert again.created_by == "ben"
    first, second = [(await desk.planner.plans.overlay(version_id)).overlay for version_id in ("v1", "v2")]
    assert second == first
    assert desk.actions[-1] == "plan/v2 register"


async def test_what_the_request_says_goes_before_what_the_file_says() -> None:
    desk = await planned(Desk(), title="Old", objective="Sell", engine_name="excel", trial=True)
    again = await registered(desk, await packed(desk), title="New", engine_name="sheets")
    assert (again.title, again.objective, again.provenance.engine_name) == ("New", "Sell", "sheets")
    assert again.trial  # what was never approved does not become so by way of a file


def altered(name: str, change: Callable[[bytes], bytes], *, sums: bool = True) -> Callable[[Files], bytes]:
    return lambda files: zipped(files | {name: change(files[name])}, sums=sums)


def said(change: Callable[[Any], None], name: str = "manifest.json") -> Callable[[Files], bytes]:
    def changed(data: bytes) -> bytes:
        fields = json.loads(data)
        change(fields)
        return json.dumps(fields).encode()

    return altered(name, changed)


def without(name: str, *, sums: bool) -> Callable[[Files], bytes]:
    return lambda files: zipped({known: data for known, data in files.items() if known != name}, sums=sums)


DAMAGES = {
    "a value that its hash does not know": ("altered", altered("det.jsonl", lambda data: data + b"\n", sums=False)),
    "a row less, with a true hash": ("altered", altered("det.jsonl", lambda data: data[data.index(b"\n") + 1 :])),
    "another digest": ("altered", said(lambda fields: fields.update(payload_digest="0" * 64))),
    "a file less": ("missing-file", without("kpis.json", sums=False)),
    "a file less, with true hashes": ("missing-file", without("kpis.json", sums=True)),
    "a level less": ("unknown-file", without("det.jsonl", sums=True)),
    "a file more": ("unknown-file", lambda files: zipped(files | {"more.json": b"{}"}, sums=False)),
    "a file more, with true hashes": ("unknown-file", lambda files: zipped(files | {"more.json": b"{}"})),
    "a name that leads elsewhere": ("name", lambda files: zipped(files | {"a b.json": b"{}"})),
    "no hashes": ("not-a-plan", without("SHA256SUMS", sums=False)),
    "another format": ("format", said(lambda fields: fields.update(format="planvault plan 9"))),
    "a manifest of another shape": ("manifest", altered("manifest.json", lambda _: b"[]")),
    "a manifest that is none": ("manifest", altered("manifest.json", lambda _: b"\xff{")),
    "a title that is no text": ("manifest", said(lambda fields: fields.update(title=3))),
    "a trial that is neither": ("manifest", said(lambda fields: fields.update(trial="no"))),
    "a weight that is no number": (
        "manifest",
        said(lambda fields: fields["weights"].update({"det:week=2026-W01,sku=S": math.nan}), "overlay.json"),
    ),
    "weights of no row": ("manifest", said(lambda fields: fields["weights"].update(x=1), "overlay.json")),
}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damaged_file_is_refused_and_nothing_is_kept(damage: str) -> None:
    reason, damaged = DAMAGES[damage]
    desk = await planned(Desk())
    archive = await packed(desk)
    before = desk.kept()
    with pytest.raises(ArchiveRejectedError) as refusal:
        await registered(desk, damaged(unpacked(archive)))
    assert refusal.value.params["reason"] == reason
    assert desk.kept() == before
    await registered(desk, archive)


async def test_every_flipped_byte_is_noticed() -> None:
    desk = await planned(Desk())
    archive = await packed(desk)
    digest = (await desk.planner.plans.get("v1")).payload_digest
    start = archive.index(b'{"level"')
    for place in range(start, start + 200, 7):
        flipped = archive[:place] + bytes([archive[place] ^ 1]) + archive[place + 1 :]
        with pytest.raises(ArchiveRejectedError):
            await registered(desk, flipped)
    assert (await registered(desk, archive)).payload_digest == digest


async def test_what_is_not_there_is_not_packed_and_what_is_there_is_not_replaced() -> None:
    desk = await planned(Desk())
    with pytest.raises(NotFoundError):
        await packed(desk, "v9")
    archive = await packed(desk)
    with pytest.raises(AlreadyExistsError):
        await registered(desk, archive, version_id="v1")


async def test_a_level_that_no_zip_holds_is_refused_with_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = await planned(Desk())
    monkeypatch.setattr(pack_plan, "LEVEL_BYTES", 100)
    with pytest.raises(TooLargeError) as refusal:
        await packed(desk)
    assert "plans series v1 --level aggregate" in str(refusal.value.remedy)


async def test_a_plan_that_no_registration_would_open_is_not_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = await planned(Desk())
    whole = sum(map(len, unpacked(await packed(desk)).values()))
    monkeypatch.setattr(pack_plan, "PLAN_BYTES", whole - 2_000)
    with pytest.raises(TooLargeError) as refusal:
        await packed(desk)
    assert "plans export V --level LEVEL" in str(refusal.value.remedy)
    monkeypatch.setattr(pack_plan, "PLAN_BYTES", whole)
    assert await packed(desk)


async def test_the_tag_tells_whether_the_zip_would_be_another() -> None:
    desk = await planned(Desk())
    tag = await desk.planner.plans.export_tag("v1")
    made = await desk.planner.plans.export_archive("v1")
    made.close()
    assert made.tag == tag
    await desk.planner.plans.edit("v1", {f"{MONTH}:field=demand": 5.0}, actor=AYA)
    assert await desk.planner.plans.export_tag("v1") != tag
