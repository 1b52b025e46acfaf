from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.domain.errors import InvalidRequestError
from planvault.domain.shared.ids import VersionId
from planvault.domain.storage.retention import HeldVersion, Protection, Retention, months_before, select
from planvault.testing.clocks import NOON


def held(name: str, *, days: float = 0, rows: int = 10, base: str | None = None, **facts: Any) -> HeldVersion:
    """A draft of so many days, which nothing protects."""
    fields: dict[str, Any] = {"status": "draft", "pinned": False, "baseline": False, "awaited": False}
    return HeldVersion(
        version_id=VersionId(name),
        created_at=NOON - timedelta(days=days),
        series_rows=rows,
        base_version_id=None if base is None else VersionId(base),
        **fields | facts,
    )


def chosen(versions: list[HeldVersion], **asked: int) -> list[str]:
    retention = Retention(**{"keep_newest": 0, **asked})
    return [version.version_id for version in select(versions, retention, now=NOON).chosen]


def test_what_is_older_than_so_many_days_goes_oldest_first() -> None:
    versions = [held("b", days=40), held("a", days=50), held("c", days=30), held("d", days=1)]
    assert chosen(versions, older_than_days=30) == ["a", "b"]


def test_the_oldest_go_until_few_enough_rows_stay() -> None:
    versions = [held("a", days=3, rows=5), held("b", days=2, rows=10), held("c", days=1, rows=20)]
    assert chosen(versions, max_rows=35) == []
    assert chosen(versions, max_rows=34) == ["a"]
    assert chosen(versions, max_rows=20) == ["a", "b"]
    assert chosen(versions, max_rows=0) == ["a", "b", "c"]


def test_age_and_rows_together_take_whatever_either_asks_for() -> None:
    versions = [held("a", days=9), held("b", days=8), held("c", days=1)]
    assert chosen(versions, older_than_days=5, max_rows=25) == ["a", "b"]
    assert chosen(versions, older_than_days=8, max_rows=10) == ["a", "b"]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"status": "approved"}, Protection.APPROVED),
        ({"status": "submitted"}, Protection.SUBMITTED),
        ({"pinned": True}, Protection.PINNED),
        ({"baseline": True, "status": "superseded"}, Protection.BASELINE),
        ({"awaited": True}, Protection.AWAITED),
    ],
)
def test_a_protected_version_is_never_chosen_and_the_reason_is_counted(
    facts: dict[str, Any], reason: Protection
) -> None:
    versions = [held("a", days=99, **facts), held("b", days=98)]
    selection = select(versions, Retention(max_rows=0, keep_newest=0), now=NOON)
    assert [version.version_id for version in selection.chosen] == ["b"]
    assert selection.protected == {reason: 1}


def test_the_newest_are_never_chosen() -> None:
    versions = [held(name, days=days) for name, days in (("a", 9), ("b", 8), ("c", 7))]
    assert chosen(versions, max_rows=0, keep_newest=2) == ["a"]
    assert chosen(versions, max_rows=0, keep_newest=9) == []


def test_what_a_version_that_stays_was_made_from_stays_with_all_before_it() -> None:
    versions = [
        held("a", days=9),
        held("b", days=8, base="a"),
        held("c", days=7, base="b", pinned=True),
        held("d", days=6, base="a"),
    ]
    selection = select(versions, Retention(max_rows=0, keep_newest=0), now=NOON)
    assert [version.version_id for version in selection.chosen] == ["d"]
    assert selection.protected == {Protection.PINNED: 1, Protection.REFERENCED: 2}


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"keep_newest": 3},
        {"older_than_days": 0},
        {"older_than_days": 99_999},
        {"max_rows": -1},
        {"max_rows": 1, "keep_newest": -1},
        {"kpis_months": 0},
    ],
)
def test_what_cannot_be_meant_is_refused(asked: dict[str, int]) -> None:
    with pytest.raises(InvalidRequestError):
        Retention(**asked)


@pytest.mark.parametrize(
    ("months", "then"),
    [(1, (2026, 2, 28)), (2, (2026, 1, 28)), (3, (2025, 12, 28)), (15, (2024, 12, 28)), (24, (2024, 3, 28))],
)
def test_months_are_counted_by_the_calendar(months: int, then: tuple[int, int, int]) -> None:
    assert months_before(datetime(2026, 3, 31, tzinfo=UTC), months) == datetime(*then, tzinfo=UTC)


@st.composite
def _histories(draw: st.DrawFn) -> list[HeldVersion]:
    versions: list[HeldVersion] = []
    for number in range(draw(st.integers(0, 12))):
        names = [version.version_id for version in versions]
        versions.append(
            held(
                f"v{number}",
                days=draw(st.integers(0, 30)),
                rows=draw(st.integers(0, 50)),
                base=draw(st.none() | st.sampled_from([*names, VersionId("gone")])),
                status=draw(st.sampled_from(["draft", "draft", "draft", "submitted", "approved", "superseded"])),
                pinned=draw(st.sampled_from([False, False, False, True])),
                baseline=draw(st.sampled_from([False, False, False, True])),
                awaited=draw(st.sampled_from([False, False, False, True])),
            )
        )
    return draw(st.permutations(versions))


_RETENTIONS = st.builds(
    Retention,
    older_than_days=st.none() | st.integers(1, 30),
    max_rows=st.integers(0, 400),
    keep_newest=st.integers(0, 4),
)


@given(_histories(), _RETENTIONS)
def test_no_trim_takes_what_is_protected_newest_or_built_upon(
    versions: list[HeldVersion], retention: Retention
) -> None:
    selection = select(versions, retention, now=NOON)
    going = {version.version_id for version in selection.chosen}
    staying = [version for version in versions if version.version_id not in going]
    newest = sorted(versions, key=lambda version: (version.created_at, version.version_id))
    newest = newest[max(0, len(newest) - retention.keep_newest) :]
    assert all(version.protection is None for version in selection.chosen)
    assert not going & {version.version_id for version in newest}
    assert not going & {version.base_version_id for version in staying}
    assert selection.rows_after == sum(version.series_rows for version in staying)


@given(_histories(), st.integers(0, 400))
def test_a_trim_by_rows_takes_no_more_than_it_needs_and_ends_after_one_round(
    versions: list[HeldVersion], most: int
) -> None:
    retention = Retention(max_rows=most, keep_newest=0)
    selection = select(versions, retention, now=NOON)
    if selection.chosen:
        assert selection.rows > most
    going = {version.version_id for version in selection.chosen}
    staying = [version for version in versions if version.version_id not in going]
    assert select(staying, retention, now=NOON).chosen == ()
