"""Lists that go on, and lists that hold nothing: what to type next."""

from __future__ import annotations

from typing import Any

import click

from ...domain.shared.paging import Page
from .invocation import Invocation


def note_more(call: Invocation, page: Page[Any], **changed: object) -> None:
    """Say how to see the rest, if there is one; ``changed`` are options that have another value there."""
    if page.next_cursor is not None:
        call.note(f"\nThere are more. Next: {call.again(cursor=page.next_cursor, **changed)}")


def write_none(call: Invocation, things: str, *, following: str | None = None) -> None:
    """Say that a list is empty: the store's, with what comes first there, or only what was asked for."""
    if call.narrowed():
        click.echo(f"There are no such {things}.")
        return
    click.echo(f"There are no {things} yet.")
    if following is not None:
        call.note(f"Next: {call.command(following)}")
