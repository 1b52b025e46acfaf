"""What every answer carries: the request's id and the headers that keep browsers from guessing."""

from __future__ import annotations

import re
import uuid
from typing import Any

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_KEY = "planvault.request_id"
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def request_id(scope: Scope) -> str:
    """The id of a request: the one sent in ``X-Request-Id`` if it is a plain word, else a new one."""
    kept: dict[str, Any] = scope["state"]
    if _KEY not in kept:
        sent = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"").decode("latin-1")
        kept[_KEY] = sent if _GIVEN_ID.fullmatch(sent) else str(uuid.uuid4())
    known: str = kept[_KEY]
    return known


async def add_headers(message: Message, scope: Scope) -> None:
    """Put the request id and the security headers on the beginning of every answer."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        headers["x-request-id"] = request_id(scope)
        for name, value in HEADERS.items():
            headers[name] = value
