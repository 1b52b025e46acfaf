"""Temporary files on their way out."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import BinaryIO

_BLOCK = 1 << 20


async def pieces_of(file: BinaryIO) -> AsyncGenerator[bytes, None]:
    """The bytes from where the file stands to its end, once; it is closed, and so erased, whatever happens."""
    try:
        while block := file.read(_BLOCK):
            yield block
    finally:
        file.close()
