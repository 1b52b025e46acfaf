from __future__ import annotations

from dataclasses import replace

import pytest

from planvault.domain.shared.events import Head
from planvault.domain.shared.ids import VersionId
from planvault.domain.storage.backfill import BackfillItem, Outcome
from planvault.domain.storage.standing import History, Standing, history_of, verdict
from planvault.testing.clocks import NOON


def chain(*hashes: str) -> list[Head]:
    return [Head(stream="plan/v1", sequence=number, hash=said) for number, said in enumerate(hashes, start=1)]


@pytest.mark.parametrize(
    ("here", "there", "history"),
    [
        ("", "ab", History.APART),
        ("ab", "", History.APART),
        ("ab", "xb", History.APART),
        ("ab", "ab", History.EQUAL),
        ("ab", "abc", History.AHEAD),
        ("abc", "ab", History.BEHIND),
        ("abc", "abd", History.PARTED),
        ("abc", "adef", History.PARTED),
    ],
)
def test_two_chains_tell_who_went_on_from_whom(here: str, there: str, history: History) -> None:
    assert history_of(chain(*here), chain(*there)) is history


@pytest.mark.parametrize("levels", [[], ["det"]])
def test_what_went_on_at_the_source_is_taken_and_what_went_on_here_stays(levels: list[str]) -> None:
    standing = Standing(payload_digest="a" * 64, used=True)
    assert verdict(replace(standing, history=History.AHEAD), levels, force=False).outcome is Outcome.REPLACED
    assert verdict(replace(standing, history=History.BEHIND), levels, force=False).outcome is Outcome.SKIPPED
    parted = verdict(replace(standing, history=History.PARTED), levels, force=False)
    assert parted.outcome is Outcome.CONFLICT
    assert "it changed here as well" in str(parted.reason)


def test_approved_content_does_not_follow_its_source() -> None:
    standing = Standing(payload_digest="a" * 64, used=True, frozen=True, history=History.AHEAD)
    assert verdict(standing, ["det"], force=True).outcome is Outcome.CONFLICT
    assert verdict(standing, [], force=False).outcome is Outcome.SKIPPED


def test_force_takes_what_parted_and_what_fell_behind() -> None:
    for history in (History.PARTED, History.BEHIND):
        standing = Standing(payload_digest="a" * 64, used=True, history=history)
        assert verdict(standing, ["det"], force=True).outcome is Outcome.REPLACED


def test_what_was_taken_once_goes_by_what_was_taken() -> None:
    item = BackfillItem(
        version_id=VersionId("v1"),
        source_version="v1",
        run_id="r1",
        outcome=Outcome.TAKEN,
        source_digest="b" * 64,
        payload_digest="a" * 64,
        updated_at=NOON,
    )
    standing = Standing(item=item, payload_digest="a" * 64, used=True, history=History.PARTED)
    assert verdict(standing, ["det"], force=False).outcome is Outcome.REPLACED
    left = replace(standing, item=replace(item, source_digest=None, payload_digest=None))
    assert verdict(left, [], force=False).outcome is Outcome.CONFLICT
