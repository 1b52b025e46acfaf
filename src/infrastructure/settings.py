"""Settings: from arguments, the environment and ``.env``, checked before anything is opened."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import DotEnvSettingsSource, SettingsConfigDict

from ..domain.errors import InvalidRequestError
from .storage_settings import StorageSettings

ENV_FILE = ".env"


@cache
def _zones() -> frozenset[str]:
    """The names of all time zones: many files are read for them."""
    return frozenset(available_timezones())


class Settings(StorageSettings):
    """What is in force. Arguments win over the environment, which wins over ``.env``, which wins over defaults."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, extra="ignore", frozen=True, populate_by_name=True, env_ignore_empty=True
    )

    timezone: str = Field(
        default="UTC",
        validation_alias=AliasChoices("timezone", "PLANVAULT_TIMEZONE"),
        description="The time zone in which times are shown and days begin.",
    )
    access: Literal["open", "verified"] = Field(
        default="open",
        validation_alias=AliasChoices("access", "PLANVAULT_ACCESS"),
        description="'verified' refuses asserted names even before the first token exists.",
    )
    approvals_required: int = Field(
        default=1,
        ge=1,
        le=20,
        validation_alias=AliasChoices("approvals_required", "PLANVAULT_APPROVALS_REQUIRED"),
        description="How many approvals make a revision live.",
    )
    allow_self_approval: bool = Field(
        default=False,
        validation_alias=AliasChoices("allow_self_approval", "PLANVAULT_ALLOW_SELF_APPROVAL"),
        description="Whether an author may approve.",
    )
    cache_dir: Path | None = Field(
        default=None,
        validation_alias=AliasChoices("cache_dir", "PLANVAULT_CACHE_DIR"),
        description="Where computed differences are kept for a while; the user's cache directory unless set.",
    )
    diff_ttl: int = Field(
        default=600,
        ge=1,
        le=86_400,
        validation_alias=AliasChoices("diff_ttl", "PLANVAULT_DIFF_TTL"),
        description="For how many seconds HTTP answers a difference from the cache.",
    )
    share_tolerance: float = Field(
        default=1e-6,
        ge=0,
        le=1,
        validation_alias=AliasChoices("share_tolerance", "PLANVAULT_SHARE_TOLERANCE"),
        description="How far the shares of a family may add up beside 1.",
    )
    import_rows: int = Field(
        default=1_000_000,
        ge=1,
        validation_alias=AliasChoices("import_rows", "PLANVAULT_IMPORT_ROWS"),
        description="How many rows an input file may have.",
    )
    jobs_enabled: bool = Field(
        default=True,
        validation_alias=AliasChoices("jobs_enabled", "JOBS_ENABLED"),
        description="Whether jobs are taken in; 0 refuses new ones, and those that there are go on.",
    )
    job_workers: int = Field(
        default=1,
        ge=0,
        le=64,
        validation_alias=AliasChoices("job_workers", "PLANVAULT_JOB_WORKERS"),
        description="How many jobs planvault serve works on at once; 0 leaves them to planvault jobs worker.",
    )
    job_lease_seconds: float = Field(
        default=30.0,
        ge=1,
        le=86_400,
        validation_alias=AliasChoices("job_lease_seconds", "PLANVAULT_JOB_LEASE_SECONDS"),
        description="After how many seconds without a sign of life a job is taken from whoever works on it.",
    )
    max_rows: int = Field(
        default=0,
        ge=0,
        validation_alias=AliasChoices("max_rows", "PLANS_DB_MAX_ROWS"),
        description="How many series rows all plans together may have; 0 is no limit.",
    )
    guard_action: Literal["refuse", "trim"] = Field(
        default="refuse",
        validation_alias=AliasChoices("guard_action", "PLANVAULT_GUARD_ACTION"),
        description="What happens to a write beyond that: it is refused, or the oldest plans are trimmed first.",
    )
    guard_confirmed: int = Field(
        default=0,
        ge=0,
        validation_alias=AliasChoices("guard_confirmed", "PLANVAULT_GUARD_CONFIRMED"),
        description="The limit once more, where it is meant to be less than what is stored already.",
    )
    guard_alert_threshold: int = Field(
        default=0,
        ge=0,
        validation_alias=AliasChoices("guard_alert_threshold", "PLANS_DB_GUARD_ALERT_THRESHOLD"),
        description="From how many versions on a trim of the row guard is logged as a warning; 0 is never.",
    )
    backup_copy: Path | None = Field(
        default=None,
        validation_alias=AliasChoices("backup_copy", "PLANVAULT_BACKUP_COPY"),
        description="A directory that takes a copy of every backup: another disk, or a mounted share.",
    )
    sources: str | None = Field(
        default=None,
        validation_alias=AliasChoices("sources", "PLANVAULT_SOURCES"),
        description="Where plans may be backfilled from over HTTP: NAME=PATH, several parted by commas.",
    )
    token: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("token", "PLANVAULT_TOKEN"),
        description="The access token of the command line.",
    )

    @field_validator("sources")
    @classmethod
    def _named_paths(cls, value: str | None) -> str | None:
        _paths_by_name(value)
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in _zones():
            raise ValueError("is no time zone of the IANA database, such as Asia/Tokyo")
        return value

    def __init__(self, **given: Any) -> None:
        """Take what is given, and the rest from the environment and ``.env``.

        Raises:
            InvalidRequestError: an unknown setting, or a value that is wrong; the sentence names the variable and
                where it is set.
        """
        unknown = sorted(set(given) - set(Settings.model_fields))
        if unknown:
            raise InvalidRequestError(
                f"There is no setting {unknown[0]}.", remedy=f"One of: {', '.join(Settings.model_fields)}."
            )
        try:
            super().__init__(**given)
        except ValidationError as error:
            raise _refused(error, given) from error

    @property
    def source_paths(self) -> dict[str, Path]:
        """The paths of the named sources."""
        return _paths_by_name(self.sources)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which times are shown."""
        return ZoneInfo(self.timezone)


def _paths_by_name(text: str | None) -> dict[str, Path]:
    paths: dict[str, Path] = {}
    for part in filter(None, (part.strip() for part in (text or "").split(","))):
        name, equals, path = part.partition("=")
        if not (equals and path.strip() and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name.strip())):
            raise ValueError(f"{part[:80]!r} is not NAME=PATH")
        if name.strip() in paths:
            raise ValueError(f"it names {name.strip()} twice")
        paths[name.strip()] = Path(path.strip())
    return paths


def load_settings(**arguments: Any) -> Settings:
    """The settings in force; arguments that are null do not count.

    Raises:
        InvalidRequestError: a value is wrong; the sentence names the variable and where it is set.
    """
    return Settings(**{name: value for name, value in arguments.items() if value is not None})


def _refused(error: ValidationError, given: dict[str, Any]) -> InvalidRequestError:
    first = error.errors()[0]
    name = str(first["loc"][0])
    variable = variable_of(name) if name in Settings.model_fields else name
    place = "argument" if name in given else source_of(variable)
    what = first["msg"].removeprefix("Value error, ")
    described = Settings.model_fields[name].description if name in Settings.model_fields else None
    return InvalidRequestError(
        f"{variable} ({place}) is wrong: {what[0].lower()}{what[1:]}.", remedy=described, variable=variable
    )


def variable_of(name: str) -> str:
    """The environment variable of a setting."""
    alias = Settings.model_fields[name].validation_alias
    if not isinstance(alias, AliasChoices):
        raise TypeError(f"the setting {name} has no variable")
    return str(alias.choices[-1])


def source_of(variable: str) -> str:
    """Where a variable is set: ``environment``, ``.env line 3`` or ``default``."""
    if os.environ.get(variable):
        return "environment"
    path = Path(ENV_FILE)
    if path.is_file() and variable.lower() in DotEnvSettingsSource(Settings).env_vars:
        lines = path.read_text(encoding="utf-8").splitlines()
        line = next(
            (number for number, text in enumerate(lines, 1) if re.match(rf"\s*(export\s+)?{variable}\s*=", text)), 0
        )
        return f"{ENV_FILE} line {line}"
    return "default"
