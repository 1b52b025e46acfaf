"""The mirror of a memory store, which there is none of: what ends with the process is not built anew from files."""

# ruff: noqa: ARG002 (it answers the same whatever it is asked)

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ...domain.storage.mirror import OutboxEntry, OutboxStanding, Tables, Touched
from ...domain.storage.mirror_ports import LedgerParts, Outbox


class NoOutbox(Outbox):
    """No commit waits for anything."""

    @property
    def noted(self) -> int | None:
        """Nothing was."""
        return None

    async def note(self, touched: Touched, *, at: datetime) -> int:
        """Nothing is noted."""
        return 0

    async def last_commit(self) -> int:
        """There are no numbers."""
        return 0

    async def raise_to(self, commit_seq: int) -> None:
        """There are no numbers."""

    async def pending(self, *, limit: int) -> Sequence[OutboxEntry]:
        """Nothing waits."""
        return ()

    async def done(self, commits: Sequence[int]) -> None:
        """Nothing waited."""

    async def standing(self) -> OutboxStanding:
        """Nothing waits."""
        return OutboxStanding(count=0)

    async def hold_mirror(self) -> None:
        """There is nothing to hold."""


class NoLedgerParts(LedgerParts):
    """No parts."""

    @property
    def are_kept(self) -> bool:
        """They are not."""
        return False

    async def of_version(self, key: str) -> Tables:
        """None."""
        return {}

    async def of_label(self, key: str) -> Tables:
        """None."""
        return {}

    async def of_store(self) -> Tables:
        """None."""
        return {}

    async def version_keys(self) -> Sequence[str]:
        """None."""
        return ()

    async def label_keys(self) -> Sequence[str]:
        """None."""
        return ()

    async def contents(self) -> Sequence[str]:
        """None."""
        return ()
