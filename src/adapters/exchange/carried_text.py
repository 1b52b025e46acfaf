"""Which characters an encoding would lose or change, and where they stand."""

from __future__ import annotations

import codecs
from collections.abc import AsyncIterator, Iterable, Sequence

from ...application.exchange import ExportEncoding
from ...domain.errors import InvalidRequestError
from .export_tables import OutgoingTable

_LISTED = 100
_NAMED = 3
_FIRST_LINE = 2
_REMEDY = "Export as utf-8-sig, which spreadsheets open too; nothing was written."


class CarriedText:
    """Finds what CP932 cannot carry, or what an import would not read as it was.

    An import takes a file for UTF-8 if it is that, byte by byte; a few texts in CP932 happen to be.
    """

    def __init__(self) -> None:
        """Nothing was found yet."""
        self._found: list[dict[str, object]] = []
        self._total = 0

    async def check(self, table: OutgoingTable, columns: AsyncIterator[list[Sequence[str]]]) -> None:
        """Look through the cells of a table.

        Raises:
            InvalidRequestError: its bytes would be read as UTF-8 and so as other characters.
        """
        line = _FIRST_LINE
        as_utf8, mistaken, other = codecs.getincrementaldecoder("utf-8")("strict"), True, False
        async for batch in columns:
            text = "\n".join("\n".join(cells) for cells in batch) + "\n"
            data = _kept(text)
            if data is None:
                self._search(table, batch, line)
            elif not data.isascii():
                other = True
                mistaken = mistaken and _reads(as_utf8, data)
            line += len(batch[0])
        if other and mistaken and not self._total:
            raise InvalidRequestError(
                f"{table.name} in cp932 would be read as UTF-8, and so as other characters.",
                remedy=_REMEDY,
                file=table.name,
            )

    def refuse(self) -> None:
        """Let it pass when nothing was found.

        Raises:
            InvalidRequestError: something was; ``params`` lists the first hundred characters with their places.
        """
        if not self._total:
            return
        named = ", ".join(
            f"{found['character']} {found['code']} ({found['file']}:{found['line']} {found['column']})"
            for found in self._found[:_NAMED]
        )
        more = f" and {self._total - _NAMED} more" if self._total > _NAMED else ""
        raise InvalidRequestError(
            f"{ExportEncoding.CP932} cannot carry every character: {named}{more}.",
            remedy=_REMEDY,
            characters=self._found,
            total=self._total,
        )

    def _search(self, table: OutgoingTable, batch: Sequence[Sequence[str]], first_line: int) -> None:
        for line, row in enumerate(zip(*batch, strict=True), start=first_line):
            for header, cell in zip(table.headers, row, strict=True):
                for char in _lost(cell):
                    self._total += 1
                    if len(self._found) < _LISTED:
                        code = f"U+{ord(char):04X}"
                        self._found.append(
                            {"character": char, "code": code, "file": table.name, "line": line, "column": header}
                        )


def _kept(text: str) -> bytes | None:
    """The text in CP932; None where it would not come back the same."""
    try:
        data = text.encode("cp932")
    except UnicodeEncodeError:
        return None
    return data if data.decode("cp932") == text else None


def _lost(cell: str) -> Iterable[str]:
    if cell.isascii() or _kept(cell) is not None:
        return ()
    return dict.fromkeys(char for char in cell if _kept(char) is None)


def _reads(decoder: codecs.IncrementalDecoder, data: bytes) -> bool:
    try:
        decoder.decode(data)
    except UnicodeDecodeError:
        return False
    return True
