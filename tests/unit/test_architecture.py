from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Table, UniqueConstraint

from planvault.adapters.sql.tables import METADATA

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
MIGRATIONS = sorted((ROOT / "migrations").rglob("*.py"))
MOST_LINES = 500
DIALECTS = {"sqlite", "postgresql"}
QUESTIONS = {"startswith", "endswith", "with_variant", "get"}
KNOW_DIALECTS = (
    "src/adapters/sql/dialects/",
    "src/adapters/sql/types.py",
    "src/adapters/sql/database.py",
    "migrations/",
)
LEDGER_WITH_A_LINK = {"plan_versions", "plan_baselines", "runs", "jobs"}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_module_is_longer_than_it_can_be_read() -> None:
    long = [relative(path) for path in SOURCES if len(path.read_text(encoding="utf-8").splitlines()) > MOST_LINES]
    assert SOURCES
    assert long == []


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {path.parent for path in SOURCES}
    assert sorted(relative(folder) for folder in folders if not (folder / "__init__.py").exists()) == []


def asked_of(node: ast.AST) -> list[ast.expr]:
    """The expressions that a comparison, a match, a look-up or a question to a text is about."""
    if isinstance(node, ast.Compare):
        return [node.left, *node.comparators]
    if isinstance(node, ast.MatchValue):
        return [node.value]
    if isinstance(node, ast.Dict):
        return [key for key in node.keys if key is not None]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in QUESTIONS:
        return node.args
    return []


def names_a_dialect(node: ast.AST) -> bool:
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    return node.value.partition("+")[0].partition(":")[0] in DIALECTS


def dialect_tests(source: str) -> Iterator[int]:
    """The lines that ask which database it is: ``….dialect.name``, or a dialect's name compared or matched."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr == "name" and "dialect" in ast.unparse(node.value):
            yield node.lineno
        for part in asked_of(node):
            yield from (part.lineno for inner in ast.walk(part) if names_a_dialect(inner))


@pytest.mark.parametrize(
    "source",
    [
        "if engine.dialect.name == x: pass",
        "if name == 'sqlite': pass",
        "if name in {'postgresql', 'sqlite'}: pass",
        "url.startswith('sqlite+aiosqlite')",
        "kinds = {'postgresql': 1}",
        "Text().with_variant(x, 'sqlite')",
        "match name:\n    case 'sqlite': pass",
    ],
)
def test_a_question_about_the_dialect_is_noticed(source: str) -> None:
    assert list(dialect_tests(source))


def test_only_the_dialects_know_which_database_it_is() -> None:
    asked = [
        f"{relative(path)}:{line}"
        for path in [*SOURCES, *MIGRATIONS]
        for line in dialect_tests(path.read_text(encoding="utf-8"))
        if not relative(path).startswith(KNOW_DIALECTS)
    ]
    assert asked == []


def per_version_tables() -> list[Table]:
    tables = METADATA.tables.values()
    return [table for table in tables if "version_id" in table.columns and table.name not in LEDGER_WITH_A_LINK]


def test_there_are_tables_by_version() -> None:
    assert {"plan_series", "plan_kpis", "plan_digests"} <= {table.name for table in per_version_tables()}


@pytest.mark.parametrize("table", per_version_tables(), ids=lambda table: table.name)
def test_a_table_by_version_can_be_spread_by_version(table: Table) -> None:
    assert "version_id" in table.primary_key.columns
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            assert "version_id" in constraint.columns, constraint
    for index in table.indexes:
        assert not index.unique or "version_id" in index.columns, index
    for key in table.foreign_key_constraints:
        pairs = {element.parent.name: element.column.name for element in key.elements}
        assert pairs.get("version_id") == "version_id", key
