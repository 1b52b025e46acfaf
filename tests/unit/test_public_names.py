from __future__ import annotations

import subprocess
import sys

import pytest

import planvault

HEAVY = {"sqlalchemy", "pydantic", "pydantic_settings", "litestar", "click", "alembic", "asyncpg", "aiosqlite", "rich"}


@pytest.mark.parametrize("name", planvault.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    thing = getattr(planvault, name)
    if name != "__version__":
        assert (thing.__doc__ or "").strip()


def test_the_public_names_are_in_order_and_all_have_a_home() -> None:
    assert planvault.__all__ == sorted(planvault.__all__)
    assert dir(planvault) == planvault.__all__
    assert set(planvault._HOMES) | {"__version__"} == set(planvault.__all__)


def test_a_name_that_is_not_public_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = planvault.nonsense


def test_importing_planvault_imports_nothing_heavy() -> None:
    code = "import sys, planvault; print(*sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    modules = {name.partition(".")[0] for name in printed.split()}
    assert "planvault" in modules
    assert modules & HEAVY == set()
