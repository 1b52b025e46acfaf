"""Where commits wait for the mirror, and the parts of the ledger that it writes down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from .mirror import OutboxEntry, OutboxStanding, Tables, Touched


class Outbox(Protocol):
    """The commits that the mirror does not have yet.  A store that ends with its process has none."""

    @property
    def noted(self) -> int | None:
        """The number of this unit of work's own commit, once it was noted."""
        ...

    async def note(self, touched: Touched, *, at: datetime) -> int:
        """Number this unit of work's commit and keep what it touched; note it last, since others who note wait."""
        ...

    async def last_commit(self) -> int:
        """The number that was given out last; 0 before the first."""
        ...

    async def raise_to(self, commit_seq: int) -> None:
        """Go on after this number, if it is higher than the last."""
        ...

    async def pending(self, *, limit: int) -> Sequence[OutboxEntry]:
        """Commits that wait, oldest first."""
        ...

    async def done(self, commits: Sequence[int]) -> None:
        """Forget commits that the mirror has."""
        ...

    async def standing(self) -> OutboxStanding:
        """How many wait, and since when."""
        ...

    async def hold_mirror(self) -> None:
        """Keep everybody else from mirroring until this unit of work ends."""
        ...


class LedgerParts(Protocol):
    """Everything that a store keeps, in parts that belong together; rows are JSON arrays in the order of the columns.

    Rows come in order of key, instants as RFC 3339 text in UTC.  Series rows lie in folders, rows of input contents
    and events in files of their own, so no part holds them.
    """

    @property
    def are_kept(self) -> bool:
        """Whether the store outlives its process; one that does not has no parts."""
        ...

    async def of_version(self, key: str) -> Tables:
        """All rows that belong to the plan version of that key, by table; no rows where there is none."""
        ...

    async def of_label(self, key: str) -> Tables:
        """All rows that belong to the label of that key, by table."""
        ...

    async def of_store(self) -> Tables:
        """The rows that belong to no single version or label, by table."""
        ...

    async def version_keys(self) -> Sequence[str]:
        """The keys of all plan versions that there are or were, in order."""
        ...

    async def label_keys(self) -> Sequence[str]:
        """The keys of all labels that there are or were, in order."""
        ...

    async def contents(self) -> Sequence[str]:
        """The hashes of all input contents, in order."""
        ...
