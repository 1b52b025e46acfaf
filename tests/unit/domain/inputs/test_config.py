from __future__ import annotations

import math
from typing import Any

import pytest

from planvault.domain.errors import InvalidRequestError
from planvault.domain.inputs.config import ConfigVersion
from planvault.testing.builders import AYA
from planvault.testing.clocks import NOON


def a_scope(**changes: Any) -> ConfigVersion:
    fields: dict[str, Any] = {"config_version_id": 3, "name": "plant", "created_at": NOON, "created_by": "aya"}
    return ConfigVersion(**fields | changes)


@pytest.mark.parametrize(
    "changes",
    [{"name": ""}, {"name": " "}, {"name": "x" * 201}, {"name": "a\nb"}, {"horizon_days": 0},
     {"attributes": {"a": math.nan}}, {"attributes": {"a": "\ud800"}}, {"attributes": {1: 2}},
     {"attributes": {"a": {1}}}],
    ids=ascii,
)  # fmt: skip
def test_a_scope_that_cannot_be_kept_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError):
        a_scope(**changes)


def test_attributes_are_the_scopes_own_whatever_becomes_of_the_callers() -> None:
    given: dict[str, Any] = {"regions": ["EU"], "factor": 2.0}
    scope = a_scope(attributes=given)
    given["regions"].append("US")
    assert scope.attributes == {"regions": ["EU"], "factor": 2}


def test_the_ledger_hears_of_a_new_scope() -> None:
    event = a_scope(name=" plant ", horizon_days=1, attributes={"region": "EU"}).created_event(AYA)
    assert (event.stream, event.subject, event.action) == ("config/3", "config/3", "create")
    assert event.details == {"name": "plant", "horizon_days": 1, "attributes": {"region": "EU"}}
