"""Reads multipart bodies: a few known fields, and files that are only ever looked at through streams."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar, cast

from litestar import Request
from litestar.datastructures import UploadFile
from pydantic import BaseModel, ValidationError

from ...application.exchange import NamedStream
from ...domain.errors import InvalidRequestError, TooLargeError
from .bodies import JSON, JSON_BYTES, MULTIPART, StrictRequest, unsupported
from .problems import refused_fields

FILE_FIELDS = frozenset({"file", "files"})
_UNKEPT = frozenset("\0")
Fields = TypeVar("Fields", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Upload:
    """A multipart body: its text fields by name, and its files as they were named."""

    fields: dict[str, str]
    files: list[NamedStream]


async def read_upload(request: Request[Any, Any, Any]) -> Upload:
    """The parts of a multipart body.

    Raises:
        HTTPException: 415, the body is not multipart; 413, it is larger than the route takes.
        InvalidRequestError: a part has no name, a field stands twice, or a file stands where text belongs.
    """
    media_type, _ = request.content_type
    if media_type != MULTIPART:
        raise unsupported(media_type, MULTIPART)
    try:
        form = await request.form()
    except LookupError as error:
        raise InvalidRequestError("A part of the body names a character set that does not exist.") from error
    finally:
        if isinstance(request, StrictRequest) and request.cut_off is not None:
            raise request.cut_off
    upload = Upload({}, [])
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if name not in FILE_FIELDS:
                raise InvalidRequestError(
                    f"The field {name[:80]!r} holds a file.", remedy="Send files in the field 'files'."
                )
            upload.files.append(_stream(value))
        elif name in FILE_FIELDS:
            raise InvalidRequestError(f"The field {name!r} holds text.", remedy="Send it as a file with a name.")
        elif name in upload.fields:
            raise InvalidRequestError(f"The field {name[:80]!r} stands twice.")
        else:
            upload.fields[name] = _text(name, value)
    return upload


def parse_fields(upload: Upload, model: type[Fields]) -> Fields:
    """The text fields of an upload, checked.

    Raises:
        InvalidRequestError: a field is unknown, missing or malformed.
    """
    try:
        return model.model_validate_strings(upload.fields)
    except ValidationError as error:
        raise _refused(error) from error


async def read_body(request: Request[Any, Any, Any], model: type[Fields], *, remedy: str) -> Fields:
    """The JSON body that may come instead of a multipart one, checked.

    Raises:
        HTTPException: 415, the body is neither.
        TooLargeError: it is larger than JSON bodies may be; ``remedy`` says what to send instead.
        InvalidRequestError: a field is unknown, missing or malformed.
    """
    media_type, _ = request.content_type
    if media_type != JSON:
        raise unsupported(media_type, MULTIPART, JSON)
    if len(await request.body()) > JSON_BYTES:
        raise TooLargeError(f"The JSON body is larger than {JSON_BYTES} bytes.", remedy=remedy, limit=JSON_BYTES)
    try:
        return model.model_validate(await request.json())
    except ValidationError as error:
        raise _refused(error) from error


def _refused(error: ValidationError) -> InvalidRequestError:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return refused_fields([(".".join(map(str, part["loc"])), part["msg"]) for part in found])


def _text(name: str, value: Any) -> str:
    text = str(value)
    if any(char in _UNKEPT for char in text):
        raise InvalidRequestError(f"The field {name[:80]!r} holds a character that cannot be kept.")
    return text


def _stream(upload: UploadFile) -> NamedStream:
    def opened() -> BinaryIO:
        upload.file.seek(0)
        return cast(BinaryIO, io.BufferedReader(_Borrowed(cast(BinaryIO, upload.file))))

    return NamedStream(name=upload.filename, open=opened)


class _Borrowed(io.RawIOBase):
    """Somebody else's open file: closing this leaves that open, so that it can be read once more."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._file.seek(offset, whence)
        return self._file.tell()

    def readinto(self, buffer: Any) -> int:
        part = self._file.read(len(buffer))
        buffer[: len(part)] = part
        return len(part)
