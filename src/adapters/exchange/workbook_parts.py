"""Finds in the parts of a workbook what its sheets need: their names, the shared texts, and which styles show dates."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.etree.ElementTree import Element

from .archive_refusals import rejected
from .sheet_xml import excel_missing, walk
from .workbook_guard import WorkbookParts

# Of what is kept in memory while sheets are streamed: the texts, the styles, and who is where.
_TEXT_BYTES, _STYLE_BYTES, _LIST_BYTES = 32 << 20, 16 << 20, 4 << 20
_SHEETS = 1000
_ROOT = "_rels/.rels"
_DOCUMENT, _STRINGS, _STYLES, _SHEET = "/officeDocument", "/sharedStrings", "/styles", "/worksheet"
_ESCAPED = "_x005F_"
# Japanese and Chinese programs use these without saying what they mean.
_DATES_OF_THE_EAST = frozenset({*range(27, 37), *range(50, 59)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet: its name and its part."""

    name: str
    part: str


@dataclass(slots=True, kw_only=True)
class Workbook:
    """A workbook without its cells. ``date_styles`` are the numbers of the styles that show a date or a time."""

    name: str
    parts: WorkbookParts
    sheets: list[Sheet] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    date_styles: frozenset[int] = frozenset()
    since_1904: bool = False

    def opener(self, part: str) -> Callable[[], BinaryIO]:
        """How to open a part.

        Raises:
            ArchiveRejectedError: there is none of that name.
        """
        if part not in self.parts:
            raise rejected(self.name, "workbook", "is named in the workbook but not there", part)
        return self.parts[part]


def read_workbook(name: str, parts: WorkbookParts) -> Workbook:
    """What a workbook says about its sheets.

    Raises:
        ArchiveRejectedError: it is no workbook, or cannot be read.
        InvalidRequestError: workbooks need the extra ``excel``.
    """
    book = Workbook(name=name, parts=parts)
    documents = [target for kind, target in _relations(book, _ROOT).values() if kind.endswith(_DOCUMENT)]
    if not documents:
        raise rejected(name, "not-a-workbook", "is a zip, but no workbook")
    document = documents[0]
    folder, file = posixpath.split(document)
    relations = _relations(book, posixpath.join(folder, "_rels", f"{file}.rels"))
    for begins, tag, element in walk(_bounded(book, document, _LIST_BYTES), name, document):
        if begins and tag == "workbookPr":
            book.since_1904 = element.get("date1904") in {"1", "true"}
        elif begins and tag == "sheet":
            kind, part = relations.get(_attribute(element, "id"), ("", ""))
            if kind.endswith(_SHEET):
                book.sheets.append(Sheet(name=element.get("name", ""), part=part))
            if len(book.sheets) > _SHEETS:
                raise rejected(name, "too-many-entries", f"has more than {_SHEETS} sheets")
    for kind, part in relations.values():
        if kind.endswith(_STRINGS):
            book.texts = list(_texts(book, part))
        elif kind.endswith(_STYLES):
            book.date_styles = _date_styles(book, part)
    return book


def text_of(element: Element) -> str:
    """The text of a cell or of a shared text, without the readings that are printed above it."""
    pieces: list[str] = []
    for child in element:
        tag = child.tag.rpartition("}")[2]
        if tag == "t":
            pieces.append(child.text or "")
        elif tag == "r":
            pieces.append(text_of(child))
    return "".join(pieces).replace(_ESCAPED, "_")


def _attribute(element: Element, name: str) -> str:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name and "}" in key), "")


def _relations(book: Workbook, part: str) -> dict[str, tuple[str, str]]:
    """The kind and the path of whatever a part refers to inside the workbook, by id."""
    found: dict[str, tuple[str, str]] = {}
    if part not in book.parts:
        return found
    folder = posixpath.dirname(posixpath.dirname(part))
    for begins, tag, element in walk(_bounded(book, part, _LIST_BYTES), book.name, part):
        if begins and tag == "Relationship" and element.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, element.get("Target", "")))
            found[element.get("Id", "")] = (element.get("Type", ""), target.lstrip("/"))
    return found


def _texts(book: Workbook, part: str) -> Iterator[str]:
    for begins, tag, element in walk(_bounded(book, part, _TEXT_BYTES), book.name, part, whole="si"):
        if not begins and tag == "si":
            yield text_of(element)


def _bounded(book: Workbook, part: str, most: int) -> Callable[[], BinaryIO]:
    opened = book.opener(part)
    with opened() as stream:
        if stream.seek(0, 2) > most:
            raise rejected(book.name, "too-large", f"is larger than {most} bytes", part)
    return opened


def _date_styles(book: Workbook, part: str) -> frozenset[int]:
    try:
        from openpyxl.styles.numbers import builtin_format_code, is_date_format  # noqa: PLC0415 (an extra)
    except ImportError as error:
        raise excel_missing() from error
    codes: dict[str, str] = {}
    dates: set[int] = set()
    number = -1
    above = ""
    for begins, tag, element in walk(_bounded(book, part, _STYLE_BYTES), book.name, part):
        if not begins:
            continue
        if tag in {"cellXfs", "cellStyleXfs", "numFmts", "dxfs"}:
            above = tag
        elif tag == "numFmt" and above == "numFmts":
            codes[element.get("numFmtId", "")] = element.get("formatCode", "")
        elif tag == "xf" and above == "cellXfs":
            number += 1
            kind = element.get("numFmtId", "0")
            known = int(kind) if kind.isascii() and kind.isdigit() and len(kind) <= len("65535") else 0
            code = codes.get(kind) or builtin_format_code(known)
            if is_date_format(code) or (code is None and known in _DATES_OF_THE_EAST):
                dates.add(number)
    return frozenset(dates)
