"""How much one import may bring (``docs/reference/input-files.md``)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLimits:
    """The most rows and columns of a file, and the most bytes of a CSV and of a JSON file."""

    rows: int = 1_000_000
    columns: int = 64
    csv_bytes: int = 100 * 1024 * 1024
    json_bytes: int = 2 * 1024 * 1024
