"""Tags of what is sent, and answers to who has it already."""

from __future__ import annotations

from litestar.response.base import ASGIResponse


def names(asked: str, tag: str) -> bool:
    """Whether an ``If-None-Match`` names the tag; it compares weakly (RFC 9110)."""
    named = {part.strip().removeprefix("W/") for part in asked.split(",")}
    return "*" in named or f'"{tag}"' in named


def unchanged(tag: str) -> ASGIResponse:
    """The answer that what is there already is still what would be sent."""
    return ASGIResponse(status_code=304, headers={"etag": f'"{tag}"'})
