"""Serving the HTTP API: planner and server in one event loop, closed in order."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from ..adapters.api.app import create_app
from ..application.planner import Planner
from ..domain.errors import InvalidRequestError
from .runtime import open_planner
from .settings import Settings
from .working import working

GRACE_SECONDS = 10
BACKLOG = 512
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


async def serve(
    settings: Settings, *, host: str = "127.0.0.1", port: int = 8000, listening: Callable[[int], None] | None = None
) -> None:
    """Serve the API until SIGINT, SIGTERM or cancellation; requests under way have ten seconds to end, jobs too.

    ``listening`` is told the port once the server takes requests; port 0 lets the system choose a free one.
    The planner is closed before the signal takes its usual course, so that the process ends as one stopped by it.

    Raises:
        InvalidRequestError: the host is not loopback and the store takes unverified actors, or the address cannot be
            listened on.
        PlanvaultError: as ``open_planner``.
    """
    with _listening(host, port) as listener, _noted_signals() as stop:
        async with open_planner(settings) as planner:
            await require_guarded(planner, host)
            await planner.maint.require_limit_meant()
            server = _Server(_config(planner))
            stop.watch(server)
            async with working(planner, settings.job_workers):
                if listening is not None:
                    listening(listener.getsockname()[1])
                await _until_stopped(server, listener)
    stop.pass_on()


async def require_guarded(planner: Planner, host: str) -> None:
    """Let a host pass that only this machine reaches, or any where tokens say who asks.

    Raises:
        InvalidRequestError: others could reach a store that believes every name.
    """
    if not is_loopback(host) and not await planner.tokens.required():
        raise InvalidRequestError(
            f"{host} is reachable from elsewhere, and this store believes every name.",
            remedy="Create a token first (planvault tokens create NAME --role admin), or serve on 127.0.0.1.",
            host=host,
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the host; a name other than ``localhost`` counts as one that others reach."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _config(planner: Planner) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(planner),
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to ``serve``, which closes the planner before they take their course."""
        yield


class _Stop:
    """Notes the first signal, stops the server for it, and lets it take its course later."""

    def __init__(self) -> None:
        self._server: _Server | None = None
        self._received: signal.Signals | None = None

    def watch(self, server: _Server) -> None:
        self._server = server
        server.should_exit = self._received is not None

    def note(self, number: int) -> None:
        if self._server is not None:
            self._server.force_exit = self._received is not None
            self._server.should_exit = True
        self._received = signal.Signals(number)

    def pass_on(self) -> None:
        if self._received is not None:
            signal.raise_signal(self._received)


@contextmanager
def _noted_signals() -> Iterator[_Stop]:
    stop = _Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # only the main thread gets signals; whoever runs this one cancels the task
        return
    before = {number: signal.signal(number, lambda received, _: stop.note(received)) for number in _SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        raise _refused(host, port, error) from error
    with listener:
        yield listener


def _refused(host: str, port: int, error: Exception) -> InvalidRequestError:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return InvalidRequestError(
            f"Port {port} on {host} is taken.", remedy="Choose another with --port, or stop what listens there."
        )
    # A name that cannot be resolved has numbers of its own, and a sentence instead.
    if number is None or isinstance(error, socket.gaierror):
        reason = getattr(error, "strerror", None) or str(error)
    else:
        reason = os.strerror(number)
    return InvalidRequestError(
        f"Cannot listen on {host} port {port}: {reason}.", remedy="Choose another with --host or --port."
    )


async def _until_stopped(server: _Server, listener: socket.socket) -> None:
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise
