"""Payload folders on a disk: what is written comes back, what was damaged is named, nothing leads out of the root."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planvault.adapters.files import crash_points
from planvault.adapters.files.payload_folders import FilePayloadFolders
from planvault.domain.errors import (
    ConflictError,
    IntegrityError,
    PlanvaultError,
    StorageError,
    StorageFullError,
    StorageUnavailableError,
)
from planvault.domain.plans.digests import SeriesDigester
from planvault.domain.plans.kpis import Kpi, base_kpis
from planvault.domain.plans.series import SeriesRow
from planvault.domain.shared.ids import VersionId
from planvault.domain.storage.state import FolderName
from planvault.testing.builders import aggregate_rows, det_rows

V1 = VersionId("v1")
HEADERS = {"aggregate.json": {"note": "日本"}}


async def batches(rows: Sequence[SeriesRow], size: int = 3) -> AsyncIterator[Sequence[SeriesRow]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


@dataclass
class Killed(BaseException):
    """The process died at that point."""

    point: str


@dataclass
class Dying:
    """Dies at the ``nth`` passing of a point, and writes down what it passed."""

    point: str | None = None
    passed: list[str] = field(default_factory=list)

    def __call__(self, point: str) -> None:
        self.passed.append(point)
        if point == self.point:
            raise Killed(point)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def opened() -> Iterator[Callable[..., FilePayloadFolders]]:
    kept: list[FilePayloadFolders] = []

    def open_at(root: Path, **more: Dying) -> FilePayloadFolders:
        folders = FilePayloadFolders(root, **more)
        kept.append(folders)
        return folders

    yield open_at
    for folders in kept:
        folders.close()


async def published(
    folders: FilePayloadFolders, version_id: VersionId = V1, levels: dict[str, Sequence[SeriesRow]] | None = None
) -> FolderName:
    staged = await folders.stage(version_id)
    try:
        kept = {"aggregate": aggregate_rows(), "det": det_rows()} if levels is None else levels
        for level, rows in kept.items():
            digester = SeriesDigester(version_id, level)
            digester.take(rows)
            assert await staged.write_rows(level, batches(rows)) == len(rows)
            staged.save_series(digester.close(), digester.buckets)
        staged.save_kpis(base_kpis(kept.get("aggregate", ())))
        staged.save_headers(HEADERS)
        return await staged.publish({"created_by": "aya"})
    except PlanvaultError:
        await staged.discard()
        raise


async def level_of(
    folders: FilePayloadFolders, name: FolderName, level: str, after: SeriesRow | None = None
) -> list[SeriesRow]:
    folder = await folders.open(name)
    try:
        key = None if after is None else after.key
        return [row async for batch in folder.rows(level, after=key) for row in batch]
    finally:
        await folder.close()


async def test_what_was_published_is_read_back(root: Path, opened: Callable[..., FilePayloadFolders]) -> None:
    folders = opened(root)
    name = await published(folders)
    folder = await folders.open(name)
    await folder.verify()
    assert await folder.kpis() == base_kpis(aggregate_rows())
    assert (await folder.headers(), folder.about) == (HEADERS, {"created_by": "aya"})
    assert [series.level for series in folder.series] == ["aggregate", "det"]
    digester = SeriesDigester(V1, "det")
    digester.take(det_rows())
    assert folder.series[1] == digester.close()
    assert list(folder.buckets("det")) == digester.buckets
    await folder.close()
    assert await level_of(folders, name, "det") == list(det_rows())
    assert await level_of(folders, name, "mrp") == []


async def test_rows_go_on_after_any_key(root: Path, opened: Callable[..., FilePayloadFolders]) -> None:
    folders = opened(root)
    name = await published(folders)
    rows = list(det_rows())
    for position, row in enumerate(rows):
        assert await level_of(folders, name, "det", row) == rows[position + 1 :]
    before_all = rows[0]._replace(time_bucket_key="0")
    assert await level_of(folders, name, "det", before_all) == rows


async def test_the_same_content_gives_the_same_bytes_under_another_suffix(
    root: Path, opened: Callable[..., FilePayloadFolders]
) -> None:
    folders = opened(root)
    first, second = await published(folders), await published(folders)
    assert first.digest == second.digest
    assert first.suffix != second.suffix
    trees = [
        {path.name: path.read_bytes() for path in (root / "versions" / "v1" / name.name).iterdir()}
        for name in (first, second)
    ]
    assert trees[0] == trees[1]
    assert await folders.names(V1) == sorted([first, second], key=lambda name: name.name)
    assert await folders.versions() == ["v1"]


async def test_a_level_that_stays_is_taken_over(root: Path, opened: Callable[..., FilePayloadFolders]) -> None:
    folders = opened(root)
    name = await published(folders)
    before = await folders.open(name)
    staged = await folders.stage(V1)
    await staged.take_over("det", before)
    staged.save_headers({})
    after = await staged.publish({})
    assert await level_of(folders, after, "det") == list(det_rows())
    assert await level_of(folders, after, "aggregate") == []
    folder = await folders.open(after)
    await folder.verify()
    await folder.close()
    await before.close()


finite = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=12)
NOTHING: Any = {name: SeriesRow._field_defaults[name] for name in SeriesRow._field_defaults}
rows_of_any_kind = st.lists(
    st.builds(
        partial(SeriesRow, "det", "week", **NOTHING),
        time_bucket_key=texts,
        item_key=texts,
        location_key=texts,
        item_name=st.none() | texts,
        window_index=st.none() | st.integers(-(2**53), 2**53),
        demand=st.none() | finite,
        supply=st.none() | finite,
        carryover_out=st.none() | finite,
        extra_json=st.sampled_from(["{}", '{"a":"\\u2028 \\"x\\""}', '{"a":[1,null,"é"]}']),
    ),
    max_size=30,
    unique_by=lambda row: row.key,
)


@settings(max_examples=60, deadline=None)
@given(rows_of_any_kind)
async def test_whatever_a_row_can_hold_comes_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[SeriesRow]
) -> None:
    folders = FilePayloadFolders(tmp_path_factory.mktemp("files"))
    staged = await folders.stage(V1)
    in_order = sorted(rows)
    try:
        await staged.write_rows("det", batches(in_order))
        digester = SeriesDigester(V1, "det")
        # Sums beyond a float64 are refused before rows come here, so totals play no part.
        buckets = sorted({(row.time_bucket_type, row.time_bucket_key) for row in in_order})
        digester.take([SeriesRow("det", *bucket, "A") for bucket in buckets])
        staged.save_series(digester.close(), digester.buckets)
        name = await staged.publish({})
        back = await level_of(folders, name, "det")
        assert back == in_order
        assert [tuple(map(repr, row)) for row in back] == [tuple(map(repr, row)) for row in in_order]
    finally:
        await staged.discard()
        folders.close()


def _linked_elsewhere(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/hostname")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "cut": lambda path: os.truncate(path, path.stat().st_size - 3),
    "flipped": lambda path: path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:]),
    "deleted": lambda path: path.unlink(),
    "emptied": lambda path: path.write_bytes(b""),
    "a link": _linked_elsewhere,
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("file", ["aggregate.jsonl", "det.jsonl", "kpis.json", "headers.json", "manifest.json"])
async def test_a_damaged_file_is_named_and_no_other(
    root: Path, opened: Callable[..., FilePayloadFolders], damage: str, file: str
) -> None:
    folders = opened(root)
    name, other = await published(folders), await published(folders, VersionId("v2"))
    DAMAGES[damage](root / "versions" / "v1" / name.name / file)
    with pytest.raises(IntegrityError, match=file.replace(".", r"\.")):
        folder = await folders.open(name)
        try:
            await folder.verify()
        finally:
            await folder.close()
    whole = await folders.open(other)
    await whole.verify()
    await whole.close()
    again = await published(folders)
    assert await level_of(folders, again, "det") == list(det_rows())


async def test_damage_shows_while_rows_are_read(root: Path, opened: Callable[..., FilePayloadFolders]) -> None:
    folders = opened(root)
    name = await published(folders)
    path = root / "versions" / "v1" / name.name / "det.jsonl"
    path.write_bytes(path.read_bytes().replace(b"0.0", b"9.0", 1))
    with pytest.raises(IntegrityError, match=r"det\.jsonl"):
        await level_of(folders, name, "det")


async def test_a_file_too_many_is_named(root: Path, opened: Callable[..., FilePayloadFolders]) -> None:
    folders = opened(root)
    name = await published(folders)
    (root / "versions" / "v1" / name.name / "mrp.jsonl").write_text("")
    folder = await folders.open(name)
    with pytest.raises(IntegrityError, match=r"mrp\.jsonl is not in the manifest"):
        await folder.verify()
    await folder.close()


async def test_what_is_not_there_is_told_as_missing(root: Path, opened: Callable[..., FilePayloadFolders]) -> None:
    folders = opened(root)
    name = FolderName(version_id=V1, digest="0" * 64, suffix="0" * 32)
    for _ in range(2):
        assert not await folders.has(name)
        with pytest.raises(IntegrityError, match="is missing"):
            await folders.open(name)
        await published(folders)
    await folders.move_to_trash((await folders.names(V1))[0])
    assert len(await folders.names(V1)) == 1
    assert len(list((root / "trash").iterdir())) == 1


async def test_no_link_leads_out_of_the_root(
    root: Path, tmp_path: Path, opened: Callable[..., FilePayloadFolders]
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / "versions").mkdir(parents=True)
    (root / "versions" / "v1").symlink_to(outside)
    folders = opened(root)
    with pytest.raises(StorageError):
        await published(folders)
    assert list(outside.iterdir()) == []
    (root / "versions" / "v1").unlink()
    await published(folders)


# Killed, full, read-only ----------------------------------------------------------------------------------------------


async def test_every_crash_point_is_passed(root: Path, opened: Callable[..., FilePayloadFolders]) -> None:
    watching = Dying()
    folders = opened(root, reached=watching)
    await folders.move_to_trash(await published(folders))
    assert set(watching.passed) == set(crash_points.CRASH_POINTS)


@pytest.mark.parametrize("point", crash_points.PUBLISHING)
async def test_killed_anywhere_a_folder_is_whole_or_not_there(
    root: Path, opened: Callable[..., FilePayloadFolders], point: str
) -> None:
    dying = Dying(point)
    with pytest.raises(Killed):
        await published(opened(root, reached=dying))
    assert dying.passed[-1] == point
    folders = opened(root)
    for name in await folders.names(V1):
        folder = await folders.open(name)
        await folder.verify()
        await folder.close()
        assert await level_of(folders, name, "det") == list(det_rows())
    assert bool(await folders.names(V1)) == (
        point in {"folder.renamed", "folder.version.synced", "folder.parent.synced"}
    )
    assert await level_of(folders, await published(folders), "det") == list(det_rows())


@pytest.mark.parametrize(
    ("code", "expected"),
    [(errno.ENOSPC, StorageFullError), (errno.EROFS, StorageUnavailableError), (errno.EIO, StorageError)],
)
@pytest.mark.parametrize("call", ["fsync", "mkdir", "open", "rename"])
async def test_a_disk_that_refuses_leaves_nothing_behind(  # noqa: PLR0917 (what it is tried with)
    root: Path,
    opened: Callable[..., FilePayloadFolders],
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    expected: type[PlanvaultError],
    call: str,
) -> None:
    folders = opened(root)
    await published(folders, VersionId("v0"))
    whole = getattr(os, call)
    with monkeypatch.context() as patch:
        calls = 0

        def refusing(*arguments: object, **more: object) -> object:
            nonlocal calls
            calls += 1
            if calls > 1 or call in {"mkdir", "rename"}:
                raise OSError(code, os.strerror(code))
            return whole(*arguments, **more)

        patch.setattr(os, call, refusing)
        with pytest.raises(expected):
            await published(folders)
    assert await folders.names(V1) == []
    assert await level_of(folders, await published(folders), "det") == list(det_rows())


async def test_kpis_of_any_value_come_back(root: Path, opened: Callable[..., FilePayloadFolders]) -> None:
    folders = opened(root)
    kpis = [
        Kpi(metric="m", bucket_type="total", bucket_key=str(n), value=v, unit="u")
        for n, v in enumerate((0.1, 1e-300, 5e22))
    ]
    staged = await folders.stage(V1)
    staged.save_kpis(kpis)
    folder = await folders.open(await staged.publish({}))
    assert await folder.kpis() == kpis
    await folder.close()


def entries(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir())


def stray(root: Path) -> None:
    """Nothing says any more whose root it is, and something lies there that planvault did not put there."""
    (root / "root.json").unlink()
    (root / "letters").mkdir()


def left_behind(root: Path) -> None:
    root.mkdir()
    (root / "_root.0123").write_bytes(b"")


async def test_of_many_stores_that_claim_a_root_at_once_one_gets_it_and_nobody_sees_half_of_it(
    root: Path, opened: Callable[..., FilePayloadFolders]
) -> None:
    stores = [f"store-{number % 4}" for number in range(40)]
    claims = [opened(root).claim(store_id, "epoch-1") for store_id in stores]
    outcomes = await asyncio.gather(*claims, return_exceptions=True)
    (winner,) = {store_id for store_id, outcome in zip(stores, outcomes, strict=True) if outcome is None}
    refused = [outcome for store_id, outcome in zip(stores, outcomes, strict=True) if store_id != winner]
    assert [type(outcome) for outcome in refused] == [ConflictError] * 30
    assert outcomes.count(None) == 10
    assert entries(root) == ["root.json"]


async def test_what_somebody_left_who_died_over_a_claim_is_in_nobodys_way(
    root: Path, opened: Callable[..., FilePayloadFolders]
) -> None:
    left_behind(root)
    await opened(root).claim("store-1", "epoch-1")
    await opened(root).require("store-1")
    assert entries(root) == ["_root.0123", "root.json"]


async def test_a_root_that_lost_what_it_says_is_claimed_by_nobody_who_does_not_mean_it(
    root: Path, opened: Callable[..., FilePayloadFolders]
) -> None:
    await published(opened(root))
    with pytest.raises(ConflictError, match=r"holds '(staging|versions)' and no root\.json"):
        await opened(root).claim("store-1", "epoch-1")
    await opened(root).claim("store-1", "epoch-1", orphaned=True)
    await opened(root).require("store-1")
    stray(root)
    with pytest.raises(ConflictError, match=r"holds 'letters' and no root\.json"):
        await opened(root).claim("store-1", "epoch-1", orphaned=True)
