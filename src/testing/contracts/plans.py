"""The contract of plan versions and their payload."""

from __future__ import annotations

import random
import string
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ...application.unit_of_work import UnitOfWorkFactory
from ...domain.errors import AlreadyExistsError, InvalidRequestError, NotFoundError, StaleVersionError
from ...domain.plans.ports import PlanFilter, RowStamp
from ...domain.plans.series import TEXT_COLUMNS, SeriesRow, series_row
from ...domain.plans.series_filter import SeriesFilter
from ...domain.plans.version import PlanOrigin, PlanStatus, Provenance
from ...domain.shared.ids import KEY_TEXT_LENGTH, JobId, Label, RunId, VersionId
from ...domain.shared.paging import cursor_of
from ..builders import a_plan, aggregate_rows, det_rows, digested, in_batches, moments, some_kpis

V1 = VersionId("v1")


async def test_a_stored_plan_comes_back_equal(unit_of_work: UnitOfWorkFactory) -> None:
    plan = a_plan(
        "Plan_2026.11-A",
        title="November – 計画",
        status=PlanStatus.SUBMITTED,
        trial=True,
        pinned=True,
        provenance=Provenance(
            origin=PlanOrigin.ENGINE,
            config_version_id=3,
            input_label="weekly",
            input_revision=4,
            input_content_hash="a" * 64,
            engine_name="reference",
            engine_version="1.0",
            engine_parameters={"round_mode": "int", "recon_window_days": None, "tol_abs": 1e-06},
            run_id=RunId("run-1"),
            job_id=JobId("job-1"),
            base_version_id=VersionId("v0"),
        ),
        cutover_date=date(2026, 6, 15),
        recon_window_days=14,
        objective="service",
        note="line one\nline two",
        payload_digest="b" * 64,
        plan_digest="c" * 64,
        series_rows=7,
    )
    async with unit_of_work() as uow:
        await uow.plans.add(plan)
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        assert await uow.plans.get(plan.version_id) == plan
        assert await uow.plans.find(VersionId("PLAN_2026.11-a")) == plan


