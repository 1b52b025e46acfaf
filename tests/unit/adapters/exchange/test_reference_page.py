from __future__ import annotations

import re
from pathlib import Path

from planvault.adapters.exchange.input_files import CSV_FILES, INPUT_FILE_NAMES
from planvault.adapters.exchange.series_columns import IGNORED_COLUMNS

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "reference" / "input-files.md").read_text(encoding="utf-8")
RULE = re.compile(
    r'(?:add|refuse|_header_problem|_LineError|CellError)\(\s*(?:[a-z_.]+, )?"([a-z-]+)"'
    r'|rule="([a-z-]+)"|_odd\([A-Za-z_]+, key, "([a-z-]+)"'
)

REASON = re.compile(r'(?:rejected|refused)\(\s*[a-z_.]+,\s*"([a-z0-9-]+)"')


def test_the_page_names_every_file_and_every_header() -> None:
    assert [name for name in INPUT_FILE_NAMES if name not in PAGE] == []
    headers = {header for file in CSV_FILES.values() for column in file.columns for header in column.headers}
    assert sorted(header for header in headers | IGNORED_COLUMNS if f"`{header}`" not in PAGE) == []


def test_the_page_explains_every_rule() -> None:
    folders = (ROOT / "src" / "adapters" / "exchange", ROOT / "src" / "domain" / "inputs")
    sources = [path for folder in folders for path in folder.glob("*.py")]
    rules = {
        rule for path in sources for found in RULE.findall(path.read_text(encoding="utf-8")) for rule in found if rule
    }
    assert {"duplicate-key", "number", "share-sum", "json-syntax", "unknown-file", "stray-item"} <= rules
    assert sorted(rule for rule in rules if f"`{rule}`" not in PAGE) == []


def test_the_page_explains_every_reason_for_which_an_archive_is_refused() -> None:
    packed_plan = ROOT / "src" / "application" / "plans" / "packed_plan.py"
    sources = [*(ROOT / "src" / "adapters" / "exchange").glob("*.py"), packed_plan]
    reasons = {reason for path in sources for reason in REASON.findall(path.read_text(encoding="utf-8"))}
    told = set(re.findall(r"^\| `([a-z0-9-]+)` \|", PAGE.partition("## Zip files")[2], flags=re.MULTILINE))
    assert {"overlap", "crc", "macros", "not-a-zip", "manifest"} <= reasons
    assert sorted(reasons - told) == []
