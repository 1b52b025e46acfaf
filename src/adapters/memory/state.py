"""Everything a memory store holds: entities are immutable, so copying the dictionaries is copying the store."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from ...domain.access.token import AccessToken
from ...domain.errors import AlreadyExistsError, StaleVersionError
from ...domain.inputs.config import ConfigVersion
from ...domain.inputs.content import InputContent
from ...domain.inputs.history import LabelPointer
from ...domain.inputs.import_report import ImportReport
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.keeping import LabelTombstone
from ...domain.plans.baseline import Baseline
from ...domain.plans.editing.overlay import Overlay
from ...domain.plans.kpis import Kpi
from ...domain.plans.series import BucketDigest, PlanSeries, SeriesRow
from ...domain.plans.version import PlanVersion
from ...domain.runs.job import Job
from ...domain.runs.run import Run
from ...domain.shared.events import Checkpoint, Event, Head
from ...domain.storage.backfill import BackfillItem, BackfillRun
from ...domain.storage.pause import Pause
from ...domain.storage.state import FolderPointer, StorageState

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class MemoryState:
    """One consistent state of the store."""

    configs: dict[int, ConfigVersion] = field(default_factory=dict)
    input_sets: dict[str, InputSet] = field(default_factory=dict)
    label_history: dict[str, tuple[LabelPointer, ...]] = field(default_factory=dict)
    tombstones: dict[str, LabelTombstone] = field(default_factory=dict)
    contents: dict[str, InputContent] = field(default_factory=dict)
    import_reports: dict[str, ImportReport] = field(default_factory=dict)
    plans: dict[str, PlanVersion] = field(default_factory=dict)
    baselines: dict[int, Baseline] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    rows: dict[tuple[str, str], tuple[SeriesRow, ...]] = field(default_factory=dict)
    series: dict[tuple[str, str], PlanSeries] = field(default_factory=dict)
    buckets: dict[tuple[str, str], tuple[BucketDigest, ...]] = field(default_factory=dict)
    kpis: dict[str, tuple[Kpi, ...]] = field(default_factory=dict)
    headers: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    overlays: dict[str, Overlay] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    folders: dict[str, FolderPointer] = field(default_factory=dict)
    storage: dict[int, StorageState] = field(default_factory=dict)
    backfill_runs: dict[str, BackfillRun] = field(default_factory=dict)
    backfill_items: dict[str, BackfillItem] = field(default_factory=dict)
    tokens: dict[str, AccessToken] = field(default_factory=dict)
    events: dict[int, Event] = field(default_factory=dict)
    heads: dict[str, Head] = field(default_factory=dict)
    checkpoints: dict[int, Checkpoint] = field(default_factory=dict)
    pauses: dict[int, Pause] = field(default_factory=dict)

    def copy(self) -> MemoryState:
        """A state of its own that holds the same."""
        return MemoryState(**{member.name: dict(getattr(self, member.name)) for member in fields(self)})


def add_new(table: dict[str, T], key: str, value: T, *, kind: str, name: object) -> None:
    """Keep a new thing.

    Raises:
        AlreadyExistsError: the key is taken.
    """
    if key in table:
        raise AlreadyExistsError(kind, name)
    table[key] = value


def compare(known: int | None, assumed: int, *, kind: str, name: object) -> int:
    """The next ``row_version``.

    Raises:
        StaleVersionError: what is kept is not at the assumed one.
    """
    if known != assumed:
        raise StaleVersionError(kind, name)
    return assumed + 1
