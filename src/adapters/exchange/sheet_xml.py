"""Walks through the XML of a workbook's part in flat memory, whatever is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError

from ...domain.errors import InvalidRequestError
from .archive_refusals import rejected

DEPTH = 64


def walk(
    opened: Callable[[], BinaryIO], archive: str, part: str, whole: str = ""
) -> Iterator[tuple[bool, str, Element]]:
    """Each element when it begins (True) and when it ends (False), with its name without namespace.

    An element called ``whole`` has its children when it ends; any other only has its attributes, when it begins.

    Raises:
        ArchiveRejectedError: the part is no XML, declares entities, or is nested without end.
        InvalidRequestError: workbooks need the extra ``excel``.
    """
    forbidden, iterparse = _parser()
    above: list[Element] = []
    inside = 0
    try:
        with opened() as stream:
            for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
                name = element.tag.rpartition("}")[2]
                if event == "start":
                    inside += bool(inside) or name == whole
                    above.append(element)
                    if len(above) > DEPTH:
                        raise rejected(archive, "workbook", f"is nested deeper than {DEPTH} levels", part)
                    yield True, name, element
                    continue
                above.pop()
                yield False, name, element
                inside -= bool(inside)
                if above and not inside:
                    # Elements that are done stay with the one around them until it ends; a sheet has millions.
                    above[-1].clear()
    except forbidden as error:
        raise rejected(archive, "xml-entities", "declares a document type or entities", part) from error
    except (ParseError, ValueError, LookupError) as error:
        raise rejected(archive, "workbook", "cannot be read as XML", part) from error


def _parser() -> tuple[type[Exception], Callable[..., Iterator[tuple[str, Element]]]]:
    try:
        from defusedxml.common import DefusedXmlException  # noqa: PLC0415 (an extra)
        from defusedxml.ElementTree import iterparse  # noqa: PLC0415
    except ImportError as error:
        raise excel_missing() from error
    return DefusedXmlException, iterparse


def excel_missing() -> InvalidRequestError:
    """The refusal of a workbook where what reads workbooks is not installed."""
    return InvalidRequestError(
        "Workbooks cannot be read here; the extra 'excel' is not installed.",
        remedy="pip install planvault[excel], or send CSV files.",
    )
