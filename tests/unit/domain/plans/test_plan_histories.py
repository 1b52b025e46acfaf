"""Any history of two plans and a baseline, by several people, against a model that knows only the events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from planvault.domain.access.actor import Actor
from planvault.domain.access.policy import ApprovalPolicy
from planvault.domain.errors import PlanvaultError
from planvault.domain.plans import lifecycle
from planvault.domain.plans.baseline import Baseline, BaselineMove, new_entries
from planvault.domain.plans.version import PlanEvent, PlanOrigin, PlanStatus, PlanVersion, Provenance
from planvault.testing.builders import a_plan
from planvault.testing.clocks import NOON

names = st.sampled_from(("aya", "ben", "cid", "dan"))
ids = st.sampled_from(("v1", "v2", "v3"))
MADE_FROM = Provenance(origin=PlanOrigin.REGISTERED, config_version_id=1)


@dataclass
class Told:
    """What the events say of one plan."""

    status: str = "draft"
    digest: str = ""
    yes: set[str] = field(default_factory=set)
    authors: set[str] = field(default_factory=lambda: {"aya"})
    pinned: bool = False
    gone: bool = False


class Histories(RuleBasedStateMachine):
    """Moves at random; refused ones have to leave everything as it was."""

    def __init__(self) -> None:
        super().__init__()
        self.policy = ApprovalPolicy()
        self.plans = {
            name: a_plan(name, provenance=MADE_FROM, plan_digest=f"{number}" * 64)
            for number, name in enumerate(("v1", "v2", "v3"), start=1)
        }
        self.told = {name: Told(digest=plan.plan_digest) for name, plan in self.plans.items()}
        self.baseline = Baseline(config_version_id=1)
        self.line: list[str] = []
        self.edits = 0

    @initialize(required=st.integers(1, 2), lax=st.booleans())
    def policy_in_force(self, required: int, lax: bool) -> None:
        self.policy = ApprovalPolicy(approvals_required=required, allow_self_approval=lax)

    def hear(self, event: PlanEvent) -> None:
        told, name = self.told[event.version.version_id], event.actor.name
        match str(event.action):
            case "submit":
                told.status = "submitted"
            case "approve":
                told.yes.add(name)
                if len(told.yes) >= self.policy.approvals_required:
                    told.status = "approved"
            case "revoke" | "reopen":
                told.status, told.yes = "draft", set()
            case "pin" | "unpin":
                told.pinned = event.action == "pin"
            case "baseline" | "rollback":
                told.status = "approved"
            case "supersede":
                told.status = "superseded"
            case "delete":
                told.gone = True

    def moved(self, wanted: str, move: Callable[[PlanVersion], tuple[PlanVersion, PlanEvent | None]]) -> bool:
        if wanted not in self.plans:
            return False
        try:
            after, event = move(self.plans[wanted])
        except PlanvaultError:
            return False
        self.plans[wanted] = after
        if event is not None:
            self.hear(event)
        return True

    @rule(wanted=ids, name=names)
    def submit(self, wanted: str, name: str) -> None:
        self.moved(wanted, lambda plan: lifecycle.submit(plan, actor=Actor.asserted(name), at=NOON))

    @rule(wanted=ids, name=names, seen=st.sampled_from(["right", "right", "right", "short", "old"]))
    def approve(self, wanted: str, name: str, seen: str) -> None:
        if wanted not in self.plans:
            return
        told, plan = self.told[wanted], self.plans[wanted]
        text = {"right": plan.plan_digest[:12], "short": plan.plan_digest[:11], "old": "f" * 12}[seen]
        may = (
            seen == "right"
            and told.status == "submitted"
            and name not in told.yes
            and (self.policy.allow_self_approval or name not in told.authors)
        )
        done = self.moved(
            wanted,
            lambda plan: lifecycle.approve(plan, text, actor=Actor.asserted(name), policy=self.policy, at=NOON),
        )
        assert done == may

    @rule(wanted=ids, name=names)
    def revoke(self, wanted: str, name: str) -> None:
        def move(plan: PlanVersion) -> tuple[PlanVersion, PlanEvent]:
            return lifecycle.revoke(plan, baseline=self.baseline, actor=Actor.asserted(name), at=NOON, comment="x")

        done = self.moved(wanted, move)
        assert not (done and self.line[-1:] == [wanted]), "the baseline is never revoked"

    @rule(wanted=ids, name=names)
    def edit(self, wanted: str, name: str) -> None:
        if self.moved(wanted, lambda plan: lifecycle.edited(plan, actor=Actor.asserted(name), at=NOON)):
            self.edits += 1
            digest = f"{self.edits:064x}"
            self.plans[wanted] = replace(self.plans[wanted], plan_digest=digest)
            self.told[wanted].authors.add(name)
            self.told[wanted].digest = digest

    @rule(wanted=ids, name=names, off=st.booleans())
    def pin(self, wanted: str, name: str, off: bool) -> None:
        turn: Any = lifecycle.unpin if off else lifecycle.pin
        self.moved(wanted, lambda plan: turn(plan, actor=Actor.asserted(name), at=NOON))

    @rule(wanted=ids, name=names)
    def set_baseline(self, wanted: str, name: str) -> None:
        if wanted not in self.plans:
            return
        former = None if self.baseline.current is None else self.plans[self.baseline.current]
        try:
            move = self.baseline.set_to(self.plans[wanted], former=former, actor=Actor.asserted(name), at=NOON)
        except PlanvaultError:
            return
        self.line.append(wanted)
        self.keep(move)

    @rule(name=names)
    def roll_back(self, name: str) -> None:
        assert self.baseline.previous == (self.line[-2] if len(self.line) > 1 else None)
        if self.baseline.previous is None or self.baseline.current is None:
            return
        former, version = self.plans[self.baseline.current], self.plans[self.baseline.previous]
        self.line.pop()
        self.keep(self.baseline.rolled_back(version, former=former, actor=Actor.asserted(name), at=NOON))

    def keep(self, move: BaselineMove) -> None:
        self.baseline = new_entries(self.baseline, move)
        for plan in move.changed:
            self.plans[plan.version_id] = plan
        for event in move.events:
            self.hear(event)

    @rule(wanted=ids, name=names)
    def delete(self, wanted: str, name: str) -> None:
        if wanted not in self.plans:
            return
        plan = self.plans[wanted]
        try:
            event = lifecycle.delete(plan, baseline=self.baseline, actor=Actor.asserted(name))
        except PlanvaultError:
            return
        del self.plans[wanted]
        self.hear(event)

    @invariant()
    def the_events_tell_it_all(self) -> None:
        for name, told in self.told.items():
            assert told.gone == (name not in self.plans)
            if not told.gone:
                plan = self.plans[name]
                assert (str(plan.status), plan.pinned, plan.plan_digest) == (told.status, told.pinned, told.digest)
                assert {approval.actor for approval in plan.approvals} == told.yes
                assert set(plan.author_keys) == told.authors

    @invariant()
    def approved_is_what_enough_others_said_yes_to(self) -> None:
        for plan in self.plans.values():
            agreed = plan.status in {PlanStatus.APPROVED, PlanStatus.SUPERSEDED}
            assert agreed == (len(plan.approvals) >= self.policy.approvals_required)
            if not self.policy.allow_self_approval:
                assert not {approval.actor_key for approval in plan.approvals} & plan.author_keys

    @invariant()
    def the_baseline_is_there_and_approved_and_alone(self) -> None:
        assert self.baseline.current == (self.line[-1] if self.line else None)
        for entry in self.baseline.entries:
            assert entry.version_id in self.plans, "who was ever a baseline is never deleted"
            expected = "approved" if entry.version_id == self.baseline.current else "superseded"
            assert self.plans[entry.version_id].status == expected


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
