"""Settings of where plans are kept: the database, its pool, and files."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import AliasChoices, Field, field_validator
from pydantic_settings import BaseSettings
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from ..domain.storage.state import StorageMode

MEMORY_URL = "memory://"
DRIVERS = ("sqlite+aiosqlite", "postgresql+asyncpg")


class StorageSettings(BaseSettings):
    """The part of the settings that says where plans are kept."""

    database_url: str = Field(
        default="sqlite+aiosqlite:///planvault.db",
        validation_alias=AliasChoices("database_url", "DATABASE_URL"),
        description="Where plans are kept: SQLite file, PostgreSQL, or memory:// for this process only.",
    )
    storage_mode: StorageMode | None = Field(
        default=None,
        validation_alias=AliasChoices("storage_mode", "PLAN_STORAGE_MODE"),
        description="Where payloads are kept: db, files or both; what says else than the store does is refused.",
    )
    files_root: Path | None = Field(
        default=None,
        validation_alias=AliasChoices("files_root", "PLANVAULT_FILES_ROOT"),
        description="The directory of payload folders and of the mirror, for the modes files and both.",
    )
    storage_strict: bool = Field(
        default=False,
        validation_alias=AliasChoices("storage_strict", "PLANVAULT_STORAGE_STRICT"),
        description="Whether a plan whose folder cannot be written is refused instead of being filed later.",
    )
    legacy_artifacts: bool = Field(
        default=False,
        validation_alias=AliasChoices("legacy_artifacts", "PLANVAULT_LEGACY_ARTIFACTS"),
        description="Whether each plan that is written has its legacy-shaped artifacts rendered below the files root.",
    )
    shadow_reads: float = Field(
        default=0.0,
        ge=0,
        le=1,
        validation_alias=AliasChoices("shadow_reads", "PLANVAULT_SHADOW_READS"),
        description="Which share of reads is done again on both sides and compared, in the mode both.",
    )
    db_schema: str = Field(
        default="planvault",
        validation_alias=AliasChoices("db_schema", "PLANVAULT_DB_SCHEMA"),
        description="The schema of all tables on PostgreSQL.",
    )
    pool_size: int = Field(
        default=10,
        ge=1,
        le=200,
        validation_alias=AliasChoices("pool_size", "PLANVAULT_POOL_SIZE"),
        description="Connections that are kept open to PostgreSQL.",
    )
    pool_overflow: int = Field(
        default=20,
        ge=0,
        le=500,
        validation_alias=AliasChoices("pool_overflow", "PLANVAULT_POOL_OVERFLOW"),
        description="Connections to PostgreSQL beyond those, while they are needed.",
    )
    busy_seconds: float = Field(
        default=10.0,
        gt=0,
        le=600,
        validation_alias=AliasChoices("busy_seconds", "PLANVAULT_BUSY_SECONDS"),
        description="How long a writer waits for its turn on SQLite.",
    )

    @field_validator("db_schema")
    @classmethod
    def _plain_schema(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", value):
            raise ValueError("use a-z 0-9 _ and no digit first")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value == MEMORY_URL:
            return value
        try:
            driver = make_url(value).drivername
        except ArgumentError:
            raise ValueError("is no database URL") from None
        if driver not in DRIVERS:
            product = driver.partition("+")[0].removesuffix("ql").removesuffix("3")
            meant = next((known for known in DRIVERS if known.startswith(product)), None)
            hint = f"write {meant}://" if meant else f"planvault runs on {' and '.join(DRIVERS)}"
            raise ValueError(f"names the driver {driver}; {hint}")
        return value
