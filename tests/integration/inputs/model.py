"""What ought to be allowed, told once more and independently: the rules of approval in the fewest words."""

from __future__ import annotations

from dataclasses import dataclass, field

REQUIRED = 2
ROLES = {
    "aya": {"planner"},
    "ben": {"approver"},
    "cleo": {"planner", "approver"},
    "dora": {"approver"},
    "olga": {"operator"},
    "vera": {"viewer"},
}


@dataclass(frozen=True)
class Step:
    """Somebody tries something by one of the doors; ``number`` and ``right`` say what of it and whether it was seen."""

    verb: str
    actor: str
    content: int = 1
    number: int | None = None
    right: bool = True


@dataclass
class Revision:
    """One content on its way."""

    content: int
    authors: set[str]
    status: str = "draft"
    approvers: set[str] = field(default_factory=set)
    replaced: int | None = None


@dataclass
class Label:
    """A label in its present life; numbers count on when it is deleted and used again."""

    revisions: dict[int, Revision] = field(default_factory=dict)
    live: int | None = None
    candidate: int | None = None
    archived: bool = False
    next_number: int = 1
    planned_from: bool = False
    ever_live: set[int] = field(default_factory=set)
    exists: bool = False

    def allows(self, step: Step) -> bool:
        """Whether the step is done; then the label is as it is after it."""
        roles = ROLES[step.actor]
        if step.verb == "import":
            return "planner" in roles and self._bring(step)
        if not self.exists:
            return False
        number = self.candidate if step.number is None else step.number
        tries = {
            "submit": lambda: "planner" in roles and self._submit(number),
            "approve": lambda: "approver" in roles and self._approve(step, number),
            "reject": lambda: self._reject(step, number),
            "revert": lambda: "approver" in roles and self._revert(),
            "archive": lambda: "approver" in roles and self._archive(),
            "restore": lambda: "approver" in roles and self._restore(),
            "delete": lambda: "operator" in roles and self._delete(),
            "plan": lambda: "planner" in roles and self._plan(step),
        }
        return tries[step.verb]()

    def _bring(self, step: Step) -> bool:
        if self.archived:
            return False
        self.exists = True
        current = self.live if self.candidate is None else self.candidate
        if current is not None and self.revisions[current].content == step.content:
            self.revisions[current].authors.add(step.actor)
            return True
        if self.candidate is not None:
            self.revisions[self.candidate].status = "superseded"
        self.revisions[self.next_number] = Revision(step.content, {step.actor})
        self.candidate = self.next_number
        self.next_number += 1
        return True

    def _at(self, number: int | None, status: str | None = None) -> Revision | None:
        if self.archived or number is None or number != self.candidate:
            return None
        revision = self.revisions[number]
        return revision if status in {None, revision.status} else None

    def _submit(self, number: int | None) -> bool:
        revision = self._at(number, "draft")
        if revision is not None:
            revision.status = "submitted"
        return revision is not None

    def authors_of(self, number: int) -> set[str]:
        """Whose yes does not count."""
        content = self.revisions[number].content
        return set().union(
            *(
                revision.authors
                for known, revision in self.revisions.items()
                if known > (self.live or 0) or revision.content == content
            )
        )

    def _approve(self, step: Step, number: int | None) -> bool:
        revision = self._at(number, "submitted")
        if revision is None or number is None or not step.right:
            return False
        authors = self.authors_of(number)
        if step.actor in authors | revision.approvers:
            return False
        revision.approvers.add(step.actor)
        if len(revision.approvers - authors) >= REQUIRED:
            revision.status, revision.replaced = "ready", self.live
            if self.live is not None:
                self.revisions[self.live].status = "superseded"
            self.live, self.candidate = number, None
            self.ever_live.add(number)
        return True

    def _reject(self, step: Step, number: int | None) -> bool:
        revision = self._at(number)
        if revision is None or not ("approver" in ROLES[step.actor] or step.actor in revision.authors):
            return False
        revision.status, self.candidate = "rejected", None
        return True

    def _revert(self) -> bool:
        if self.archived or self.candidate is not None or self.live is None:
            return False
        reverted = self.revisions[self.live]
        reverted.status, self.live = "reverted", None
        former = None if reverted.replaced is None else self.revisions[reverted.replaced]
        if former is not None and former.status == "superseded":
            former.status, self.live = "ready", reverted.replaced
        return True

    def _archive(self) -> bool:
        if self.archived or self.candidate is not None:
            return False
        self.archived = True
        return True

    def _restore(self) -> bool:
        done, self.archived = self.archived, False
        return done

    def _delete(self) -> bool:
        if self.planned_from:
            return False
        number = self.next_number
        self.__init__(next_number=number)  # type: ignore[misc]
        return True

    def _plan(self, step: Step) -> bool:
        if step.number is None and (self.live is None or self.archived):
            return False
        if step.number is not None and step.number not in self.ever_live:
            return False
        self.planned_from = True
        return True
