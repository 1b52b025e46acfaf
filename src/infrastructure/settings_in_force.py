"""The settings in force, to be shown: each with its value, where that comes from, and what it is for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from .settings import Settings, source_of, variable_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingInForce:
    """One setting: its value as it may be shown, and where it comes from."""

    name: str
    variable: str
    value: str
    source: str
    description: str


def settings_in_force(settings: Settings, arguments: dict[str, Any]) -> Iterator[SettingInForce]:
    """Every setting with its source, secrets masked, in the order of the reference page."""
    for name, field in Settings.model_fields.items():
        variable = variable_of(name)
        value = getattr(settings, name)
        yield SettingInForce(
            name=name,
            variable=variable,
            value=_shown(name, value),
            source="argument" if arguments.get(name) is not None else source_of(variable),
            description=field.description or "",
        )


def _shown(name: str, value: Any) -> str:
    if isinstance(value, SecretStr):
        return "set, not shown"
    if value is None:
        return "not set"
    if name == "database_url":
        try:
            return make_url(value).render_as_string(hide_password=True) if value != "memory://" else value
        except ArgumentError:
            return "malformed, not shown"
    return str(value)
