"""``planvault serve``."""

from __future__ import annotations

import asyncio

import click

from .invocation import invocation
from .nouns import Command

LARGEST_PORT = 65_535


@click.command("serve", cls=Command)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, LARGEST_PORT), default=8000, show_default=True, help="The port.")
def serve(host: str, port: int) -> None:
    """Answer HTTP until stopped."""
    call = invocation()
    address = f"[{host}]" if ":" in host else host

    def listening(taken: int) -> None:
        call.note(f"Listening at http://{address}:{taken} on {call.surroundings.database}; Ctrl-C stops it.")

    # The server takes signals itself, so that it can finish what it is answering.
    asyncio.run(call.launcher.serve(host, port, database=call.database, listening=listening))
