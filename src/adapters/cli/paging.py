"""Lists that go on: how the next page is asked for."""

from __future__ import annotations

import shlex
from typing import Any

from ...domain.shared.paging import Page
from .invocation import Invocation


def note_more(call: Invocation, page: Page[Any]) -> None:
    """Say how to see the rest, if there is one."""
    if page.next_cursor is not None:
        call.note(f"There are more; add --cursor {shlex.quote(page.next_cursor)} for the next ones.")
