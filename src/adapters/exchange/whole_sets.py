"""Whole sets of inputs in one file: a zip, a workbook, or a JSON document."""

from __future__ import annotations

from ...application.exchange import NamedStream
from .archives import archive_files
from .input_files import WholeSet
from .input_reading import SpooledReading
from .inputs_document import read_document
from .limits import ImportLimits
from .workbook import SheetTable, workbook_tables


def take_whole_set(
    begun: SpooledReading, kind: WholeSet, file: NamedStream, *, limits: ImportLimits, encoding: str | None
) -> None:
    """Let all that a file holds into a reading, by the rules of the single files.

    Raises:
        ArchiveRejectedError: the zip or workbook is not opened; ``params["reason"]`` says why.
        UnsupportedEncodingError: a text is in no encoding that planvault reads.
        TooLargeError: more than the limits allow.
        InvalidRequestError: it cannot be read, or workbooks need the extra ``excel``.
    """
    if kind is WholeSet.ZIP:
        with archive_files(file) as files:
            begun.take_all(files)
    elif kind is WholeSet.WORKBOOK:
        for sheet in workbook_tables(file, begun.problems, columns=limits.columns):
            if isinstance(sheet, SheetTable):
                begun.take_records(sheet.file, sheet.records, source=sheet.source, guarded=False)
            else:
                begun.take_object(sheet.name, sheet.values, source=sheet.source)
    else:
        document = read_document(file, begun.problems, row_limit=limits.rows, said=encoding)
        for table in document.tables:
            begun.take_rows(
                table.file.section,
                table.source,
                table.lines,
                table.rows,
                encoding=document.encoding,
                sound=table.sound,
            )
        for part in document.objects:
            begun.take_object(part.name, part.values, encoding=document.encoding, source=part.source)
