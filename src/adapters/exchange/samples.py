"""The sample input set that ships with planvault."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def sample_directory() -> Path:
    """The directory of the sample input files: a maker of garden and power tools, twelve months of 2026."""
    return Path(str(files(__package__ or __name__) / "sample"))
