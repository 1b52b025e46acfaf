"""Engines by name: the reference engine, and those of the entry point group ``planvault.engines``."""

from __future__ import annotations

from importlib.metadata import entry_points

from ...application.engine import Engine
from ...domain.errors import EngineError, NotFoundError
from .reference import ReferenceEngine

GROUP = "planvault.engines"


def load_engine(name: str) -> Engine:
    """The engine of that name; an entry point names a class, or a function that makes an engine.

    Raises:
        NotFoundError: there is no engine of that name.
        EngineError: its entry point cannot be loaded.
    """
    if name == ReferenceEngine.name:
        return ReferenceEngine()
    found = entry_points(group=GROUP, name=name)
    if not found:
        raise NotFoundError("engine", name, remedy=f"Engines that can be used: {', '.join(engine_names())}.")
    try:
        engine: Engine = next(iter(found)).load()()
    except Exception as error:
        raise EngineError(
            f"The engine {name} cannot be loaded: {error}.",
            remedy="Mend or remove the package that offers it.",
            engine=name,
        ) from error
    return engine


def engine_names() -> list[str]:
    """The names of all engines, in order."""
    return sorted({ReferenceEngine.name, *(point.name for point in entry_points(group=GROUP))})
