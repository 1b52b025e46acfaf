"""The tree of commands: everything has help, and the reference page names everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from planvault.adapters.cli.main import NOUNS, cli
from planvault.adapters.cli.problems import KINDS

PAGE = Path(__file__).resolve().parents[4] / "docs" / "reference" / "cli.md"


def walk(command: click.Command = cli, words: tuple[str, ...] = ("planvault",)) -> Iterator[tuple[str, click.Command]]:
    yield " ".join(words), command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from walk(child, (*words, name))


COMMANDS = dict(walk())
LEAVES = {words: command for words, command in COMMANDS.items() if not isinstance(command, click.Group)}


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_answers_help(words: str) -> None:
    result = CliRunner().invoke(cli, [*words.split()[1:], "--help"])
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: {words} ")
    assert COMMANDS[words].help


@pytest.mark.parametrize("words", LEAVES)
def test_every_option_says_what_it_is_for(words: str) -> None:
    options = [option for option in LEAVES[words].params if isinstance(option, click.Option)]
    assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize("words", LEAVES)
def test_the_global_options_are_accepted_after_every_verb(words: str) -> None:
    names = {option for parameter in LEAVES[words].params for option in parameter.opts}
    assert names >= {"--database", "--actor", "--json", "--debug"}


@pytest.mark.parametrize("words", LEAVES)
def test_the_reference_page_names_every_command_and_its_options(words: str) -> None:
    sections = PAGE.read_text(encoding="utf-8").split("\n### ")
    section = next((text for text in sections if text.startswith(f"`{words}")), None)
    assert section is not None, f"docs/reference/cli.md has no section for {words}"
    everywhere = {"--database", "--actor", "--json", "--debug"}
    for parameter in LEAVES[words].params:
        for name in set(parameter.opts) - everywhere if isinstance(parameter, click.Option) else ():
            assert f"`{name}" in section, f"{words} {name} is not described"


def test_the_reference_page_names_the_global_options_and_every_exit_code() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for parameter in cli.params:
        assert f"`{parameter.opts[0]}" in page
    for code in {0, 2, 130, 141, 143, *(kind.exit_code for kind in KINDS.values())}:
        assert f"| {code} |" in page


def test_the_root_lists_every_noun_without_loading_one() -> None:
    result = CliRunner().invoke(cli, ["--help"])
    assert all(f"  {name} " in result.stdout for name in NOUNS)


def test_a_mistyped_verb_is_answered_with_what_is_near() -> None:
    result = CliRunner().invoke(cli, ["plans", "creat"])
    assert result.exit_code == 2
    assert "Did you mean create?" in result.stderr


def test_a_mistyped_noun_with_nothing_near_is_answered_with_all() -> None:
    result = CliRunner().invoke(cli, ["zzz"])
    assert result.exit_code == 2
    assert "There are demo, serve," in result.stderr
