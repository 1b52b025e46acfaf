"""The contract of what lies over plans, of rows by key and by share, and of copies."""

from __future__ import annotations

from dataclasses import replace

from ...application.unit_of_work import UnitOfWorkFactory
from ...domain.plans.editing.cells import RowKey
from ...domain.plans.editing.overlay import Lock, Override, OverrideOrigin
from ...domain.plans.ports import RowStamp
from ...domain.plans.series import SeriesRow, Split, splits_text
from ...domain.shared.ids import VersionId
from ..builders import a_plan, det_rows, digested, in_batches, some_kpis
from ..clocks import NOON

V1, V2 = VersionId("v1"), VersionId("v2")
ROW, OTHER = RowKey("det", "2026-W01", "SKU0000"), RowKey("aggregate", "2026-01", "F1")
EDIT = Override(cell=ROW.cell("demand"), value=7.5, author="aya", updated_at=NOON)
SPREAD = Override(
    cell=ROW.cell("supply"),
    value=3.0,
    origin=OverrideOrigin.DISTRIBUTION,
    shares=(("2026-01", "F1", 1.0), ("2026-02", "F 2", 2.0)),
    author="ben",
    updated_at=NOON,
)
ROW_LOCK = Lock(row=OTHER, actor="aya", locked_at=NOON)
CELL_LOCK = Lock(row=OTHER, field="demand", actor="ben", locked_at=NOON)


async def _filled(unit_of_work: UnitOfWorkFactory, rows: list[SeriesRow] | None = None) -> None:
    kept = det_rows() if rows is None else rows
    series, buckets = digested(kept)
    async with unit_of_work() as uow:
        await uow.plans.add(a_plan())
        await uow.payload.write_rows(V1, "det", in_batches(kept), RowStamp())
        await uow.payload.save_series(series, buckets)
        await uow.payload.save_kpis(V1, some_kpis())
        await uow.payload.save_headers(V1, {"aggregate.json": {"note": "x"}})
        await uow.overlays.save_overrides(V1, [EDIT, SPREAD])
        await uow.overlays.save_locks(V1, [ROW_LOCK, CELL_LOCK])
        await uow.overlays.save_weights(V1, {ROW: 2.0})
        await uow.commit()


async def test_an_overlay_is_read_as_it_was_kept(unit_of_work: UnitOfWorkFactory) -> None:
    """Overrides with their shares, locks of rows and of cells, weights."""
    await _filled(unit_of_work)
    async with unit_of_work(read_only=True) as uow:
        overlay = await uow.overlays.load(V1)
    assert list(overlay.overrides.values()) == [EDIT, SPREAD]
    assert list(overlay.locks.values()) == [ROW_LOCK, CELL_LOCK]
    assert overlay.weights == {ROW: 2.0}


async def test_what_is_kept_again_takes_the_place_of_what_was(unit_of_work: UnitOfWorkFactory) -> None:
    """By cell and by row; what is removed is gone, and the rest stays."""
    await _filled(unit_of_work)
    changed = replace(EDIT, value=8.0, author="ben")
    async with unit_of_work() as uow:
        await uow.overlays.save_overrides(V1, [changed], [SPREAD.cell])
        await uow.overlays.save_locks(V1, [], [(OTHER, None)])
        await uow.overlays.save_weights(V1, {OTHER: 1.0}, [ROW])
        await uow.commit()
    async with unit_of_work(read_only=True) as uow:
        overlay = await uow.overlays.load(V1)
    assert list(overlay.overrides.values()) == [changed]
    assert list(overlay.locks.values()) == [CELL_LOCK]
    assert overlay.weights == {OTHER: 1.0}


async def test_an_overlay_goes_with_its_version(unit_of_work: UnitOfWorkFactory) -> None:
    """A version that was never edited has nothing over it, and neither has one that was deleted."""
    await _filled(unit_of_work)
    async with unit_of_work() as uow:
        await uow.plans.delete(await uow.plans.get(V1))
        await uow.commit()
    async with unit_of_work(read_only=True) as uow:
        overlay = await uow.overlays.load(V1)
    assert (overlay.overrides, overlay.locks, overlay.weights) == ({}, {}, {})


async def test_rows_are_found_by_their_keys(unit_of_work: UnitOfWorkFactory) -> None:
    """In key order, and those that are not there are left out."""
    rows = det_rows(300, weeks=3)
    await _filled(unit_of_work, rows)
    keys = [row.key for row in rows[::-1]] + [("det", "week", "2026-W99", "SKU0000", "global")]
    async with unit_of_work(read_only=True) as uow:
        assert await uow.payload.rows_at(V1, keys) == rows
        assert await uow.payload.rows_at(V1, []) == []


async def test_rows_are_found_by_their_shares(unit_of_work: UnitOfWorkFactory) -> None:
    """Exactly, whatever signs a family is written with."""
    families = ["F1", "f1", "F_1", "F%", 'F"1', "F\\1", "Ｆ１"]
    rows = [
        SeriesRow(
            "det",
            "week",
            "2026-W01",
            f"S{number}",
            splits_json=splits_text([Split("2026-01", family, 1.0, 1.0, 0.0)]),
        )
        for number, family in enumerate(families)
    ]
    await _filled(unit_of_work, rows)
    async with unit_of_work(read_only=True) as uow:
        for row, family in zip(rows, families, strict=True):
            assert await uow.payload.rows_with_splits(V1, "det", [("2026-01", family)]) == [row]
        pairs = [("2026-01", family) for family in families]
        assert await uow.payload.rows_with_splits(V1, "det", pairs) == rows
        assert await uow.payload.rows_with_splits(V1, "det", [("2026-02", "F1")]) == []


async def test_a_copy_has_everything_and_shares_nothing(unit_of_work: UnitOfWorkFactory) -> None:
    """Rows, digests, totals, KPIs, headers and the overlay; deleting the one leaves the other."""
    await _filled(unit_of_work)
    async with unit_of_work() as uow:
        await uow.plans.add(a_plan("v2"))
        await uow.payload.copy(V1, V2)
        await uow.overlays.copy(V1, V2)
        await uow.plans.delete(await uow.plans.get(V1))
        await uow.commit()
    series, buckets = digested(det_rows(), "v2")
    async with unit_of_work(read_only=True) as uow:
        assert await uow.payload.series(V2) == [series]
        assert await uow.payload.buckets(V2, "det") == buckets
        assert [row async for batch in uow.payload.rows(V2, "det") for row in batch] == det_rows()
        assert await uow.payload.kpis(V2) == some_kpis()
        assert await uow.payload.headers(V2) == {"aggregate.json": {"note": "x"}}
        assert list((await uow.overlays.load(V2)).overrides.values()) == [EDIT, SPREAD]
        assert await uow.payload.series(V1) == []