async def test_a_version_id_is_taken_in_every_case(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.plans.add(a_plan("Alpha"))
        with pytest.raises(AlreadyExistsError, match="ALPHA"):
            await uow.plans.add(a_plan("ALPHA"))


async def test_a_saved_plan_carries_the_next_row_version(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.plans.add(a_plan())
        saved = await uow.plans.save(a_plan(note="changed"))
        again = await uow.plans.save(replace(saved, note="again"))
        await uow.commit()

    assert (saved.row_version, again.row_version) == (1, 2)
    async with unit_of_work(read_only=True) as uow:
        assert await uow.plans.get(V1) == again


async def test_an_unknown_plan_is_not_found_and_cannot_be_saved(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        assert await uow.plans.find(V1) is None
        with pytest.raises(NotFoundError, match="v1"):
            await uow.plans.get(V1)
        with pytest.raises(StaleVersionError):
            await uow.plans.save(a_plan())


async def test_plans_are_listed_newest_first_page_by_page(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        for number, at in enumerate(moments(5)):
            await uow.plans.add(a_plan(f"v{number}", at=at))
        await uow.plans.add(a_plan("v4b", at=list(moments(5))[-1]))
        await uow.commit()

    listed: list[str] = []
    cursor = None
    async with unit_of_work(read_only=True) as uow:
        while True:
            page = await uow.plans.list(PlanFilter(), limit=2, cursor=cursor)
            listed += [plan.version_id for plan in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert listed == ["v4b", "v4", "v3", "v2", "v1", "v0"]


async def test_plans_are_listed_by_what_they_are(unit_of_work: UnitOfWorkFactory) -> None:
    weekly = Provenance(origin=PlanOrigin.ENGINE, config_version_id=2, input_label="weekly", input_revision=1)
    async with unit_of_work() as uow:
        await uow.plans.add(a_plan("v1", provenance=weekly))
        await uow.plans.add(a_plan("v2", status=PlanStatus.ARCHIVED))
        await uow.plans.add(a_plan("v3", trial=True))
        await uow.commit()

    async def found(wanted: PlanFilter) -> list[str]:
        async with unit_of_work(read_only=True) as uow:
            return sorted(plan.version_id for plan in (await uow.plans.list(wanted, limit=9, cursor=None)).items)

    assert await found(PlanFilter(input_label=Label("weekly"))) == ["v1"]
    assert await found(PlanFilter(config_version_id=2)) == ["v1"]
    assert await found(PlanFilter(status=PlanStatus.ARCHIVED)) == ["v2"]
    assert await found(PlanFilter(trial=True)) == ["v3"]
    assert await found(PlanFilter(trial=False)) == ["v1", "v2"]


@pytest.mark.parametrize(
    "cursor", ["", "nonsense", cursor_of("plans", ["a"]), cursor_of("plans", ["not a time", "v1"])]
)
async def test_a_foreign_cursor_is_refused(unit_of_work: UnitOfWorkFactory, cursor: str) -> None:
    async with unit_of_work(read_only=True) as uow:
        with pytest.raises(InvalidRequestError, match="cursor"):
            await uow.plans.list(PlanFilter(), limit=2, cursor=cursor)


async def test_series_rows_come_back_equal_and_in_key_order(unit_of_work: UnitOfWorkFactory) -> None:
    full = SeriesRow._make(
        (
            *("det", "week", "2026-W09", "SKU9", "DC1", "Säge", "dc", "EU", "net", "allocate", "min", "pre", "ok"),
            *(1, 3),
            *(float(number) + 0.1 for number in range(16)),
            *('[["2026-02","F1",1,1,0]]', '{"a":1}'),
        )
    )
    rows = [*det_rows(23), full]
    await _store(unit_of_work, rows)

    async with unit_of_work(read_only=True) as uow:
        stored = [row async for batch in uow.payload.rows(V1, "det") for row in batch]
    assert stored == rows
    assert all(isinstance(row, SeriesRow) for row in stored)
    assert stored[-1].extra == {"a": 1}


async def test_a_missing_measure_stays_null_and_zero_stays_zero(unit_of_work: UnitOfWorkFactory) -> None:
    await _store(unit_of_work, [SeriesRow("det", "week", "2026-W01", "SKU1", supply=0.0)])

    async with unit_of_work(read_only=True) as uow:
        (row,) = [row async for batch in uow.payload.rows(V1, "det") for row in batch]
    assert (row.demand, row.supply, row.backlog) == (None, 0.0, None)


async def test_floats_keep_every_bit(unit_of_work: UnitOfWorkFactory) -> None:
    values = [0.1, 1 / 3, 1e-300, 1.7976931348623157e308, -2.5, 116.66666666666664, 9007199254740993.0]
    rows = [SeriesRow("det", "week", "w", f"I{number}", demand=value) for number, value in enumerate(values)]
    await _store(unit_of_work, rows)

    async with unit_of_work(read_only=True) as uow:
        stored = [row.demand async for batch in uow.payload.rows(V1, "det") for row in batch]
    assert stored == values


async def test_keys_order_by_code_point_as_python_does(unit_of_work: UnitOfWorkFactory) -> None:
    items = ["a", "B", "ä", "Z", "-", "_", "10", "9", "é", "日本", "😀", "A b", "ab"]
    rows = [SeriesRow("det", "week", "w", item, demand=1.0) for item in sorted(items)]
    await _store(unit_of_work, rows)

    async with unit_of_work(read_only=True) as uow:
        stored = [row.item_key async for batch in uow.payload.rows(V1, "det") for row in batch]
    assert stored == sorted(items)


async def test_the_longest_keys_are_kept(unit_of_work: UnitOfWorkFactory) -> None:
    # Letters at random, since PostgreSQL makes repeated ones smaller before it looks at their length.
    letters = random.Random(1)
    texts = ["".join(letters.choices(string.ascii_letters, k=KEY_TEXT_LENGTH)) for _ in range(4)]
    row = series_row(dict(zip(TEXT_COLUMNS, ["det", *texts], strict=False)))
    await _store(unit_of_work, [row])

    async with unit_of_work(read_only=True) as uow:
        assert [stored async for batch in uow.payload.rows(V1, "det") for stored in batch] == [row]


async def test_a_level_is_paged_by_key_without_gap_or_repeat(unit_of_work: UnitOfWorkFactory) -> None:
    rows = det_rows(20)
    await _store(unit_of_work, rows)

    paged: list[SeriesRow] = []
    async with unit_of_work(read_only=True) as uow:
        while page := await uow.payload.page(V1, "det", after=paged[-1].key if paged else None, limit=7):
            assert len(page) <= 7
            paged += page
    assert paged == rows


@pytest.mark.parametrize(
    "only",
    [
        SeriesFilter(item="SKU0002"),
        SeriesFilter(location="DC1"),
        SeriesFilter(bucket_from="2026-W02"),
        SeriesFilter(bucket_to="2026-W02"),
        SeriesFilter(item="SKU0002", location="global", bucket_from="2026-W02", bucket_to="2026-W03"),
        SeriesFilter(item="' OR 1=1 --"),
        SeriesFilter(),
    ],
)
async def test_only_the_rows_that_are_wanted_come_in_key_order(
    unit_of_work: UnitOfWorkFactory, only: SeriesFilter
) -> None:
    rows = [*det_rows(20), SeriesRow("det", "week", "2026-W99", "SKU0002", "DC1", demand=1.0)]
    await _store(unit_of_work, rows)
    wanted = [row for row in rows if only.wants(row)]

    async with unit_of_work(read_only=True) as uow:
        assert [row async for batch in uow.payload.rows(V1, "det", only) for row in batch] == wanted
        paged: list[SeriesRow] = []
        while page := await uow.payload.page(V1, "det", after=paged[-1].key if paged else None, limit=2, only=only):
            paged += page
    assert paged == wanted


async def test_levels_keep_count_digest_and_totals(unit_of_work: UnitOfWorkFactory) -> None:
    det, aggregate = det_rows(11), aggregate_rows()
    await _store(unit_of_work, det, aggregate)

    async with unit_of_work(read_only=True) as uow:
        series = await uow.payload.series(V1)
        buckets = await uow.payload.buckets(V1, "det")
    assert series == [digested(aggregate)[0], digested(det)[0]]
    assert buckets == digested(det)[1]
    assert series[0].totals.demand == 400.0
    assert series[1].totals.capacity_used is None


async def test_kpis_come_back_equal_in_key_order_and_are_replaced(unit_of_work: UnitOfWorkFactory) -> None:
    kpis = some_kpis()
    async with unit_of_work() as uow:
        await uow.plans.add(a_plan())
        await uow.payload.save_kpis(V1, [kpis[0]])
        await uow.payload.save_kpis(V1, random.Random(1).sample(kpis, len(kpis)))
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        assert await uow.payload.kpis(V1) == kpis
        assert await uow.payload.kpis(VersionId("v2")) == []


async def test_artifact_headers_come_back_equal(unit_of_work: UnitOfWorkFactory) -> None:
    headers: dict[str, dict[str, Any]] = {
        "aggregate.json": {"note": "ü", "rows": 3},
        "mrp.json": {"inputs": {"weeks": [1, None, 2.5]}},
    }
    async with unit_of_work() as uow:
        await uow.plans.add(a_plan())
        await uow.payload.save_headers(V1, headers)
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        assert await uow.payload.headers(V1) == headers
        assert await uow.payload.headers(VersionId("v2")) == {}
    async with unit_of_work() as uow:
        await uow.payload.save_headers(V1, headers)
        await uow.payload.save_headers(V1, {"mrp.json": {"weeks": 4}})
        assert await uow.payload.headers(V1) == {"mrp.json": {"weeks": 4}}


async def test_a_plan_without_rows_has_no_levels(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.plans.add(a_plan())
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        assert await uow.payload.series(V1) == []
        assert await uow.payload.page(V1, "det", after=None, limit=5) == []


async def test_many_rows_stream_in_batches(unit_of_work: UnitOfWorkFactory) -> None:
    rows = det_rows(25_000, weeks=10)
    await _store(unit_of_work, rows)

    sizes: list[int] = []
    seen = 0
    async with unit_of_work(read_only=True) as uow:
        async for batch in uow.payload.rows(V1, "det"):
            assert batch == rows[seen : seen + len(batch)]
            seen += len(batch)
            sizes.append(len(batch))
    assert seen == len(rows)
    assert max(sizes) <= 5_000


async def test_a_stream_may_be_left_early(unit_of_work: UnitOfWorkFactory) -> None:
    await _store(unit_of_work, det_rows(9_000))

    async with unit_of_work(read_only=True) as uow:
        stream = uow.payload.rows(V1, "det")
        first = await anext(stream)
        await stream.aclose()
        assert first[0] == det_rows(1)[0]
        assert (await uow.plans.get(V1)).version_id == V1


async def test_a_level_that_is_removed_can_be_written_again(unit_of_work: UnitOfWorkFactory) -> None:
    await _store(unit_of_work, det_rows(11), aggregate_rows())
    async with unit_of_work() as uow:
        await uow.payload.remove_level(V1, "det")
        await uow.payload.remove_level(V1, "none")
        assert [series.level for series in await uow.payload.series(V1)] == ["aggregate"]
        assert await uow.payload.buckets(V1, "det") == []
        series, buckets = digested(det_rows(3))
        await uow.payload.write_rows(V1, "det", in_batches(det_rows(3), 2), RowStamp())
        await uow.payload.save_series(series, buckets)
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        assert [row async for batch in uow.payload.rows(V1, "det") for row in batch] == det_rows(3)
        assert [row async for batch in uow.payload.rows(V1, "aggregate") for row in batch] == aggregate_rows()
        assert await uow.payload.buckets(V1, "det") == buckets


async def _store(unit_of_work: UnitOfWorkFactory, *levels: list[SeriesRow]) -> None:
    async with unit_of_work() as uow:
        await uow.plans.add(a_plan())
        for rows in levels:
            written = await uow.payload.write_rows(
                V1, rows[0].level, in_batches(rows, 1_000), RowStamp(source_run_id=RunId("run-1"))
            )
            assert written == len(rows)
            await uow.payload.save_series(*digested(rows))
        await uow.commit()
