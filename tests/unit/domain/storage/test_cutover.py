"""The way of a store between files and tables, and the gates on it."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from planvault.domain.errors import GateClosedError, IllegalTransitionError, InvalidRequestError
from planvault.domain.shared.ids import VersionId
from planvault.domain.storage.cutover import (
    WAY,
    Place,
    Step,
    filled_from,
    place_meant,
    place_of,
    step_between,
    was_home,
    way,
)
from planvault.domain.storage.evidence import CheckedBackup, Compared, Evidence
from planvault.domain.storage.gates import (
    SETTLED_BY_FILLING,
    Gate,
    gates_of,
    judged,
    require_open,
    verdict_fields,
)
from planvault.domain.storage.state import Side, StorageMode, StorageState
from planvault.testing.clocks import NOON

V1 = VersionId("v1")
SAME = Compared(versions=3, findings={}, digest="0" * 64)
DIFFERENT = Compared(versions=3, findings={V1: "cell"}, digest="0" * 64)
# Every gate is open.
FINE = Evidence(
    has_root=True,
    compared=SAME,
    tables=SAME,
    folders=SAME,
    backup=CheckedBackup(position=9, rows=40, sha256="b" * 64),
    changed_at=9,
    rows=40,
    row_limit=40,
)


def test_every_place_is_reached_from_every_other_step_by_step_and_back() -> None:
    for before, after in product(WAY, WAY):
        steps = way(before, after)
        assert len(steps) == abs(WAY.index(before) - WAY.index(after))
        assert [step.before for step in steps] == [before, *(step.after for step in steps[:-1])][: len(steps)]
        assert not steps or steps[-1].after is after
        assert way(after, before) == [Step(before=step.after, after=step.before) for step in reversed(steps)]
    assert [str(step) for step in way(Place.FILES, Place.DB)] == [
        "files → both, primary files",
        "both, primary files → both, primary db",
        "both, primary db → db",
    ]


def test_a_place_is_a_mode_with_its_primary() -> None:
    state = StorageState(store_id="s", since=NOON)
    assert place_of(None) is place_of(state) is Place.DB
    for place in WAY[:-1]:
        assert place_of(state.switched(place.mode, at=NOON, primary=place.primary)) is place
    assert place_meant(Place.DB, StorageMode.BOTH, None) is Place.BOTH_DB
    assert place_meant(Place.FILES, StorageMode.BOTH, None) is Place.BOTH_FILES
    assert place_meant(Place.FILES, StorageMode.BOTH, Side.DB) is Place.BOTH_DB
    for mode, primary in ((StorageMode.DB, Side.FILES), (StorageMode.FILES, Side.DB)):
        with pytest.raises(InvalidRequestError, match=f"has the primary {mode} alone"):
            place_meant(Place.DB, mode, primary)


def test_only_the_place_beside_is_one_step_away() -> None:
    assert step_between(Place.DB, Place.BOTH_DB) == Step(before=Place.DB, after=Place.BOTH_DB)
    with pytest.raises(IllegalTransitionError, match="mode both already"):
        step_between(Place.BOTH_FILES, Place.BOTH_FILES)
    with pytest.raises(IllegalTransitionError, match="2 steps") as refused:
        step_between(Place.DB, Place.BOTH_FILES)
    assert refused.value.remedy == "Go all the way: planvault storage cutover --to both --primary files."


def test_the_side_that_is_the_primary_fills_the_other_on_the_way_there() -> None:
    filled = {(before, after): filled_from(before, after) for before, after in product(WAY, WAY)}
    assert {pair for pair, side in filled.items() if side is Side.DB} == {
        (before, after) for before in (Place.DB, Place.BOTH_DB) for after in WAY if after is not Place.DB
    }
    assert {pair for pair, side in filled.items() if side is None} == {
        (Place.DB, Place.DB),
        (Place.BOTH_DB, Place.DB),
        (Place.FILES, Place.FILES),
        (Place.BOTH_FILES, Place.FILES),
    }


def test_a_side_was_home_if_reads_came_from_it_since_the_store_did_without() -> None:
    db, files, both = StorageMode.DB, StorageMode.FILES, StorageMode.BOTH
    trial = [(both, Side.DB)]
    assert not was_home(Side.FILES, trial)
    assert not was_home(Side.FILES, [*trial, (db, Side.DB), (both, Side.FILES)])
    assert was_home(Side.FILES, [*trial, (both, Side.FILES), (files, Side.FILES)])
    assert was_home(Side.DB, [(both, Side.FILES), (both, Side.DB)])
    assert not was_home(Side.DB, [(both, Side.FILES), (files, Side.FILES), (both, Side.DB)])
    assert (was_home(Side.DB, []), was_home(Side.FILES, [])) == (True, False)


def test_which_step_asks_what() -> None:
    asked = {
        (step.before, step.after, home): [str(gate) for gate in gates_of(step, was_home=home)]
        for before, after in product(WAY, WAY)
        for step in way(before, after)[:1]
        for home in (False, True)
    }
    leaving = ["backfill", "backup"]
    to_files = ["root", "filed", "drift", "mirror", "backfill"]
    to_db = ["filed", "drift", "backfill", "rows"]
    assert asked == {
        (Place.DB, Place.BOTH_DB, False): ["root"],
        (Place.DB, Place.BOTH_DB, True): ["root"],
        (Place.BOTH_DB, Place.BOTH_FILES, False): to_files,
        (Place.BOTH_DB, Place.BOTH_FILES, True): to_files,
        (Place.BOTH_FILES, Place.FILES, False): ["root", "filed", "folders", "mirror"],
        (Place.BOTH_FILES, Place.FILES, True): ["root", "filed", "folders", "mirror", *leaving],
        (Place.FILES, Place.BOTH_FILES, False): ["root", "backfill", "rows"],
        (Place.FILES, Place.BOTH_FILES, True): ["root", "backfill", "rows"],
        (Place.BOTH_FILES, Place.BOTH_DB, False): to_db,
        (Place.BOTH_FILES, Place.BOTH_DB, True): to_db,
        (Place.BOTH_DB, Place.DB, False): ["tables"],
        (Place.BOTH_DB, Place.DB, True): ["tables", *leaving],
    }


@pytest.mark.parametrize(
    ("gate", "spoilt", "measured"),
    [
        (Gate.ROOT, {"has_root": False}, "none is set"),
        (Gate.ROOT, {"trouble": "it cannot be used (storage-full)"}, "storage-full"),
        (Gate.FILED, {"unfiled": [V1]}, "1 version without a folder"),
        (Gate.DRIFT, {"compared": DIFFERENT}, "1 of 3 versions differs"),
        (Gate.DRIFT, {"compared": None}, "nobody compared"),
        (Gate.TABLES, {"tables": DIFFERENT}, "1 of 3 versions differs"),
        (Gate.TABLES, {"tables": None}, "nobody compared"),
        (Gate.FOLDERS, {"folders": DIFFERENT}, "1 of 3 versions differs"),
        (Gate.FOLDERS, {"folders": None}, "nobody compared"),
        (Gate.MIRROR, {"waiting": 2}, "2 commits waiting"),
        (Gate.MIRROR, {"mirror_trouble": "1 file differs"}, "0 commits waiting, 1 file differs"),
        (Gate.BACKFILL, {"backfilling": "run-1"}, "run-1 is under way"),
        (Gate.BACKFILL, {"unfinished": [V1]}, "1 version not taken"),
        (Gate.BACKUP, {"backup": None}, "none was verified"),
        (Gate.BACKUP, {"changed_at": 10}, "one of position 9 with 40 series rows"),
        (Gate.BACKUP, {"rows": 41}, "one of position 9 with 40 series rows"),
        (Gate.ROWS, {"rows": 41}, "41 series rows"),
    ],
)
def test_a_gate_closes_for_its_own_reason_and_says_what_to_do(
    gate: Gate, spoilt: dict[str, Any], measured: str
) -> None:
    assert all(verdict.is_open for verdict in judged(Gate, FINE))
    (verdict,) = judged([gate], replace(FINE, **spoilt))
    assert (verdict.is_open, measured in verdict.measured, bool(verdict.remedy)) == (False, True, True)
    assert verdict_fields(verdict)["remedy"] == verdict.remedy


def test_a_store_that_ends_with_its_process_needs_no_backup_and_one_without_limit_no_room() -> None:
    (backup,) = judged([Gate.BACKUP], replace(FINE, keeps_nothing=True, backup=None))
    (rows,) = judged([Gate.ROWS], replace(FINE, rows=10**9, row_limit=0))
    assert (backup.is_open, rows.is_open) == (True, True)


def test_a_step_with_a_closed_gate_is_refused_with_everything_that_is_missing() -> None:
    step = Step(before=Place.BOTH_DB, after=Place.BOTH_FILES)
    taken = [Step(before=Place.DB, after=Place.BOTH_DB)]
    gates = gates_of(step, was_home=False)
    require_open(step, judged(gates, FINE))
    seen = replace(FINE, unfiled=[V1], compared=DIFFERENT)
    with pytest.raises(GateClosedError, match=r"filed: .*v1.*drift: .*v1") as refused:
        require_open(step, judged(gates, seen), taken=taken)
    params = refused.value.params
    assert (params["step"], params["taken"]) == (str(step), ["db → both, primary db"])
    assert [gate["gate"] for gate in params["gates"] if not gate["open"]] == ["filed", "drift"]  # type: ignore[attr-defined]


def test_what_filling_settles_is_told_later() -> None:
    gates = gates_of(Step(before=Place.BOTH_DB, after=Place.BOTH_FILES), was_home=False)
    verdicts = judged(gates, replace(FINE, compared=None), pending=SETTLED_BY_FILLING)
    assert [(str(verdict.gate), verdict.is_open, verdict.pending) for verdict in verdicts] == [
        ("root", True, False),
        ("filed", False, True),
        ("drift", False, True),
        ("mirror", False, True),
        ("backfill", True, False),
    ]
