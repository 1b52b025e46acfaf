from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.adapters.legacy.edits import EditRecord, Edits, audit_of_artifacts, records_of_artifacts
from planvault.adapters.legacy.words import day, mapped_id, moment, name, remark
from planvault.domain.plans.editing.cells import RowKey
from planvault.domain.shared.ids import comment, folded, title, version_id
from planvault.testing.clocks import NOON

ROW = RowKey("det", "2025-W09", "SKU1")


@given(st.text())
def test_every_text_has_an_id_that_is_always_the_same(text: str) -> None:
    made = mapped_id(text)
    assert version_id(made) == made == mapped_id(text)


def test_ids_that_can_be_kept_are_and_others_do_not_meet() -> None:
    assert mapped_id("api-base-2025") == "api-base-2025"
    assert mapped_id("計画 2025/06").startswith("2025-06-")
    made = {folded(mapped_id(text)) for text in ("a/b", "a\\b", "a b", "a..b", "", "../../x?y#z", "-a", "ａ")}
    assert len(made) == 8


@given(st.text())
def test_remarks_and_names_can_be_kept(text: str) -> None:
    assert comment(remark(text)) == remark(text)
    assert title(name(text)) == name(text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1795192024434, datetime(2026, 11, 20, 16, 27, 4, 434000, UTC)),
        (1795192024, datetime(2026, 11, 20, 16, 27, 4, tzinfo=UTC)),
        (None, None),
        ("soon", None),
        (True, None),
        (10**30, None),
        (float("nan"), None),
    ],
)
def test_moments_are_counted_in_milliseconds_or_seconds(value: object, expected: datetime | None) -> None:
    assert moment(value) == expected


def test_days_that_are_none_are_null() -> None:
    assert (day("2025-06-15"), day("2025-02-30"), day(None)) == (date(2025, 6, 15), None, None)


def edits(*records: EditRecord) -> Edits:
    found = Edits()
    for record in records:
        found.take(record)
    return found


def test_values_locks_and_weights_of_a_key_lie_over_its_row() -> None:
    values = {"week": "2025-W09", "sku": "SKU1", "supply_plan": 20, "on_hand_end": 3.5, "demand": None}
    found = edits(EditRecord(key=ROW.text, values=values, locked=True, weight=2.0, author="sato", at=NOON)).overlay
    assert {cell.field: one.value for cell, one in found.overrides.items()} == {"supply": 20.0, "inventory_close": 3.5}
    assert (list(found.locks), found.weights) == ([(ROW, None)], {ROW: 2.0})
    assert {one.author for one in found.overrides.values()} == {"sato"}


def test_the_lock_of_a_cell_is_one_of_that_cell() -> None:
    found = edits(EditRecord(key=f"{ROW.text}:field=demand", locked=True, at=NOON)).overlay
    assert list(found.locks) == [(ROW, "demand")]


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("agg:period=None,family=None", {}),
        ("det:week=None,sku=None", {}),
        ("audit:submit", {}),
        (ROW.text, {"price": 3.0}),
        (ROW.text, {"demand": "many"}),
        (ROW.text, {"demand": True}),
        (ROW.text, {"demand": float("inf")}),
    ],
)
def test_what_has_no_place_is_put_aside_with_the_reason(key: str, values: dict[str, object]) -> None:
    found = edits(EditRecord(key=key, values=values, at=NOON))
    assert [one["key"] for one in found.quarantined] == [key]
    assert found.quarantined[0]["why"]
    assert (found.overlay.overrides, found.overlay.locks) == ({}, {})


def test_artifacts_tell_of_edits_locks_and_events() -> None:
    told = {
        "psi_overrides.json": {"aggregate": [{"period": "2025-03", "family": "F1", "demand": 150.0}], "det": []},
        "psi_locks.json": {"locks": [ROW.text]},
        "psi_audit.json": {"events": [{"ts": 1, "event": "submit"}, "nonsense"]},
    }
    found = edits(*records_of_artifacts(told, at=NOON))
    assert [cell.text for cell in found.overlay.overrides] == ["agg:period=2025-03,family=F1:field=demand"]
    assert list(found.overlay.locks) == [(ROW, None)]
    assert audit_of_artifacts(told) == [{"ts": 1, "event": "submit"}]
    odd = {"psi_overrides.json": [1], "psi_locks.json": {"locks": 3}, "psi_audit.json": {}}
    assert edits(*records_of_artifacts(odd, at=NOON)).overlay.overrides == {}
    assert audit_of_artifacts(odd) == []
