"""Any history of an input set, by several people with several contents, against a model that knows only the events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from planvault.domain.access.actor import Actor
from planvault.domain.access.policy import ApprovalPolicy
from planvault.domain.errors import PlanvaultError
from planvault.domain.inputs.event import InputSetEvent
from planvault.domain.inputs.input_set import InputSet, new_input_set
from planvault.domain.shared.ids import Label
from planvault.testing.clocks import NOON

NAMES = ("aya", "ben", "cid", "dan")
CONTENTS = tuple(digit * 64 for digit in "123")
names = st.sampled_from(NAMES)
contents = st.sampled_from(CONTENTS)
places = st.sampled_from(["candidate", "candidate", "candidate", "live", "first", "missing"])


@dataclass
class Entry:
    """What the events say of one revision."""

    content: str
    source: str
    authors: set[str]
    status: str = "draft"
    yes: set[str] = field(default_factory=set)
    replaced: int | None = None


@dataclass
class Model:
    """The rules of approval written a second time, fed with events only."""

    policy: ApprovalPolicy
    entries: dict[int, Entry] = field(default_factory=dict)
    live: int | None = None
    candidate: int | None = None
    archived: bool = False
    before: int = 0

    def authors(self, number: int) -> set[str]:
        wanted = self.entries[number].content
        return {
            author
            for other, entry in self.entries.items()
            if self.live is None or other > self.live or entry.content == wanted
            for author in entry.authors
        }

    def counted(self, number: int) -> set[str]:
        yes = self.entries[number].yes
        return yes if self.policy.allow_self_approval else yes - self.authors(number)

    def may_approve(self, number: int, content: str, name: str, *, adopting: bool) -> bool:
        entry = self.entries.get(number)
        if entry is None or self.archived or number != self.candidate or entry.content != content:
            return False
        if entry.status != ("draft" if adopting else "submitted") or (adopting and entry.source != "legacy"):
            return False
        return name not in entry.yes and (self.policy.allow_self_approval or name not in self.authors(number))

    def hear(self, event: InputSetEvent) -> None:
        getattr(self, f"_{event.action}")(event, event.revision, event.actor.name)

    def _import(self, event: InputSetEvent, number: int, name: str) -> None:
        assert event.content_hash is not None
        if event.details.get("unchanged"):
            assert self.entries[number].content == event.content_hash
            self.entries[number].authors.add(name)
            return
        assert number == self.before + len(self.entries) + 1, "numbers rise by one and are never used again"
        assert event.details["superseded"] == self.candidate
        if self.candidate is not None:
            self.entries[self.candidate].status = "superseded"
        self.entries[number] = Entry(event.content_hash, event.details["source"], {name})
        self.candidate = number

    def _submit(self, _: InputSetEvent, number: int, __: str) -> None:
        self.entries[number].status = "submitted"

    def _approve(self, event: InputSetEvent, number: int, name: str) -> None:
        entry = self.entries[number]
        assert (number, event.content_hash) == (self.candidate, entry.content)
        entry.yes.add(name)
        entry.status = "submitted"
        goes_live = len(self.counted(number)) >= self.policy.approvals_required
        assert event.details["live"] == goes_live
        if goes_live:
            if self.live is not None:
                self.entries[self.live].status = "superseded"
            entry.status, entry.replaced = "ready", self.live
            self.live, self.candidate = number, None

    _adopt = _approve

    def _reject(self, _: InputSetEvent, number: int, __: str) -> None:
        self.entries[number].status = "rejected"
        self.candidate = None

    def _revert(self, event: InputSetEvent, number: int, _: str) -> None:
        assert number == self.live
        self.entries[number].status = "reverted"
        self.live = self.entries[number].replaced
        assert event.details["live"] == self.live
        if self.live is not None:
            self.entries[self.live].status = "ready"

    def _archive(self, _: InputSetEvent, __: None, ___: str) -> None:
        self.archived = True

    def _restore(self, _: InputSetEvent, __: None, ___: str) -> None:
        self.archived = False

    def _delete(self, event: InputSetEvent, __: None, ___: str) -> None:
        contents = {entry.content for entry in self.entries.values()}
        assert (event.details["revisions"], set(event.details["content_hashes"])) == (len(self.entries), contents)
        self.before += len(self.entries)
        self.entries, self.live, self.candidate, self.archived = {}, None, None, False

    def summary(self) -> dict[str, Any]:
        return {
            "live": self.live,
            "candidate": self.candidate,
            "archived": self.archived,
            "next": self.before + len(self.entries) + 1,
            "revisions": [
                (number, entry.content, entry.status, entry.authors, entry.yes, entry.replaced)
                for number, entry in sorted(self.entries.items())
            ],
        }


def replayed(events: Sequence[InputSetEvent], policy: ApprovalPolicy) -> Model:
    model = Model(policy)
    for event in events:
        model.hear(event)
    return model


def summary(known: InputSet) -> dict[str, Any]:
    return {
        "live": known.live,
        "candidate": known.candidate,
        "archived": known.archived,
        "next": known.next_number,
        "revisions": [
            (
                revision.number,
                revision.content_hash,
                str(revision.status),
                set(revision.authors),
                {approval.actor for approval in revision.approvals},
                revision.replaced,
            )
            for revision in known.revisions
        ],
    }


class InputSetHistories(RuleBasedStateMachine):
    """Every move by anybody at any time."""

    known: InputSet
    policy: ApprovalPolicy
    events: list[InputSetEvent]

    @initialize(required=st.integers(1, 3), lax=st.booleans())
    def begin(self, *, required: int, lax: bool) -> None:
        self.known = new_input_set(Label("weekly"), config_version_id=1, title=None, at=NOON)
        self.policy = ApprovalPolicy(approvals_required=required, allow_self_approval=lax)
        self.events = []

    def place(self, where: str) -> int:
        numbers = {"candidate": self.known.candidate, "live": self.known.live, "first": 1, "missing": 99}
        return numbers[where] or 98

    def attempt(self, move: Callable[[], tuple[InputSet, InputSetEvent | None]]) -> bool:
        before, said = self.known, repr(self.known)
        try:
            after, event = move()
        except PlanvaultError:
            assert self.known is before
            assert repr(before) == said
            return False
        assert repr(before) == said
        self.known = after
        if event is None:
            assert after == before
        else:
            self.events.append(event)
        return True

    @rule(name=names, content=contents, source=st.sampled_from(["csv", "legacy"]))
    def bring(self, name: str, content: str, source: str) -> None:
        def move() -> tuple[InputSet, InputSetEvent | None]:
            after, _, event = self.known.bring(
                content, actor=Actor.asserted(name), at=NOON, source=source, row_counts={"items": 1}
            )
            return after, event

        assert self.attempt(move) is not self.known.archived

    @rule(where=places, name=names)
    def submit(self, where: str, name: str) -> None:
        self.attempt(lambda: self.known.submit(self.place(where), actor=Actor.asserted(name), at=NOON))

    @rule(where=places, name=names, content=contents | st.none(), adopting=st.sampled_from([False, False, False, True]))
    def say_yes(self, where: str, name: str, content: str | None, *, adopting: bool) -> None:
        number = self.place(where)
        if content is None:
            content = next((known.content_hash for known in self.known.revisions if known.number == number), "")
        move = self.known.adopt if adopting else self.known.approve
        expected = replayed(self.events, self.policy).may_approve(number, content, name, adopting=adopting)
        accepted = self.attempt(lambda: move(number, content, actor=Actor.asserted(name), policy=self.policy, at=NOON))
        assert accepted is expected

    @rule(name=names)
    def hurry_the_candidate(self, name: str) -> None:
        """Submit, and everybody says yes who may: or histories seldom get far."""
        self.submit("candidate", name)
        for other in NAMES:
            self.say_yes("candidate", other, None, adopting=False)

    @rule(where=places, name=names)
    def reject(self, where: str, name: str) -> None:
        number, actor = self.place(where), Actor.asserted(name)
        self.attempt(lambda: self.known.reject(number, actor=actor, at=NOON, comment="no", policy=self.policy))

    @rule(move=st.sampled_from(["revert", "revert", "archive", "restore"]), name=names)
    def of_the_label(self, move: str, name: str) -> None:
        self.attempt(lambda: getattr(self.known, move)(actor=Actor.asserted(name), at=NOON))

    @rule(name=names)
    def delete_and_begin_again(self, name: str) -> None:
        tombstone, event = self.known.delete(actor=Actor.asserted(name), at=NOON, plans=[])
        self.events.append(event)
        self.known = new_input_set(Label("weekly"), config_version_id=1, at=NOON, tombstone=tombstone)

    @property
    def this_life(self) -> list[InputSetEvent]:
        ends = [index for index, event in enumerate(self.events, start=1) if event.action == "delete"]
        life = self.events[ends[-1] if ends else 0 :]
        assert {event.generation for event in life} <= {self.known.generation}
        return life

    @invariant()
    def events_replay_to_the_state(self) -> None:
        assert replayed(self.events, self.policy).summary() == summary(self.known)

    @invariant()
    def what_is_live_was_approved_by_enough_for_exactly_that_content(self) -> None:
        if self.known.live is not None:
            number, content = self.known.live, self.known.revision(self.known.live).content_hash
            approvers = {
                event.actor.name
                for event in self.this_life
                if event.action in {"approve", "adopt"} and (event.revision, event.content_hash) == (number, content)
            }
            if not self.policy.allow_self_approval:
                approvers -= {
                    event.actor.name
                    for event in self.this_life[: self.went_live(number)]
                    if event.action == "import" and event.content_hash == content
                }
            assert len(approvers) >= self.policy.approvals_required

    def went_live(self, number: int) -> int:
        return next(
            index
            for index, event in enumerate(self.this_life)
            if event.revision == number and event.action in {"approve", "adopt"} and event.details["live"]
        )

    @invariant()
    def at_most_one_is_live_and_one_on_its_way(self) -> None:
        by_status = [str(revision.status) for revision in self.known.revisions]
        assert by_status.count("ready") == (self.known.live is not None)
        assert by_status.count("draft") + by_status.count("submitted") == (self.known.candidate is not None)
        assert [revision.number for revision in self.known.revisions] == list(
            range(self.known.next_number - len(self.known.revisions), self.known.next_number)
        )


InputSetHistories.TestCase.settings = settings(max_examples=150, stateful_step_count=40)
TestInputSetHistories = InputSetHistories.TestCase
