"""The contract of labels through time: their history, their deletion, and the contents that go with them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from ...application.unit_of_work import UnitOfWork, UnitOfWorkFactory
from ...domain.errors import NotFoundError, PlanvaultError, StaleVersionError
from ...domain.inputs.event import input_set_stream
from ...domain.inputs.history import LabelPointer
from ...domain.inputs.input_set import InputSet, new_input_set
from ...domain.inputs.keeping import LabelTombstone
from ...domain.plans.version import PlanOrigin, Provenance
from ...domain.shared.ids import Label
from ..builders import AYA, BEN, a_config, a_content, a_plan, an_event, an_input_set, approved, moments
from ..clocks import NOON

WEEKLY = Label("weekly")


async def test_a_label_remembers_what_it_pointed_to(unit_of_work: UnitOfWorkFactory) -> None:
    first, second, third, fourth = moments(4, start=NOON + timedelta(hours=1))
    async with unit_of_work() as uow:
        await _contents(uow, 100.0, 101.0)
        await uow.input_sets.add(an_input_set())
        assert list(await uow.input_sets.history(WEEKLY)) == []
        await _saved(uow, approved(await uow.input_sets.get(WEEKLY), at=first))
        await _saved(uow, _brought(await uow.input_sets.get(WEEKLY), demand=101.0))
        await _saved(uow, approved(await uow.input_sets.get(WEEKLY), at=second))
        await _saved(uow, (await uow.input_sets.get(WEEKLY)).revert(actor=BEN, at=third)[0])
        await _saved(uow, (await uow.input_sets.get(WEEKLY)).revert(actor=BEN, at=fourth)[0])
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        history = await uow.input_sets.history(Label("WEEKLY"))
        nowhere = await uow.input_sets.history(Label("monthly"))
    assert list(history) == [
        LabelPointer(sequence=4, live=None, since=fourth),
        LabelPointer(sequence=3, live=1, since=third),
        LabelPointer(sequence=2, live=2, since=second),
        LabelPointer(sequence=1, live=1, since=first),
    ]
    assert list(nowhere) == []


async def test_a_set_that_is_live_when_it_is_added_has_a_history(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await _contents(uow, 100.0)
        await uow.input_sets.add(approved(an_input_set()))
        assert [pointer.live for pointer in await uow.input_sets.history(WEEKLY)] == [1]


async def test_a_deleted_set_is_gone_and_its_next_life_goes_on(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await _contents(uow, 100.0)
        await uow.input_sets.add(approved(an_input_set()))
        assert await uow.input_sets.tombstone(WEEKLY) is None
        await uow.commit()

    for generation in (1, 2):
        async with unit_of_work() as uow:
            tombstone = await _deleted(uow)
            await uow.commit()
        async with unit_of_work() as uow:
            kept = await uow.input_sets.tombstone(Label("WEEKLY"))
            assert kept == tombstone
            assert (tombstone.generation, tombstone.next_number) == (generation, generation + 1)
            assert await uow.input_sets.find(WEEKLY) is None
            assert list(await uow.input_sets.history(WEEKLY)) == []
            again = new_input_set(Label("Weekly"), config_version_id=1, at=NOON, tombstone=kept)
            await uow.input_sets.add(approved(_brought(again, demand=100.0)))
            await uow.commit()
        async with unit_of_work(read_only=True) as uow:
            known = await uow.input_sets.get(WEEKLY)
            history = await uow.input_sets.history(WEEKLY)
        assert (known.label, known.generation, known.live) == ("Weekly", generation + 1, generation + 1)
        assert [(pointer.sequence, pointer.live) for pointer in history] == [(1, generation + 1)]


async def test_a_set_that_moved_meanwhile_is_not_deleted(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await _contents(uow, 100.0)
        await uow.input_sets.add(an_input_set())
        await uow.commit()
    async with unit_of_work() as uow:
        known = await uow.input_sets.get(WEEKLY)
        tombstone, _ = known.delete(actor=AYA, at=NOON, plans=[])
        with pytest.raises(StaleVersionError):
            await uow.input_sets.delete(replace(known, row_version=7), tombstone)
        with pytest.raises(StaleVersionError):
            await uow.input_sets.delete(replace(known, label=Label("monthly")), tombstone)
        await uow.commit()
    async with unit_of_work(read_only=True) as uow:
        assert await uow.input_sets.get(WEEKLY) == known
        assert await uow.input_sets.tombstone(WEEKLY) is None


async def test_a_set_of_an_earlier_life_is_neither_saved_nor_deleted(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await _contents(uow, 100.0)
        await uow.input_sets.add(an_input_set())
        earlier = await uow.input_sets.get(WEEKLY)
        tombstone = await _deleted(uow)
        begun = new_input_set(WEEKLY, config_version_id=1, at=NOON, tombstone=tombstone)
        await uow.input_sets.add(_brought(begun, demand=100.0))
        await uow.commit()
    async with unit_of_work() as uow:
        known = await uow.input_sets.get(WEEKLY)
        assert known.row_version == earlier.row_version
        with pytest.raises(StaleVersionError):
            await uow.input_sets.save(earlier)
        with pytest.raises(StaleVersionError):
            await uow.input_sets.delete(earlier, tombstone)
        await uow.commit()
    async with unit_of_work(read_only=True) as uow:
        assert await uow.input_sets.get(WEEKLY) == known


async def test_a_deletion_without_commit_leaves_everything(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await _contents(uow, 100.0)
        await uow.input_sets.add(approved(an_input_set()))
        await uow.commit()
    async with unit_of_work() as uow:
        await _deleted(uow)
        await uow.contents.discard([a_content().content_hash])
    async with unit_of_work(read_only=True) as uow:
        assert (await uow.input_sets.get(WEEKLY)).live == 1
        assert len(await uow.input_sets.history(WEEKLY)) == 1
        assert await uow.contents.get(a_content().content_hash) == a_content()


async def test_contents_go_unless_a_revision_or_a_plan_uses_them(unit_of_work: UnitOfWorkFactory) -> None:
    unused, shared, planned = (a_content(demand=demand) for demand in (100.0, 101.0, 102.0))
    hashes = [content.content_hash for content in (unused, shared, planned)]
    made_from = Provenance(origin=PlanOrigin.REGISTERED, input_content_hash=planned.content_hash)
    async with unit_of_work() as uow:
        await _contents(uow, 100.0, 101.0, 102.0)
        await uow.input_sets.add(an_input_set("other", content=shared))
        await uow.plans.add(a_plan(provenance=made_from))
        await uow.commit()

    async with unit_of_work() as uow:
        assert await uow.contents.discard([*hashes, hashes[0], "f" * 64]) == [unused.content_hash]
        assert await uow.contents.discard([]) == []
        await uow.commit()
    async with unit_of_work() as uow:
        with pytest.raises(NotFoundError):
            await uow.contents.get(unused.content_hash)
        assert [await uow.contents.get(kept) for kept in hashes[1:]] == [shared, planned]
        await uow.contents.add(unused)
        assert await uow.contents.get(unused.content_hash) == unused


async def test_plans_are_found_by_the_label_they_were_made_from(unit_of_work: UnitOfWorkFactory) -> None:
    labels = {"a": "weekly", "b": "Weekly", "c": "weekly2", "d": None, "e": "weekly"}
    async with unit_of_work() as uow:
        for (name, label), at in zip(labels.items(), moments(len(labels)), strict=True):
            made_from = Provenance(origin=PlanOrigin.REGISTERED, input_label=label, input_revision=1)
            await uow.plans.add(a_plan(name, at=at, provenance=made_from))
        assert list(await uow.plans.made_from(Label("WEEKLY"), limit=9)) == ["e", "b", "a"]
        assert list(await uow.plans.made_from(WEEKLY, limit=2)) == ["e", "b"]
        assert list(await uow.plans.made_from(Label("monthly"), limit=9)) == []


async def test_streams_are_known_by_their_first_position(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        for stream in ("plan/v1", "plan/v2", "plan/v1", "plan/v3"):
            await uow.events.append(an_event(stream), at=NOON)
        assert await uow.events.beginnings(["plan/v2", "plan/v1", "plan/v9"]) == {"plan/v1": 1, "plan/v2": 2}
        assert await uow.events.beginnings([]) == {}


async def test_twenty_deletions_at_once_leave_one_tombstone(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await _contents(uow, 100.0)
        await uow.input_sets.add(an_input_set())
        await uow.commit()

    async def delete() -> str:
        try:
            async with unit_of_work() as uow:
                known = await uow.input_sets.get(WEEKLY)
                tombstone, event = known.delete(actor=AYA, at=NOON, plans=[])
                await uow.input_sets.delete(known, tombstone)
                await uow.contents.discard(known.content_hashes)
                await uow.events.append(event.draft(), at=NOON)
                await uow.commit()
        except PlanvaultError as error:
            return type(error).__name__
        return "deleted"

    outcomes = await asyncio.gather(*(delete() for _ in range(20)))

    assert sorted(outcomes) == ["NotFoundError"] * 19 + ["deleted"]
    async with unit_of_work(read_only=True) as uow:
        assert len(await uow.events.page(input_set_stream("weekly", 1), after=0, limit=100)) == 1


async def test_a_content_brought_while_it_is_discarded_is_kept(unit_of_work: UnitOfWorkFactory) -> None:
    labels = [f"set-{number}" for number in range(8)]
    async with unit_of_work() as uow:
        await uow.configs.add(a_config())
        await uow.commit()

    async def bring_and_delete(label: str) -> None:
        for _ in range(3):
            async with unit_of_work() as uow:
                tombstone = await uow.input_sets.tombstone(Label(label))
                begun = new_input_set(Label(label), config_version_id=1, at=NOON, tombstone=tombstone)
                await uow.contents.add(a_content())
                await uow.input_sets.add(_brought(begun, demand=100.0))
                await uow.commit()
            async with unit_of_work() as uow:
                known = await uow.input_sets.get(Label(label))
                await uow.input_sets.delete(known, known.delete(actor=AYA, at=NOON, plans=[])[0])
                await uow.contents.discard(known.content_hashes)
                await uow.commit()

    await asyncio.gather(*(bring_and_delete(label) for label in labels))

    async with unit_of_work(read_only=True) as uow:
        assert [(await _tombstone(uow, label)).generation for label in labels] == [3] * len(labels)
        with pytest.raises(NotFoundError):
            await uow.contents.get(a_content().content_hash)


async def _tombstone(uow: UnitOfWork, label: str) -> LabelTombstone:
    found = await uow.input_sets.tombstone(Label(label))
    assert found is not None
    return found


async def _deleted(uow: UnitOfWork) -> LabelTombstone:
    known = await uow.input_sets.get(WEEKLY)
    tombstone, _ = known.delete(actor=AYA, at=NOON, plans=[])
    await uow.input_sets.delete(known, tombstone)
    return tombstone


async def _saved(uow: UnitOfWork, known: InputSet) -> None:
    await uow.input_sets.save(known)


def _brought(known: InputSet, *, demand: float) -> InputSet:
    content = a_content(demand=demand)
    return known.bring(content.content_hash, actor=AYA, at=NOON, source="csv", row_counts=content.row_counts)[0]


async def _contents(uow: UnitOfWork, *demands: float) -> None:
    await uow.configs.add(a_config())
    for demand in demands:
        await uow.contents.add(a_content(demand=demand))
