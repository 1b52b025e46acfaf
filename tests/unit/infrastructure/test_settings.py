"""Settings: what wins, what is refused, what is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from planvault import Settings
from planvault.domain.errors import InvalidRequestError
from planvault.infrastructure.settings import load_settings, variable_of
from planvault.infrastructure.settings_in_force import settings_in_force


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(variable_of(name), raising=False)


def _source_of(variable: str, **arguments: object) -> str:
    known = {setting.variable: setting for setting in settings_in_force(load_settings(**arguments), arguments)}
    return known[variable].source


def test_an_argument_wins_over_the_environment_which_wins_over_the_env_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings().timezone == "UTC"
    (tmp_path / ".env").write_text("# zone\nPLANVAULT_TIMEZONE=Asia/Tokyo\n")
    assert load_settings().timezone == "Asia/Tokyo"
    monkeypatch.setenv("PLANVAULT_TIMEZONE", "Europe/Berlin")
    assert load_settings().timezone == "Europe/Berlin"
    assert load_settings(timezone="America/New_York").timezone == "America/New_York"


def test_every_setting_says_where_it_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("# store\n\nDATABASE_URL=memory://\n")
    monkeypatch.setenv("PLANVAULT_POOL_SIZE", "3")
    assert _source_of("DATABASE_URL") == ".env line 3"
    assert _source_of("PLANVAULT_POOL_SIZE") == "environment"
    assert _source_of("PLANVAULT_TIMEZONE") == "default"
    assert _source_of("PLANVAULT_TIMEZONE", timezone="UTC") == "argument"


def test_secrets_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://ann:hunter2@db/plans")
    monkeypatch.setenv("PLANVAULT_TOKEN", "pv_secret")
    shown = " ".join(setting.value for setting in settings_in_force(load_settings(), {}))
    assert "hunter2" not in shown
    assert "pv_secret" not in shown
    assert "ann:***@db" in shown


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PLANVAULT_TIMEZONE", "Mars/Olympus"),
        ("PLAN_STORAGE_MODE", "elsewhere"),
        ("PLANVAULT_DB_SCHEMA", 'x"; DROP SCHEMA public'),
        ("PLANVAULT_POOL_SIZE", "many"),
        ("PLANVAULT_APPROVALS_REQUIRED", "0"),
        ("PLANVAULT_ACCESS", "closed"),
    ],
)
def test_a_wrong_value_is_refused_with_its_variable_and_place(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(InvalidRequestError, match=rf"{variable} \(environment\)"):
        load_settings()


def test_sources_are_paths_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().source_paths == {}
    monkeypatch.setenv("PLANVAULT_SOURCES", "old=legacy.db, out = artifacts/2025 ,")
    assert load_settings().source_paths == {"old": Path("legacy.db"), "out": Path("artifacts/2025")}


@pytest.mark.parametrize("text", ["legacy.db", "old=", "=legacy.db", "a/b=legacy.db", "old=x,old=y"])
def test_sources_that_are_no_names_with_paths_are_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="PLANVAULT_SOURCES"):
        load_settings(sources=text)
