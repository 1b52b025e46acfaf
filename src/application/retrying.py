"""Trying a whole use case again when the store lost its footing."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from ..domain.errors import StorageUnavailableError

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 5
SECONDS = 30


def retried(call: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """The use case, begun anew after a lost connection, a serialization failure or a deadlock.

    It is tried at most 5 times within 30 seconds, with full jitter between 50 ms and 1 s.  This is safe because a
    unit of work that reports ``StorageUnavailableError`` kept nothing (``UnitOfWork.commit``).
    """

    @functools.wraps(call)
    async def again(*args: P.args, **kwargs: P.kwargs) -> T:
        async for attempt in AsyncRetrying(
            retry=retry_if_exception(_is_transient),
            stop=stop_after_attempt(ATTEMPTS) | stop_after_delay(SECONDS),
            wait=wait_random_exponential(multiplier=0.05, max=1),
            reraise=True,
        ):
            with attempt:
                return await call(*args, **kwargs)
        raise AssertionError("tenacity gives an attempt or raises")  # pragma: no cover

    return again


def _is_transient(error: BaseException) -> bool:
    return isinstance(error, StorageUnavailableError) and error.transient
