"""The port of copies of a legacy database, into which plans are written as the legacy application reads them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ...domain.plans.editing.overlay import Overlay
from ...domain.plans.kpis import Kpi
from ...domain.plans.series import SeriesRow
from ...domain.plans.version import PlanVersion
from ...domain.shared.events import Event
from ...domain.shared.ids import VersionId


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyVersion:
    """A version as it is written into a legacy database, but for its rows and artifacts, which are streamed.

    ``legacy_id`` is how it is called there; config versions are known there by name.
    """

    version: PlanVersion
    legacy_id: str
    config_name: str | None
    overlay: Overlay
    events: Sequence[Event]
    kpis: Sequence[Kpi]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedVersion:
    """What of a version the legacy database holds now.

    ``complete`` is what the rollback runbook asks of it: ``aggregate.json``, ``sku_week.json`` and ``plan_final.json``
    are there.
    """

    version_id: VersionId
    rows: int
    artifacts: int
    overrides: int
    events: int
    complete: bool


class LegacyCopy(Protocol):
    """A copy of a legacy database that is open for writing."""

    async def write(
        self,
        plan: LegacyVersion,
        rows: AsyncIterator[Sequence[SeriesRow]],
        artifacts: AsyncIterator[tuple[str, str]],
    ) -> ReturnedVersion:
        """Write a version instead of what the copy holds of it, in one transaction.

        Raises:
            StorageError: the copy cannot be written; it holds what it held.
        """
        ...


LegacyCopies = Callable[[Path], AbstractAsyncContextManager[LegacyCopy]]
