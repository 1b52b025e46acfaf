"""Workbooks as a spreadsheet program saves them, and workbooks that nobody saves."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

import openpyxl

from .zip_builder import Entry, zipped

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
STYLES = "xl/styles.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
_STRINGS_RELATION = (
    b'<Relationship Id="rId99" Target="sharedStrings.xml" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"/>'
)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_NAMES = ("family", "period", "demand")
HEADER = "".join(['<row r="1">', *(f'<c t="str"><v>{name}</v></c>' for name in _NAMES), "</row>"])


def workbook(sheets: Mapping[str, Any]) -> bytes:
    """A workbook as openpyxl writes it."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Mapping[str, bytes], more: Iterable[Entry] = ()) -> bytes:
    return zipped(*(Entry(name=name.encode(), content=content) for name, content in parts.items()), *more)


def raw_book(rows: str, name: str = "demand_family", **parts: bytes) -> bytes:
    """A workbook whose one sheet holds this XML.

    ``strings`` and ``styles`` are the insides of those parts, ``texts`` is the whole part of strings.
    """
    found = parts_of(workbook({name: [["x"]]}))
    found[SHEET] = f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'.encode()
    texts = parts.get("texts", b'<sst xmlns="%s">%s</sst>' % (_MAIN.encode(), parts.get("strings", b"")))
    found[RELATIONS] = found[RELATIONS].replace(b"</Relationships>", _STRINGS_RELATION + b"</Relationships>")
    found[STRINGS] = texts
    if "styles" in parts:
        found[STYLES] = f'<styleSheet xmlns="{_MAIN}">{parts["styles"].decode()}</styleSheet>'.encode()
    return packed(found)


def demand_book(*cells: str, **parts: bytes) -> bytes:
    """A workbook of one demand whose third cell is this XML, once for each."""
    rows = "".join(
        f'<row r="{row}"><c t="inlineStr"><is><t>F{row}</t></is></c><c t="inlineStr"><is><t>2026-01</t></is></c>'
        f"{cell}</row>"
        for row, cell in enumerate(cells, start=2)
    )
    return raw_book(HEADER + rows, "demand_family", **parts)
