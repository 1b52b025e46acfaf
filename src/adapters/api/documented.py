"""OpenAPI for bodies that Litestar cannot describe from a handler's signature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar.openapi.spec import OpenAPIFormat, OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from pydantic import BaseModel

from .bodies import MULTIPART


def upload_operation(
    fields: type[BaseModel], files: str, *, json_body: type[BaseModel] | None = None
) -> type[Operation]:
    """An operation whose multipart body has these text fields and ``files``; or a JSON body instead of it."""
    content = {MULTIPART: OpenAPIMediaType(schema=_form(fields, files))}
    if json_body is not None:
        content["application/json"] = OpenAPIMediaType(schema=_object(json_body))

    @dataclass
    class UploadOperation(Operation):
        """The operation with its body."""

        def __post_init__(self) -> None:
            """Say what the body holds."""
            self.request_body = RequestBody(content=content, required=True)

    return UploadOperation


def _form(fields: type[BaseModel], files: str) -> Schema:
    file = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
    form = _object(fields)
    properties = dict(form.properties or {})
    properties["files"] = Schema(type=OpenAPIType.ARRAY, items=file, description=files, min_items=1)
    return Schema(
        type=OpenAPIType.OBJECT, properties=properties, required=[*(form.required or []), "files"], title=form.title
    )


def _object(model: type[BaseModel]) -> Schema:
    described: dict[str, Any] = model.model_json_schema()
    required = described.get("required")
    return Schema(
        type=OpenAPIType.OBJECT,
        title=described["title"],
        description=described.get("description"),
        properties={name: _property(field) for name, field in described["properties"].items()},
        required=list(required) if required else None,
    )


def _property(field: dict[str, Any]) -> Schema:
    kinds = [option["type"] for option in field.get("anyOf", [field]) if "type" in option]
    types = [OpenAPIType(kind) for kind in kinds]
    return Schema(
        type=types[0] if len(types) == 1 else types,
        description=field.get("description"),
        items=Schema(type=OpenAPIType.OBJECT) if kinds == ["array"] else None,
    )
