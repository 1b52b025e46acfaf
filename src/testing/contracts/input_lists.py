"""The contract of lists of input sets: every filter, page by page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ...application.unit_of_work import UnitOfWork, UnitOfWorkFactory
from ...domain.access.policy import ApprovalPolicy
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.label_pattern import LabelPattern
from ...domain.inputs.ports import InputSetFilter
from ...domain.inputs.revision import InputRevision
from ...domain.shared.ids import Label
from ..builders import AYA, BEN, a_config, a_content, an_actor, an_input_set, approved
from ..clocks import NOON

TWO = ApprovalPolicy(approvals_required=2)
CID = an_actor("cid", *AYA.roles)


def _submitted(label: str) -> InputSet:
    return an_input_set(label).submit(1, actor=AYA, at=NOON)[0]


def _approved_once(label: str) -> InputSet:
    known = _submitted(label)
    content_hash = known.candidate_revision.content_hash
    return known.approve(1, content_hash, actor=BEN, policy=TWO, at=NOON)[0]


async def _filled(uow: UnitOfWork) -> None:
    await uow.configs.add(a_config())
    await uow.configs.add(a_config(2, "second"))
    await uow.contents.add(a_content())
    live = approved(an_input_set("Week-2"))
    for known in (
        an_input_set("a.b"),
        replace(_submitted("week_1"), config_version_id=2),
        _submitted("weekly"),
        live,
        replace(live, label=Label("weekx1"), archived=True, revisions=_renamed(live, Label("weekx1"))),
        _approved_once("yearly"),
    ):
        await uow.input_sets.add(known)


@pytest.mark.parametrize(
    ("wanted", "labels"),
    [
        (InputSetFilter(), "a.b Week-2 week_1 weekly weekx1 yearly"),
        (InputSetFilter(status="draft"), "a.b week_1 weekly yearly"),
        (InputSetFilter(status="ready"), "Week-2"),
        (InputSetFilter(status="archived"), "weekx1"),
        (InputSetFilter(config_version_id=2), "week_1"),
        (InputSetFilter(label=LabelPattern("WEEK*")), "Week-2 week_1 weekly weekx1"),
        (InputSetFilter(label=LabelPattern("week?1")), "week_1 weekx1"),
        (InputSetFilter(label=LabelPattern("week_1")), "week_1"),
        (InputSetFilter(label=LabelPattern("week%")), ""),
        (InputSetFilter(label=LabelPattern("week!_1")), ""),
        (InputSetFilter(label=LabelPattern("*.*")), "a.b"),
        (InputSetFilter(label=LabelPattern("[w]*")), ""),
        (InputSetFilter(awaiting="ben"), "week_1 weekly"),
        (InputSetFilter(awaiting="Cid"), "week_1 weekly yearly"),
        (InputSetFilter(awaiting="AYA"), ""),
        (InputSetFilter(awaiting="aya", policy=ApprovalPolicy(allow_self_approval=True)), "week_1 weekly yearly"),
        (InputSetFilter(awaiting="cid", config_version_id=1, label=LabelPattern("*ly")), "weekly yearly"),
        (InputSetFilter(awaiting="cid", status="ready"), ""),
    ],
)
@pytest.mark.parametrize("limit", [1, 2, 10])
async def test_a_filter_leaves_what_it_names_on_pages_of_any_size(
    unit_of_work: UnitOfWorkFactory, wanted: InputSetFilter, labels: str, limit: int
) -> None:
    async with unit_of_work() as uow:
        await _filled(uow)
        await uow.commit()

    found: list[str] = []
    async with unit_of_work(read_only=True) as uow:
        cursor = None
        while True:
            page = await uow.input_sets.list(wanted, limit=limit, cursor=cursor)
            assert len(page.items) <= limit
            found += [known.label for known in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
            assert len(page.items) == limit
        newest = await uow.input_sets.newest(wanted, limit=100)
        assert sorted(known.label for known in newest) == sorted(labels.split())
        assert [await uow.input_sets.get(known.label) for known in newest] == list(newest)
    assert found == labels.split()


async def test_the_newest_changed_last(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.configs.add(a_config())
        await uow.contents.add(a_content())
        for hours, label in ((1, "b"), (2, "c"), (0, "d"), (1, "A")):
            await uow.input_sets.add(an_input_set(label, at=NOON + timedelta(hours=hours)))
        found = await uow.input_sets.newest(InputSetFilter(), limit=3)
    assert [known.label for known in found] == ["c", "A", "b"]


async def test_many_that_wait_for_others_hide_none_that_waits(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.configs.add(a_config())
        await uow.contents.add(a_content())
        for number in range(230):
            await uow.input_sets.add(
                _submitted(f"set-{number:03}") if number in {3, 229} else _bens(f"set-{number:03}")
            )
        first = await uow.input_sets.list(InputSetFilter(awaiting="ben"), limit=1, cursor=None)
        rest = await uow.input_sets.list(InputSetFilter(awaiting="ben"), limit=1, cursor=first.next_cursor)
    assert [known.label for known in (*first.items, *rest.items)] == ["set-003", "set-229"]
    assert rest.next_cursor is None


def _bens(label: str) -> InputSet:
    known = _submitted(label)
    return replace(known, revisions=tuple(replace(one, authors=("ben",)) for one in known.revisions))


def _renamed(known: InputSet, label: Label) -> tuple[InputRevision, ...]:
    return tuple(replace(one, label=label) for one in known.revisions)
