"""Reads one JSON document that holds a whole set of inputs (``docs/reference/input-files.md``)."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...application.exchange import NamedStream
from ...domain.errors import TooLargeError
from ...domain.inputs.fields import CellError, Field
from ...domain.inputs.sections import InputRow
from .input_files import InputFile
from .parameter_files import typed
from .part_names import OBJECTS, TABLES, did_you_mean
from .problems import KEPT, ProblemList
from .strict_json import joined, read_object
from .text_files import encoding_of, open_text

DOCUMENT_BYTES = 16 * 1024 * 1024
SCHEMA_VERSION = "planvault-inputs-1"
_SCHEMA = "schema_version"
_ROWS = 1_000_000


@dataclass(slots=True, kw_only=True)
class DocumentRows:
    """The checked rows of one member; ``lines`` counts them from 1, ``sound`` is false once one was refused."""

    source: str
    file: InputFile
    rows: list[InputRow] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    sound: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentObject:
    """A member that stands for the JSON file ``name``."""

    source: str
    name: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputsDocument:
    """What a document holds, member by member in its order."""

    encoding: str
    tables: tuple[DocumentRows, ...] = ()
    objects: tuple[DocumentObject, ...] = ()


def read_document(
    file: NamedStream, problems: ProblemList, *, row_limit: int = _ROWS, said: str | None = None
) -> InputsDocument:
    """The rows and objects of a document; what is wrong is added to ``problems`` with its path as the column.

    ``said`` is what somebody says of the encoding; without it, it is found.

    Raises:
        TooLargeError: more than 16 MiB, or more than ``row_limit`` rows in a member.
        UnsupportedEncodingError: it is in no encoding that planvault reads.
        InvalidRequestError: it cannot be read.
    """
    encoding = encoding_of(file, limit=DOCUMENT_BYTES, said=said)
    with open_text(file, encoding) as text:
        values = read_object(text.read(), file.name, problems)
    reader = _DocumentReader(file.name, problems, row_limit)
    for name, value in (values or {}).items():
        if name != _SCHEMA:
            reader.take(name, value)
    return InputsDocument(encoding=encoding, tables=tuple(reader.tables), objects=tuple(reader.objects))


class _DocumentReader:
    """One document on its way to being rows and objects."""

    def __init__(self, source: str, problems: ProblemList, row_limit: int) -> None:
        self._source = source
        self._problems = problems
        self._row_limit = row_limit
        self._members: dict[str, str] = {}
        self.tables: list[DocumentRows] = []
        self.objects: list[DocumentObject] = []

    def take(self, name: str, value: Any) -> None:
        """One member of the document; null is a member that is not there."""
        if name not in TABLES and name not in OBJECTS:
            self._refuse("unknown-key", f"is no member that is known; {did_you_mean(name)}", name)
            return
        target = TABLES[name].name if name in TABLES else OBJECTS[name]
        earlier = self._members.setdefault(target, name)
        if earlier != name:
            self._refuse("duplicate-key", f"holds the same as {earlier}", name)
        elif value is None:
            return
        elif name in TABLES:
            self._take_table(name, value)
        elif isinstance(value, dict):
            self.objects.append(DocumentObject(source=f"{self._source}/{name}", name=target, values=value))
        else:
            self._refuse("json-type", "is not a JSON object", name, value)

    def _take_table(self, name: str, values: Any) -> None:
        if not isinstance(values, list):
            self._refuse("json-type", "is not a list", name, values)
            return
        if len(values) > self._row_limit:
            message = f"{self._source}: {name} has more than {self._row_limit} rows."
            raise TooLargeError(message, limit=self._row_limit)
        table = DocumentRows(source=f"{self._source}/{name}", file=TABLES[name])
        before = self._problems.total
        fields = _RowFields(table.file)
        for index, value in enumerate(values):
            row = self._row(value, fields, f"{name}[{index}]")
            if row is not None:
                table.rows.append(row)
                table.lines.append(index + 1)
        table.sound = self._problems.total == before
        self.tables.append(table)

    def _row(self, value: Any, fields: _RowFields, path: str) -> InputRow | None:
        if not isinstance(value, dict):
            self._refuse("json-type", "is not a JSON object", path, value)
            return None
        before = self._problems.total
        given: dict[str, tuple[str, Any]] = {}
        for header, cell in value.items():
            target = fields.by_header.get(header)
            if target is None:
                # Only the first problems are shown, and looking for near names a million times takes minutes.
                hint = fields.hint(header) if self._problems.total < KEPT else ""
                self._refuse("unknown-column", f"is no column of its rows{hint}", joined(path, header))
            elif target in given:
                message = f"means the same column as {given[target][0]}"
                self._refuse("duplicate-column", message, joined(path, header))
            else:
                given[target] = (header, cell)
        cells = [self._cell(rule, given, fields, path) for rule in fields.rules]
        return fields.row_type(*cells) if self._problems.total == before else None

    def _cell(self, rule: Field, given: Mapping[str, tuple[str, Any]], fields: _RowFields, path: str) -> Any:
        if rule.name in fields.constants:
            return fields.constants[rule.name]
        header, value = given.get(rule.name, (fields.headers[rule.name], None))
        if value == "" and rule.default == "":
            return value
        try:
            return typed(rule, value)
        except CellError as error:
            self._refuse(error.rule, str(error), joined(path, header), value)
            return None

    def _refuse(self, rule: str, message: str, path: str, value: object = None) -> None:
        self._problems.add(self._source, rule, message, column=path, value=value)


class _RowFields:
    """What the rows of a member may hold, worked out once."""

    def __init__(self, file: InputFile) -> None:
        self.rules = file.section.fields
        self.constants = file.constants
        self.row_type = file.section.row_type
        self.by_header = {header: column.field for header, column in file.by_header().items()}
        self.headers = {column.field: column.headers[0] for column in file.columns}

    def hint(self, name: str) -> str:
        """The end of the sentence about a column that is not known."""
        near = difflib.get_close_matches(name.strip().lower(), self.by_header, n=1)
        return f" (did you mean {near[0]}?)" if near else f"; known are {', '.join(self.headers.values())}"
