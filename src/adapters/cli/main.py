"""``planvault``: the root of the command line. Cheap to import; a noun is loaded when it is named."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, NoReturn

import click

from .invocation import everywhere, invocation_of
from .nouns import Suggesting

BROKEN_PIPE = 141
# Name → what its help says in one line. The module of the same name holds the command of the same name.
NOUNS: Mapping[str, str] = {
    "demo": "Make a database with sample data and a first plan to look at.",
    "serve": "Answer HTTP.",
    "settings": "Show the settings in force and where each comes from.",
    "doctor": "Look for what is wrong, and say what to do about it.",
    "db": "The schema of the database: upgrade, downgrade, current, check.",
    "configs": "Config versions: the scopes that input sets belong to.",
    "inputs": "Input sets: import, look at, submit, approve.",
    "plans": "Plan versions: create, register, look at, export.",
    "runs": "Runs: what was computed, from what, and how it ended.",
    "jobs": "Jobs: what was asked for, by whom, and how it ended.",
    "storage": "Storage: where payloads lie, whether their copies agree, and taking over legacy plans.",
    "audit": "The ledger: verify its chain, take checkpoints, read and export events.",
    "maint": "Maintenance: pause, back up, restore, trim, figures.",
    "tokens": "Access tokens: create, list, revoke.",
}
# A command inside a sentence; the demo takes no --database.
_COMMAND = re.compile(rf"\bplanvault (?=(?:{'|'.join(noun for noun in NOUNS if noun != 'demo')})\b)")


class Main(Suggesting):
    """The root group: loads nouns lazily and turns every error into a message and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click names it)
        """The nouns, in the order of a first visit."""
        return list(NOUNS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click names it)
        """The noun, loaded now."""
        if cmd_name not in NOUNS:
            return None
        command = getattr(import_module(f".{cmd_name}", __package__), cmd_name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click names it)
        """The nouns with their static help, so that none has to be loaded."""
        with formatter.section("Commands"):
            formatter.write_dl(list(NOUNS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a reader that went away (``| head``) ends it quietly.

        The commands that a remedy names are written as they have to be typed here: for the same database.
        """
        from ...domain.errors import PlanvaultError  # noqa: PLC0415 (not needed for --help)

        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            _let_go_of_stdout()
            raise click.exceptions.Exit(BROKEN_PIPE) from None
        except PlanvaultError as error:
            if error.remedy and _COMMAND.search(error.remedy):
                begin = invocation_of(ctx).command("")
                error.remedy = _COMMAND.sub(lambda _: begin, error.remedy)
            raise
        return result

    def main(  # type: ignore[override]  # never returns, whatever standalone_mode says
        self,
        args: list[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        **extra: Any,
    ) -> NoReturn:
        """Run one call and leave with its exit code."""
        given = sys.argv[1:] if args is None else list(args)
        extra |= {"standalone_mode": False}

        def call() -> object:
            return super(Main, self).main(given, prog_name or "planvault", complete_var, **extra)

        sys.exit(_exit_code(call, given))


def _exit_code(call: Callable[[], object], given: list[str]) -> int:
    as_json, debug = "--json" in given, "--debug" in given
    try:
        result = call()
    except click.exceptions.Abort:
        from .problems import report_interrupt  # noqa: PLC0415

        return report_interrupt(as_json=as_json)
    except click.ClickException as error:
        from .problems import report_usage  # noqa: PLC0415

        return report_usage(error, as_json=as_json and not isinstance(error, click.exceptions.NoArgsIsHelpError))
    except Exception as error:  # noqa: BLE001 (the last resort says what it was and leaves with 1)
        from .problems import report  # noqa: PLC0415

        return report(error, as_json=as_json, debug=debug)
    return result if isinstance(result, int) else 0


def _let_go_of_stdout() -> None:
    # Whatever is still buffered would raise again when Python flushes at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


cli = Main(
    name="planvault",
    help=(
        "planvault keeps a planning team's plans: which plan is the plan, what it was made from, who said yes.\n\n"
        "Begin with: planvault demo"
    ),
    params=[
        *everywhere(root=True),
        click.Option(
            ["--version"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=lambda context, _parameter, value: _say_version(context) if value else None,
            help="Show the version and exit.",
        ),
    ],
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _say_version(context: click.Context) -> NoReturn:
    from importlib.metadata import version  # noqa: PLC0415

    click.echo(f"planvault {version('planvault')}")
    context.exit()
