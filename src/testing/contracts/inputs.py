"""The contract of config versions, input sets and contents."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import pytest

from ...application.unit_of_work import UnitOfWork, UnitOfWorkFactory
from ...domain.access.policy import ApprovalPolicy
from ...domain.errors import AlreadyExistsError, NotFoundError, StaleVersionError
from ...domain.inputs.content import InputContent
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.ports import InputSetFilter
from ...domain.inputs.rows import CalendarWeek, Item
from ...domain.inputs.sections import INBOUND_ORDERS, SECTIONS, SECTIONS_BY_NAME
from ...domain.shared.ids import KEY_TEXT_LENGTH, Label
from ..builders import AYA, BEN, a_config, a_content, an_actor, an_input_set, approved
from ..clocks import NOON

WEEKLY = Label("weekly")


async def test_config_versions_come_back_equal_in_order_of_id(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        assert await uow.configs.next_id() == 1
        await uow.configs.add(a_config(2, "second"))
        await uow.configs.add(a_config(1, "first"))
        assert await uow.configs.next_id() == 3
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        assert await uow.configs.list() == [a_config(1, "first"), a_config(2, "second")]
        assert await uow.configs.get(2) == a_config(2, "second")
        with pytest.raises(NotFoundError, match="9"):
            await uow.configs.get(9)


async def test_attributes_of_a_config_version_come_back_as_json_values(unit_of_work: UnitOfWorkFactory) -> None:
    regions = ["EU"]
    config = replace(a_config(), attributes={"regions": regions, "weeks": (1, 2.0)})
    async with unit_of_work() as uow:
        await uow.configs.add(config)
        await uow.commit()
    regions.append("US")

    async with unit_of_work(read_only=True) as uow:
        attributes = (await uow.configs.get(1)).attributes
    assert attributes == {"regions": ["EU"], "weeks": [1, 2]}
    assert [type(week) for week in attributes["weeks"]] == [int, int]


@pytest.mark.parametrize(("number", "name"), [(1, "other"), (2, "First")])
async def test_a_config_version_keeps_id_and_name_to_itself(
    unit_of_work: UnitOfWorkFactory, number: int, name: str
) -> None:
    async with unit_of_work() as uow:
        await uow.configs.add(a_config(1, "first"))
        with pytest.raises(AlreadyExistsError):
            await uow.configs.add(a_config(number, name))


async def test_an_input_set_comes_back_equal_through_its_whole_life(unit_of_work: UnitOfWorkFactory) -> None:
    stages = [an_input_set()]
    stages.append(approved(stages[-1]))
    stages.append(_brought(stages[-1], demand=101.0))
    stages.append(approved(stages[-1]))
    stages.append(stages[-1].revert(actor=BEN, at=NOON)[0])
    stages.append(stages[-1].archive(actor=BEN, at=NOON)[0])

    async with unit_of_work() as uow:
        await _contents(uow, 100.0, 101.0)
        await uow.input_sets.add(stages[0])
        await uow.commit()
    for row_version, stage in enumerate(stages[1:]):
        async with unit_of_work() as uow:
            stored = await uow.input_sets.get(WEEKLY)
            assert stored.row_version == row_version
            saved = await uow.input_sets.save(_at(stage, stored.row_version))
            await uow.commit()
        async with unit_of_work(read_only=True) as uow:
            assert await uow.input_sets.get(Label("WEEKLY")) == saved == _at(stage, row_version + 1)


async def test_a_label_is_taken_in_every_case(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await _contents(uow, 100.0)
        await uow.input_sets.add(an_input_set())
        with pytest.raises(AlreadyExistsError, match="Weekly"):
            await uow.input_sets.add(an_input_set("Weekly"))
        await uow.commit()


async def test_an_unknown_label_is_not_found(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        assert await uow.input_sets.find(WEEKLY) is None
        with pytest.raises(NotFoundError, match="weekly"):
            await uow.input_sets.get(WEEKLY)
        with pytest.raises(StaleVersionError):
            await uow.input_sets.save(an_input_set())


async def test_input_sets_are_listed_by_label_page_by_page(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await _contents(uow, 100.0)
        for label in ("gamma", "Alpha", "beta", "delta"):
            await uow.input_sets.add(an_input_set(label))
        await uow.input_sets.save(approved(await uow.input_sets.get(Label("beta"))))
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        first = await uow.input_sets.list(InputSetFilter(), limit=3, cursor=None)
        rest = await uow.input_sets.list(InputSetFilter(), limit=3, cursor=first.next_cursor)
        ready = await uow.input_sets.list(InputSetFilter(status="ready"), limit=3, cursor=None)
        elsewhere = await uow.input_sets.list(InputSetFilter(config_version_id=2), limit=3, cursor=None)
    assert [known.label for known in first.items] == ["Alpha", "beta", "delta"]
    assert [known.label for known in rest.items] == ["gamma"]
    assert rest.next_cursor is None
    (beta,) = ready.items
    assert (beta.label, beta.live, beta.candidate, beta.live_content_hash) == (
        "beta",
        1,
        None,
        a_content().content_hash,
    )
    assert (first.items[0].live, first.items[0].candidate_status) == (None, "draft")
    assert elsewhere.items == []


async def test_a_content_comes_back_equal_section_by_section(unit_of_work: UnitOfWorkFactory) -> None:
    content = a_content()
    assert set(content.row_counts) == {section.name for section in SECTIONS}
    async with unit_of_work() as uow:
        await uow.contents.add(content)
        await uow.contents.add(content)
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        assert await uow.contents.get(content.content_hash) == content
        for section in SECTIONS:
            rows = [row async for batch in uow.contents.rows(content.content_hash, section.name) for row in batch]
            assert rows == list(content.rows(section.name))
            assert all(type(row) is section.row_type for row in rows)


async def test_a_section_is_read_page_by_page_in_key_order(unit_of_work: UnitOfWorkFactory) -> None:
    weeks = [
        CalendarWeek(month, number, f"W{number}", None, None, f"{month}-01", f"{month}-28")
        for month in ("2026-01", "2026-02")
        for number in (2, 10, 30)
    ]
    items = [Item(code) for code in ("B", "a", "Ä", "彩", "Z")]
    content = InputContent.of({"calendar_weeks": weeks, "items": items})
    async with unit_of_work() as uow:
        await uow.contents.add(content)
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        for name in ("calendar_weeks", "items"):
            key_of = SECTIONS_BY_NAME[name].key_of()
            after, read = None, []
            while page := await uow.contents.page(content.content_hash, name, after=after, limit=2):
                assert len(page) <= 2
                read += page
                after = key_of(page[-1])
            assert read == list(content.rows(name))
        assert await uow.contents.page(content.content_hash, "bom_links", after=None, limit=2) == []
        with pytest.raises(NotFoundError, match="weather"):
            await uow.contents.page(content.content_hash, "weather", after=None, limit=2)
        with pytest.raises(NotFoundError):
            await uow.contents.page("f" * 64, "items", after=None, limit=2)


async def test_the_longest_codes_are_kept(unit_of_work: UnitOfWorkFactory) -> None:
    letters = random.Random(1)
    kanji = [chr(code) for code in range(0x4E00, 0x9FA6)]
    codes = ["".join(letters.choices(kanji, k=KEY_TEXT_LENGTH)) for _ in range(5)]
    content = InputContent.of({"inbound_orders": [INBOUND_ORDERS.row([*codes, 1.0, None])]})
    async with unit_of_work() as uow:
        await uow.contents.add(content)
        await uow.commit()

    async with unit_of_work(read_only=True) as uow:
        assert await uow.contents.get(content.content_hash) == content


async def test_an_unknown_content_or_section_is_not_found(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.contents.add(a_content())
        with pytest.raises(NotFoundError):
            await uow.contents.get("f" * 64)
        with pytest.raises(NotFoundError, match="weather"):
            _ = [batch async for batch in uow.contents.rows(a_content().content_hash, "weather")]


async def test_twenty_approvers_at_once_give_exactly_the_approvals_required(unit_of_work: UnitOfWorkFactory) -> None:
    policy = ApprovalPolicy(approvals_required=3)
    async with unit_of_work() as uow:
        await _contents(uow, 100.0)
        submitted, _ = an_input_set().submit(1, actor=AYA, at=NOON)
        await uow.input_sets.add(submitted)
        await uow.commit()

    async def approve(number: int) -> bool:
        actor = an_actor(f"approver-{number}", *AYA.roles)
        try:
            async with unit_of_work() as uow:
                known = await uow.input_sets.get(WEEKLY)
                after, event = known.approve(1, a_content().content_hash, actor=actor, policy=policy, at=NOON)
                await uow.input_sets.save(after)
                await uow.events.append(event.draft(), at=NOON)
                await uow.commit()
        except Exception as error:  # noqa: BLE001 (which refusal it is does not matter here)
            assert error.__class__.__module__.startswith("planvault"), error  # noqa: PT017
            return False
        return True

    outcomes = await asyncio.gather(*(approve(number) for number in range(20)))

    assert outcomes.count(True) == 3
    async with unit_of_work(read_only=True) as uow:
        known = await uow.input_sets.get(WEEKLY)
        assert (known.live, len(known.revision(1).approvals)) == (1, 3)
        assert len(await uow.events.page(None, after=0, limit=100)) == 3


def _brought(known: InputSet, *, demand: float) -> InputSet:
    content = a_content(demand=demand)
    after, _, _ = known.bring(content.content_hash, actor=AYA, at=NOON, source="csv", row_counts=content.row_counts)
    return after


def _at(known: InputSet, row_version: int) -> InputSet:
    return replace(known, row_version=row_version)


async def _contents(uow: UnitOfWork, *demands: float) -> None:
    await uow.configs.add(a_config())
    for demand in demands:
        await uow.contents.add(a_content(demand=demand))
