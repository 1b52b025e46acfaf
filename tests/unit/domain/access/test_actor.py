from __future__ import annotations

import pytest

from planvault.domain.access.actor import Actor, Role, Verification
from planvault.domain.errors import ForbiddenError, InvalidRequestError
from planvault.testing.builders import an_actor


@pytest.mark.parametrize("role", Role)
def test_a_role_lets_pass_for_itself_and_for_no_other(role: Role) -> None:
    actor = an_actor("kim", role)
    actor.require(role)
    for other in set(Role) - {role}:
        with pytest.raises(ForbiddenError, match=f"kim lacks the role {other} .has: {role}") as caught:
            actor.require(other)
        assert caught.value.params == {"role": str(other), "actor": "kim"}


def test_somebody_without_roles_has_none() -> None:
    with pytest.raises(ForbiddenError, match="has: none"):
        an_actor("kim").require(Role.VIEWER)


def test_an_asserted_actor_has_every_role_and_says_so() -> None:
    actor = Actor.asserted("kim")
    assert (actor.roles, actor.verification) == (frozenset(Role), Verification.ASSERTED)


def test_a_name_is_kept_in_nfc_and_compares_without_case_and_width() -> None:
    actor = Actor.asserted("  Zoe\u0301 ")
    assert actor.name == "Zoé"
    assert actor.key == Actor.asserted("ZOÉ").key == Actor.asserted("\uff3a\uff4fé").key


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "a\u202eb", "ay\u00ada", "x" * 201], ids=ascii)
def test_a_name_that_cannot_be_seen_on_one_line_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequestError, match="actor"):
        Actor.asserted(name)
