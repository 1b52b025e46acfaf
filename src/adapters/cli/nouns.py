"""How commands are declared: every one takes the global options too, and lists take theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from .invocation import everywhere

F = TypeVar("F", bound=Callable[..., Any])
CONFIG_ID = click.IntRange(1, 2**31 - 1)


class Command(click.Command):
    """A command that accepts the global options after its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what click gives and add the global options."""
        super().__init__(*args, **kwargs)
        self.params.extend(everywhere())


class Suggesting(click.Group):
    """A group that answers a mistyped name with what is near."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of that name, or a usage error that says which there are."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            from difflib import get_close_matches  # noqa: PLC0415

            names = self.list_commands(ctx)
            near = get_close_matches(args[0], names, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(names)}."
            ctx.fail(f"{ctx.command_path} has no command {args[0]!r}. {hint}")
        return super().resolve_command(ctx, args)


class Noun(Suggesting):
    """The verbs of one noun."""

    command_class = Command


def noun(name: str, help: str) -> Noun:  # noqa: A002 (click's word)
    """An empty noun."""
    return Noun(name=name, help=help)


def listing(command: F) -> F:
    """``--limit`` and ``--cursor``, as every list takes them."""
    command = click.option("--cursor", help="Go on where a list ended: its next_cursor.")(command)
    return click.option("--limit", type=int, default=50, show_default=True, help="How many at most (1 to 500).")(
        command
    )
