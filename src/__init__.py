"""planvault keeps a planning team's plans: which plan is the plan, what it was made from, who said yes.

``async with open_planner(Settings(database_url="sqlite+aiosqlite:///plans.db")) as planner: …``

Importing this package is cheap: names are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .application.engine import Engine, EngineResult
    from .application.exchange import ExportEncoding, ExportForm, ExportLayout, ExportOptions, NamedStream
    from .application.planner import Planner
    from .application.plans.export_plan import PlanForm
    from .application.plans.register_request import RegisterRequest
    from .domain.access.actor import Actor, Role, Verification
    from .domain.errors import PlanvaultError
    from .domain.inputs.event import InputSetEvent
    from .domain.inputs.input_set import InputSet
    from .domain.inputs.revision import InputRevision
    from .domain.plans.series import PlanSeries, SeriesRow, Split, series_row
    from .domain.plans.series_filter import SeriesFilter
    from .domain.plans.version import PlanVersion
    from .domain.storage.retention import Retention
    from .infrastructure.runtime import open_planner
    from .infrastructure.settings import Settings

__version__ = "0.1.0"

_HOMES = {
    "Actor": "domain.access.actor",
    "Engine": "application.engine",
    "EngineResult": "application.engine",
    "ExportEncoding": "application.exchange",
    "ExportForm": "application.exchange",
    "ExportLayout": "application.exchange",
    "ExportOptions": "application.exchange",
    "InputRevision": "domain.inputs.revision",
    "InputSet": "domain.inputs.input_set",
    "InputSetEvent": "domain.inputs.event",
    "NamedStream": "application.exchange",
    "PlanForm": "application.plans.export_plan",
    "PlanSeries": "domain.plans.series",
    "PlanVersion": "domain.plans.version",
    "Planner": "application.planner",
    "PlanvaultError": "domain.errors",
    "RegisterRequest": "application.plans.register_request",
    "Retention": "domain.storage.retention",
    "Role": "domain.access.actor",
    "SeriesFilter": "domain.plans.series_filter",
    "SeriesRow": "domain.plans.series",
    "Settings": "infrastructure.settings",
    "Split": "domain.plans.series",
    "Verification": "domain.access.actor",
    "open_planner": "infrastructure.runtime",
    "series_row": "domain.plans.series",
}

__all__ = [
    "Actor",
    "Engine",
    "EngineResult",
    "ExportEncoding",
    "ExportForm",
    "ExportLayout",
    "ExportOptions",
    "InputRevision",
    "InputSet",
    "InputSetEvent",
    "NamedStream",
    "PlanForm",
    "PlanSeries",
    "PlanVersion",
    "Planner",
    "PlanvaultError",
    "RegisterRequest",
    "Retention",
    "Role",
    "SeriesFilter",
    "SeriesRow",
    "Settings",
    "Split",
    "Verification",
    "__version__",
    "open_planner",
    "series_row",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its home when it is first used."""
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names."""
    return __all__
