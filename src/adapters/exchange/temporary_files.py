"""Whole files in a temporary place, handed on when they are complete."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO, cast

from ...application.exchange import PackedInputs, WrittenFile
from ...domain.errors import StorageError, StorageFullError

IN_MEMORY = 8 * 1024 * 1024


async def written_to_temporary(write: Callable[[BinaryIO], Awaitable[Sequence[WrittenFile]]]) -> PackedInputs:
    """What was written, at its start, in memory while it is small and in a nameless file beyond; the caller closes it.

    Raises:
        StorageFullError: there is no room for the temporary file.
    """
    sink = cast("BinaryIO", tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, prefix="planvault-"))  # noqa: SIM115 (the caller closes it)
    try:
        with _naming_a_full_disk():
            written = await write(sink)
            size = sink.seek(0, 2)
            sink.seek(0)
    except BaseException:
        sink.close()
        raise
    return PackedInputs(file=sink, size=size, files=tuple(written))


@contextmanager
def _naming_a_full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        raise (StorageFullError if full else StorageError)(
            f"The export cannot be kept in a temporary file ({error.strerror or error}).",
            remedy="Make room in the directory for temporary files, or set TMPDIR to another one.",
        ) from error
