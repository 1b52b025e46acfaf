"""One call of the command line: its global options, who acts, and the loop that its work runs in."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from ...application.planner import Planner
    from ...domain.access.actor import Actor
    from .launcher import Launcher, Surroundings

T = TypeVar("T")
_META = "planvault.options"
# The password of a URL: a hint lands in logs and on screens.
_PASSWORD = re.compile(r"(?<=://)([^:/?#]*):[^/?#]*@")


def everywhere(*, root: bool = False) -> list[click.Parameter]:
    """The options that are accepted before the noun and after the verb alike."""

    def option(*names: str, help: str, **how: Any) -> click.Option:  # noqa: A002 (click's word)
        return click.Option(list(names), help=help, expose_value=False, callback=_remember, **how)

    return [
        option(
            "--database", metavar="URL|FILE", help="The database; a plain path is a SQLite file. [env: DATABASE_URL]"
        ),
        option(
            "--actor",
            metavar="NAME",
            envvar="PLANVAULT_ACTOR" if root else None,
            help="Who acts; a token wins over it. [env: PLANVAULT_ACTOR, PLANVAULT_TOKEN]",
        ),
        option("--json", is_flag=True, help="One JSON document on stdout; errors as JSON on stderr."),
        option("--debug", is_flag=True, help="Show the traceback of an error."),
    ]


def _remember(context: click.Context, parameter: click.Parameter, value: object) -> None:
    # The one after the verb is parsed last and wins; what is not given there says nothing.
    if value == "" and parameter.name == "database":
        # An unset variable in a script must not quietly mean another store.
        raise click.BadParameter("it is empty.", context, parameter)
    if value:
        context.meta.setdefault(_META, {})[parameter.name] = value


class Invocation:
    """What a command needs to know about its own call."""

    def __init__(self, launcher: Launcher, options: dict[str, Any]) -> None:
        self.launcher = launcher
        self.database: str | None = options.get("database")
        self.actor_name: str | None = options.get("actor")
        self.as_json: bool = options.get("json", False)
        self._surroundings: Surroundings | None = None

    @property
    def surroundings(self) -> Surroundings:
        """What the settings say."""
        if self._surroundings is None:
            self._surroundings = self.launcher.surroundings(database=self.database)
        return self._surroundings

    def read(self, work: Callable[[Planner], Awaitable[T]], *, any_mode: bool = False) -> T:
        """Do work that changes nothing; nobody needs to be named for it, but a token that is set has to hold.

        ``any_mode`` lets a store pass that keeps payloads in another way than the settings say.

        Raises:
            UnauthenticatedError: the token does not hold.
        """

        async def with_what_is_set(planner: Planner) -> T:
            await self._require_token_holds(planner)
            return await work(planner)

        return self._run(with_what_is_set, any_mode=any_mode)

    def act(self, work: Callable[[Planner, Actor], Awaitable[T]], *, any_mode: bool = False) -> T:
        """Do work in somebody's name; ``any_mode`` as for ``read``.

        Raises:
            UnauthenticatedError: nobody is named, or the token does not hold.
        """
        self._require_somebody()

        async def in_a_name(planner: Planner) -> T:
            return await work(planner, await self._actor(planner))

        return self._run(in_a_name, any_mode=any_mode)

    def use(self, database: str) -> None:
        """Speak of another database from now on."""
        self.database, self._surroundings = database, None

    def act_on(self, database: str, work: Callable[[Planner, Actor], Awaitable[T]], *, silent: bool = False) -> T:
        """Do work on another database in the name of ``--actor``: no token is known there yet.

        ``silent`` does not say that a file is new, which nobody asked for by that name.

        Raises:
            UnauthenticatedError: nobody is named.
        """
        from ...domain.access.actor import Actor  # noqa: PLC0415
        from ...domain.errors import UnauthenticatedError  # noqa: PLC0415

        self.use(database)
        if not (name := (self.actor_name or "").strip()):
            raise UnauthenticatedError(
                "Nobody is named as the one who does this.", remedy="Add --actor NAME (or set PLANVAULT_ACTOR)."
            )
        return self._run(lambda planner: work(planner, Actor.asserted(name)), any_mode=True, silent=silent)

    def note(self, message: str) -> None:
        """Say something beside the answer; never with ``--json``."""
        if not self.as_json:
            click.echo(message, err=True)

    def asks(self) -> bool:
        """Whether somebody is there to answer a question."""
        return sys.stdin is not None and sys.stdin.isatty() and not self.as_json

    def command(self, words: str) -> str:
        """A command line for the same database, to be typed as it stands; only a password is not shown."""
        program = self.launcher.program()
        if self.database is None:
            return f"{program} {words}"
        shown = _PASSWORD.sub(r"\1:***@", self.database)
        return f"{program} --database {_quoted(shown)} {words}"

    def again(self, **changed: object) -> str:
        """The command line of this call once more, with other values of some options."""
        context = click.get_current_context()
        words = context.command_path.split()[1:]
        for parameter in context.command.params:
            name = parameter.name or ""
            typed = context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
            value = changed.get(name, context.params.get(name) if typed else None)
            if value is not None:
                words += _typed(parameter, value)
        return self.command(" ".join(words))

    def narrowed(self) -> bool:
        """Whether a list was asked for a part of what there is."""
        context = click.get_current_context()
        return any(value is not None for name, value in context.params.items() if name != "limit")

    def _run(self, work: Callable[[Planner], Awaitable[T]], *, any_mode: bool, silent: bool = False) -> T:
        from .running import run  # noqa: PLC0415 (asyncio is not needed for --help)

        new_file = self.surroundings.new_file

        async def opened() -> T:
            async with self.launcher.open_planner(database=self.database, any_mode=any_mode) as planner:
                if new_file is not None and not silent:  # a mistyped name must not look like an empty store
                    self.note(f"{new_file} was not there; it is a new, empty store now.")
                    if (root := self.surroundings.mirrored) is not None:
                        remedy = f"{self.launcher.program()} storage rebuild {_quoted(str(root))} --into NEW.db"
                        self.note(f"{root} holds what a store kept, maybe the one that was meant: {remedy}.")
                return await work(planner)

        return run(opened())

    async def _require_token_holds(self, planner: Planner) -> None:
        from ...domain.errors import UnauthenticatedError  # noqa: PLC0415

        if self.surroundings.token is None:
            return
        try:
            await planner.tokens.authenticate(self.surroundings.token)
        except UnauthenticatedError as error:
            error.remedy = f"{error.remedy} Looking needs none: leave PLANVAULT_TOKEN unset."
            raise

    def _require_somebody(self) -> None:
        from ...domain.errors import UnauthenticatedError  # noqa: PLC0415

        if self.surroundings.token is None and not (self.actor_name or "").strip():
            raise UnauthenticatedError(
                "Nobody is named as the one who does this.",
                remedy="Add --actor NAME (or set PLANVAULT_ACTOR), or set PLANVAULT_TOKEN to an access token.",
            )

    async def _actor(self, planner: Planner) -> Actor:
        from ...domain.access.actor import Actor  # noqa: PLC0415

        token = self.surroundings.token
        if token is None:
            return Actor.asserted(self.actor_name or "")
        actor = await planner.tokens.authenticate(token)
        if self.actor_name is not None and Actor.asserted(self.actor_name).key != actor.key:
            self.note(f"The token says that {actor.name} acts; --actor {self.actor_name} does not count.")
        return actor


def invocation() -> Invocation:
    """The call that is going on."""
    return invocation_of(click.get_current_context())


def invocation_of(context: click.Context) -> Invocation:
    """The call that a context belongs to."""
    return Invocation(context.find_root().obj, context.meta.get(_META, {}))


def coloured() -> bool:
    """Whether colour is wanted where there is a terminal."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _typed(parameter: click.Parameter, value: object) -> list[str]:
    if isinstance(parameter, click.Option):
        name = next(name for name in parameter.opts if name.startswith("--"))
        if isinstance(value, bool):
            return [name if value else parameter.secondary_opts[0]]
        return [name, _quoted(str(value))]
    return [_quoted(str(value))]


def _quoted(text: str) -> str:
    import shlex  # noqa: PLC0415

    return shlex.quote(text)
