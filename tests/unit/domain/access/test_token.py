from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.domain.access.actor import Role, Verification
from planvault.domain.access.token import AccessToken, parse_token
from planvault.domain.errors import IllegalTransitionError, UnauthenticatedError
from planvault.testing.builders import AYA
from planvault.testing.clocks import NOON

DAY = timedelta(days=1)
LETTERS = "0aZ_-g"


def issued() -> tuple[AccessToken, str]:
    return AccessToken.issue("ci", [Role.PLANNER], by=AYA, at=NOON, expires_at=NOON + DAY)


def test_a_tokens_text_parses_into_id_and_secret_and_only_the_hash_is_kept() -> None:
    token, text = issued()
    token_id, secret = parse_token(text)
    assert token_id == token.token_id
    assert token.secret_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in repr(token)
    assert text.startswith(f"pv_{token_id}_")


def test_every_token_is_another() -> None:
    assert len({issued()[1] for _ in range(50)}) == 50


def test_the_secret_proves_its_holder() -> None:
    token, text = issued()
    actor = token.actor(parse_token(text)[1], at=NOON)
    assert (actor.name, actor.roles) == ("ci", frozenset({Role.PLANNER}))
    assert (actor.verification, actor.token_id) == (Verification.TOKEN, token.token_id)


@given(st.integers(3, 62), st.sampled_from(LETTERS))
def test_one_wrong_character_is_a_typing_error(position: int, letter: str) -> None:
    _, text = issued()
    wrong = text[:position] + letter + text[position + 1 :]
    if wrong != text:
        with pytest.raises(UnauthenticatedError):
            parse_token(wrong)


@pytest.mark.parametrize("text", ["", "pv_", "Bearer x", "pv_abcdefgh_short00000000", "\u3042" * 63])
def test_what_is_no_token_at_all_is_refused(text: str) -> None:
    with pytest.raises(UnauthenticatedError):
        parse_token(text)


def test_a_tokens_text_has_nothing_before_or_after_it() -> None:
    _, text = issued()
    for wrong in (f"{text}\n", f" {text}", f"{text}0", text.upper()):
        with pytest.raises(UnauthenticatedError):
            parse_token(wrong)


def test_every_refusal_says_the_same() -> None:
    token, text = issued()
    secret = parse_token(text)[1]
    answers = set()
    for kept, given_secret, at in [
        (token, "wrong", NOON),
        (token, secret, NOON + DAY),
        (token.revoke(at=NOON), secret, NOON),
        (replace(token, expires_at=NOON), "wrong", NOON),
    ]:
        with pytest.raises(UnauthenticatedError) as caught:
            kept.actor(given_secret, at=at)
        answers.add((str(caught.value), caught.value.remedy, caught.value.code, str(caught.value.params)))
    with pytest.raises(UnauthenticatedError) as caught:
        parse_token(text[:-1])
    answers.add((str(caught.value), caught.value.remedy, caught.value.code, str(caught.value.params)))
    assert len(answers) == 1


def test_a_token_is_active_until_the_moment_it_expires() -> None:
    token, _ = issued()
    assert token.is_active(NOON + DAY - timedelta(microseconds=1))
    assert not token.is_active(NOON + DAY)
    assert replace(token, expires_at=None).is_active(NOON + 10_000 * DAY)


def test_a_revoked_token_is_closed_for_good() -> None:
    token, _ = issued()
    revoked = token.revoke(at=NOON)
    assert not revoked.is_active(NOON - DAY)
    with pytest.raises(IllegalTransitionError, match="revoked already"):
        revoked.revoke(at=NOON + DAY)


def test_the_ledger_hears_of_a_token_without_its_secret() -> None:
    token, text = issued()
    event = token.event("issue", AYA, "for the nightly run")
    assert (event.stream, event.subject, event.comment) == ("access", f"token/{token.token_id}", "for the nightly run")
    assert event.details == {"token_id": token.token_id, "actor": "ci", "roles": ["planner"]}
    assert parse_token(text)[1] not in str(event)
    assert token.secret_hash not in str(event)
