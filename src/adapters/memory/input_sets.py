"""Input sets in memory, each with what its label pointed to, and what is remembered of deleted ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...domain.errors import NotFoundError
from ...domain.inputs.history import LabelPointer
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.keeping import LabelTombstone
from ...domain.inputs.ports import InputSetFilter, InputSetRepository, InputSetSummary
from ...domain.shared.ids import Label, folded
from ...domain.shared.paging import Page, page_of, parse_cursor
from .state import MemoryState, add_new, compare


class MemoryInputSetRepository(InputSetRepository):
    """The input sets of a memory store."""

    def __init__(self, state: MemoryState) -> None:
        """Work on this state."""
        self._sets = state.input_sets
        self._history = state.label_history
        self._tombstones = state.tombstones

    async def find(self, label: Label) -> InputSet | None:
        """The set of that label in whatever case, if there is one."""
        return self._sets.get(folded(label))

    async def get(self, label: Label) -> InputSet:
        """The set of that label in whatever case."""
        found = self._sets.get(folded(label))
        if found is None:
            raise NotFoundError("input set", label, remedy="See planvault inputs list.")
        return found

    async def list(self, wanted: InputSetFilter, *, limit: int, cursor: str | None) -> Page[InputSetSummary]:
        """Input sets in order of label."""
        after = parse_cursor(cursor, "input-sets", str)
        keys = sorted(
            key
            for key, known in self._sets.items()
            if (after is None or key > str(after[0])) and _is_wanted(known, wanted)
        )
        key = (keys[limit - 1],) if len(keys) > limit else None
        return page_of([_summary(self._sets[key]) for key in keys[: limit + 1]], limit, name="input-sets", key=key)

    async def newest(self, wanted: InputSetFilter, *, limit: int) -> Sequence[InputSet]:
        """At most so many input sets with their revisions, last changed first, then in order of label."""
        matching = [self._sets[key] for key in sorted(self._sets) if _is_wanted(self._sets[key], wanted)]
        return sorted(matching, key=lambda known: known.updated_at, reverse=True)[:limit]

    async def add(self, input_set: InputSet) -> None:
        """Keep a new set with its revisions."""
        stored = replace(input_set, row_version=0)
        add_new(self._sets, folded(input_set.label), stored, kind="input set", name=input_set.label)
        self._note_live(stored)

    async def save(self, input_set: InputSet) -> InputSet:
        """Keep a changed set."""
        saved = replace(input_set, row_version=self._next_version(input_set))
        self._sets[folded(input_set.label)] = saved
        self._note_live(saved)
        return saved

    async def history(self, label: Label) -> Sequence[LabelPointer]:
        """What the label pointed to in its present life, newest first."""
        return self._history.get(folded(label), ())[::-1]

    async def delete(self, input_set: InputSet, tombstone: LabelTombstone) -> None:
        """Remove a set with its revisions, approvals and history, and keep the tombstone instead."""
        key = folded(input_set.label)
        self._next_version(input_set)
        del self._sets[key]
        self._history.pop(key, None)
        self._tombstones[key] = tombstone

    async def tombstone(self, label: Label) -> LabelTombstone | None:
        """What is remembered of the last life of a label that was deleted."""
        return self._tombstones.get(folded(label))

    def _next_version(self, input_set: InputSet) -> int:
        known = self._sets.get(folded(input_set.label))
        if known is not None and known.generation != input_set.generation:
            known = None  # it lived before the label was deleted
        return compare(
            None if known is None else known.row_version,
            input_set.row_version,
            kind="input set",
            name=input_set.label,
        )

    def _note_live(self, input_set: InputSet) -> None:
        key = folded(input_set.label)
        before = self._history.get(key, ())
        if (before[-1].live if before else None) != input_set.live:
            pointer = LabelPointer(sequence=len(before) + 1, live=input_set.live, since=input_set.updated_at)
            self._history[key] = (*before, pointer)


def _is_wanted(known: InputSet, wanted: InputSetFilter) -> bool:
    return (
        wanted.status in {None, known.status}
        and wanted.config_version_id in {None, known.config_version_id}
        and (wanted.label is None or wanted.label.matches(known.label))
        and (wanted.awaiting is None or known.awaits(wanted.awaiting, wanted.policy))
    )


def _summary(known: InputSet) -> InputSetSummary:
    return InputSetSummary(
        label=known.label,
        title=known.title,
        status=known.status,
        config_version_id=known.config_version_id,
        live=known.live,
        live_content_hash=None if known.live is None else known.revision(known.live).content_hash,
        candidate=known.candidate,
        candidate_status=None if known.candidate is None else str(known.revision(known.candidate).status),
        created_at=known.created_at,
        updated_at=known.updated_at,
    )
