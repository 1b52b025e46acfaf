"""What the sheets of a workbook and the members of an inputs document are called: after a file, or after a section."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from .input_files import CSV_FILES, JSON_FILES, InputFile

_LEGACY = {"item_master": "item.csv"}
TABLES: Mapping[str, InputFile] = {
    **{file.section.name: file for file in CSV_FILES.values() if not file.constants},
    **{name.removesuffix(".csv"): file for name, file in CSV_FILES.items()},
    **{name: CSV_FILES[file] for name, file in _LEGACY.items()},
}
OBJECTS: Mapping[str, str] = {name.removesuffix(".json"): name for name in JSON_FILES}


def did_you_mean(name: str) -> str:
    """The end of a sentence about a name that nothing goes by."""
    near = difflib.get_close_matches(name.strip().lower(), [*TABLES, *OBJECTS], n=1)
    files = (file.removesuffix(".csv") for file in CSV_FILES)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join([*files, *OBJECTS])}"
