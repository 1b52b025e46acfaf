"""The facade: the one door by which API, CLI, UI, tests and embedding hosts come in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from .access.facade import Tokens
from .audit.facade import Audit
from .inputs.facade import Configs, Inputs
from .maintenance.facade import Maintenance
from .plans.facade import Plans
from .runs.facade import Jobs, Runs
from .storage.facade import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Everything planvault can do, by context. Get one from ``open_planner``."""

    configs: Configs
    inputs: Inputs
    plans: Plans
    runs: Runs
    jobs: Jobs
    storage: Storage
    tokens: Tokens
    audit: Audit
    maint: Maintenance
    probe: Callable[[], Awaitable[None]]
    exposition: Callable[[], bytes]

    async def ping(self) -> None:
        """Return if the store answers and is at this planvault's schema.

        Raises:
            StorageUnavailableError, SchemaMismatchError: it does not, or is not.
        """
        await self.probe()

    def metrics(self) -> bytes:
        """What telemetry counted, in Prometheus' text format."""
        return self.exposition()
