"""Standard streams that were closed before the command line began."""

from __future__ import annotations

import os
import sys

STDOUT, STDERR = 1, 2


def make_up_for_closed_streams() -> None:
    """Put a pipe that nobody reads where stdout was closed (``>&-``), and nothing at all where stderr was.

    Both take their own descriptor again: a database that got it would be written to by whoever prints.
    """
    if sys.stdout is None:
        reading, writing = os.pipe()
        if writing != STDOUT:
            os.dup2(writing, STDOUT)
            os.close(writing)
        if reading != STDOUT:
            os.close(reading)
        sys.stdout = os.fdopen(STDOUT, "w", encoding="utf-8")
    if sys.stderr is None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        if nowhere != STDERR:
            os.dup2(nowhere, STDERR)
            os.close(nowhere)
        sys.stderr = os.fdopen(STDERR, "w", encoding="utf-8")
