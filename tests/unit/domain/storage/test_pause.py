from __future__ import annotations

from datetime import timedelta

import pytest

from planvault.domain.errors import InvalidRequestError
from planvault.domain.storage.pause import LONGEST_DAYS, Pause
from planvault.testing.clocks import NOON

HOUR = timedelta(hours=1)


def test_a_pause_holds_until_its_end_and_says_how_long_to_wait() -> None:
    pause = Pause.begun("moving", until=NOON + HOUR, actor="aya", at=NOON)
    assert pause.holds(NOON)
    assert not pause.holds(NOON + HOUR)
    refusal = pause.refusal(NOON + timedelta(minutes=59, seconds=59, microseconds=1))
    assert "moving" in refusal.message
    assert refusal.params["retry_after"] == 1


@pytest.mark.parametrize(
    ("reason", "until"),
    [
        ("", NOON + HOUR),
        ("  ", NOON + HOUR),
        ("x" * 201, NOON + HOUR),
        ("moving", NOON),
        ("moving", NOON - HOUR),
        ("moving", NOON + timedelta(days=LONGEST_DAYS, seconds=1)),
    ],
)
def test_a_pause_without_a_reason_or_an_end_that_comes_soon_is_refused(reason: str, until: object) -> None:
    with pytest.raises(InvalidRequestError):
        Pause.begun(reason, until=until, actor="aya", at=NOON)  # type: ignore[arg-type]
