"""What somebody says about a plan that was made elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...domain.access.actor import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRequest:
    """The identity of a plan made elsewhere, and what it says it was made from and by."""

    version_id: str
    actor: Actor
    input_set: str | None = None
    trial: bool = False
    engine_name: str | None = None
    engine_version: str | None = None
    engine_parameters: Mapping[str, Any] = field(default_factory=dict)
    title: str | None = None
    objective: str | None = None
    note: str | None = None
    comment: str | None = None
    trigger: str = "facade"
