"""Reads JSON bodies strictly: nothing doubled, nothing lost, nothing that a store could not keep."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import AsyncGenerator
from typing import Any

from litestar import Request
from litestar.exceptions import HTTPException, InternalServerException

from ...domain.errors import InvalidRequestError
from ...domain.shared.numbers import EXACT_INTEGERS, SIGNIFICANT_DIGITS

JSON_BYTES = 2 * 1024 * 1024
UPLOAD_BYTES = 64 * 1024 * 1024
DEPTH = 64
MULTIPART = "multipart/form-data"
JSON = "application/json"
_LONGEST_INTEGER = len(str(EXACT_INTEGERS)) + 1
_UNKEPT = re.compile("[\0\ud800-\udfff]")


class StrictRequest(Request[Any, Any, Any]):
    """A request whose JSON is read strictly, and whose uploads leave no file open when they are cut off.

    Litestar closes the files of a form that ends too early, but not of one whose stream raises; so a form's stream
    ends, and ``cut_off`` says why.
    """

    cut_off: BaseException | None = None

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The body, piece by piece; that of a form just ends when it is too large, or client or caller are gone.

        Raises:
            HTTPException: 413, a body that is no form is too large; 400, the client left before its end.
        """
        try:
            async for piece in super().stream():
                yield piece
        except (HTTPException, asyncio.CancelledError) as error:
            ended: BaseException = error
            if isinstance(error, InternalServerException):
                ended = HTTPException(status_code=400, detail="The body ends before its end: the client is gone.")
            if self.content_type[0] != MULTIPART:
                raise ended from error
            self.cut_off = ended

    async def json(self) -> Any:
        """The value that the body holds.

        Raises:
            HTTPException: 415, the body says that it is something else.
            InvalidRequestError: it is not JSON, or JSON that would change by being kept.
        """
        media_type, _ = self.content_type
        if media_type != JSON:
            raise unsupported(media_type, JSON)
        return parse_json(await self.body())


def unsupported(found: str, *wanted: str) -> HTTPException:
    """The refusal of a body of another media type."""
    return HTTPException(
        status_code=415, detail=f"The body is {found[:80] or 'of no type'}, not {' or '.join(wanted)}."
    )


def parse_json(text: bytes | str) -> Any:
    """The value of a JSON text.

    Raises:
        InvalidRequestError: the text is not JSON, names a member twice, is nested deeper than 64 levels, or holds a
            number or a character that cannot be kept as it is.
    """
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        raise InvalidRequestError(
            f"The body is no JSON: {error.msg} (line {error.lineno}, column {error.colno})."
        ) from error
    _check(value, 1)
    return value


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(members)
    if len(value) != len(members):
        names = [name for name, _ in members]
        doubled = next(name for name in names if names.count(name) > 1)
        raise InvalidRequestError(f"The body names {doubled[:80]!r} twice in one object.")
    return value


def _decimal(text: str) -> float:
    number = float(text)
    mantissa = text.lower().partition("e")[0].lstrip("-").replace(".", "")
    if not math.isfinite(number):
        raise InvalidRequestError(f"The body holds the number {text[:40]}, which is beyond float64.")
    if len(mantissa.strip("0")) > SIGNIFICANT_DIGITS:
        raise InvalidRequestError(
            f"The body holds the number {text[:40]}; at most {SIGNIFICANT_DIGITS} significant digits are kept."
        )
    return number


def _integer(text: str) -> int:
    if len(text) > _LONGEST_INTEGER or abs(int(text)) > EXACT_INTEGERS:
        raise InvalidRequestError(f"The body holds the integer {text[:40]}, which is beyond 2^53.")
    return int(text)


def _constant(text: str) -> float:
    raise InvalidRequestError(f"The body holds {text}, which is not a finite number.")


def _check(value: Any, depth: int) -> None:
    if depth > DEPTH:
        raise InvalidRequestError(f"The body is nested deeper than {DEPTH} levels.")
    if isinstance(value, str):
        unkept = _UNKEPT.search(value)
        if unkept:
            raise InvalidRequestError(f"The body holds the character U+{ord(unkept[0]):04X}, which cannot be kept.")
    elif isinstance(value, dict):
        for name, member in value.items():
            _check(name, depth)
            _check(member, depth + 1)
    elif isinstance(value, list):
        for member in value:
            _check(member, depth + 1)
