"""The mirror's words: names that come back, files that carry their hash, and roots of another past."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.domain.errors import ConflictError, IntegrityError
from planvault.domain.storage.mirror import MirrorHead, RootFile, Touched, touched_of
from planvault.domain.storage.mirror_text import file_name, name_of, opened_text, sealed_text

HEAD = MirrorHead(commit_seq=7, position=12, hash="a" * 64, schema="0013")
ROOT = RootFile(store_id="one", epoch="e1", head=HEAD)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(TEXT, TEXT)
def test_names_of_files_give_back_what_they_name_and_stay_apart(one: str, other: str) -> None:
    assert name_of(file_name(one)) == one
    assert (file_name(one).lower() == file_name(other).lower()) is (one == other)
    assert ".." not in file_name(one)
    assert not file_name(one).startswith(".")
    assert file_name(one).isascii()
    assert "/" not in file_name(one)


def test_a_stream_is_a_file_that_anybody_can_read() -> None:
    assert file_name("plan/v20261128-1") == "plan%2Fv20261128-1"
    assert file_name("input_set/A..b/1") == "input_set%2F%41.%2Eb%2F1"


def test_what_was_touched_follows_from_events() -> None:
    touched = Touched()
    assert touched.nothing
    touched.event("plan/v1", "plan/V1")
    touched.event("storage", "plan/v2")
    touched.event("input_set/weekly/3", "input_set/Weekly")
    touched.event("config/1", "config/1")
    assert (touched.versions, touched.labels) == ({"v1", "v2"}, {"weekly"})
    assert touched.streams == {"plan/v1", "storage", "input_set/weekly/3", "config/1"}
    assert touched_of(touched.as_fields()) == touched


@given(st.dictionaries(TEXT, st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT | st.none()))
def test_a_file_that_was_altered_is_told(fields: dict[str, object]) -> None:
    said = {**fields, "format": "f 1"} | {"sha256": None}
    del said["sha256"]
    text = sealed_text(said)
    assert opened_text(text, shown="x", formatted="f 1") == said
    for wrong in (text[:-2], text.replace(b"f 1", b"f 2"), text.replace(b"{", b"{ ", 1), b"", b"[]\n"):
        with pytest.raises(IntegrityError):
            opened_text(wrong, shown="x", formatted="f 1")


def test_a_root_of_the_same_store_and_epoch_passes() -> None:
    ROOT.require("one", "e1", shown="it")
    RootFile(store_id="one").require("one", "e1", shown="it")
    with pytest.raises(ConflictError, match="another store"):
        ROOT.require("two", "e1", shown="it")
    with pytest.raises(ConflictError, match="another epoch") as refused:
        ROOT.require("one", "e2", shown="it")
    assert "storage rebuild" in str(refused.value.remedy)


@pytest.mark.parametrize(
    ("commit_seq", "position", "there", "why"),
    [
        (7, 11, None, "is ahead of the ledger: it mirrors position 12, commit 7, and the ledger stands at 11"),
        (6, 12, "a" * 64, "is ahead of the ledger: it mirrors position 12, commit 7, .* commit 6"),
        (9, 99, "b" * 64, "mirrors another ledger: its event at position 12"),
        (9, 99, None, "mirrors another ledger"),
    ],
)
def test_a_root_that_tells_of_another_past_is_refused(
    commit_seq: int, position: int, there: str | None, why: str
) -> None:
    with pytest.raises(ConflictError, match=why):
        ROOT.require_behind(commit_seq, position, there, shown="it")


def test_a_root_that_the_ledger_has_passed_is_fine() -> None:
    ROOT.require_behind(7, 12, "a" * 64, shown="it")
    ROOT.require_behind(70, 120, "a" * 64, shown="it")
    RootFile(store_id="one").require_behind(0, 0, None, shown="it")
