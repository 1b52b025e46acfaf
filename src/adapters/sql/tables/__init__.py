"""The schema: the only place where columns are named, and the target of the migrations."""

from .inputs import (
    APPROVALS,
    CONFIG_VERSIONS,
    IMPORT_REPORTS,
    INPUT_CONTENTS,
    INPUT_REVISIONS,
    INPUT_SETS,
    LABEL_HISTORY,
    LABEL_TOMBSTONES,
    SECTION_TABLES,
)
from .ledger import ACCESS_TOKENS, COUNTERS, EVENT_CHECKPOINTS, EVENT_HEADS, EVENTS
from .metadata import METADATA
from .plans import (
    PLAN_APPROVALS,
    PLAN_ARTIFACTS,
    PLAN_BASELINES,
    PLAN_DIGESTS,
    PLAN_EDITORS,
    PLAN_KPIS,
    PLAN_LEVEL_SUMMARIES,
    PLAN_SERIES,
    PLAN_VERSIONS,
)
from .runs import JOBS, PLAN_JOBS, RUNS

__all__ = [
    "ACCESS_TOKENS",
    "APPROVALS",
    "CONFIG_VERSIONS",
    "COUNTERS",
    "EVENTS",
    "EVENT_CHECKPOINTS",
    "EVENT_HEADS",
    "IMPORT_REPORTS",
    "INPUT_CONTENTS",
    "INPUT_REVISIONS",
    "INPUT_SETS",
    "JOBS",
    "LABEL_HISTORY",
    "LABEL_TOMBSTONES",
    "METADATA",
    "PLAN_APPROVALS",
    "PLAN_ARTIFACTS",
    "PLAN_BASELINES",
    "PLAN_DIGESTS",
    "PLAN_EDITORS",
    "PLAN_JOBS",
    "PLAN_KPIS",
    "PLAN_LEVEL_SUMMARIES",
    "PLAN_SERIES",
    "PLAN_VERSIONS",
    "RUNS",
    "SECTION_TABLES",
]
