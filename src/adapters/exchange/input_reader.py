"""Reads a set of input files into the content of a revision; nothing wrong passes, and nothing wrong hides another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...application.exchange import InputReader, NamedStream
from ...domain.errors import InvalidRequestError
from ...domain.inputs.checks import SHARE_TOLERANCE
from .input_files import INPUT_FILE_NAMES, whole_set
from .input_reading import SpooledReading
from .input_spool import ROWS_IN_MEMORY, InputSpool
from .limits import ImportLimits
from .text_files import reading
from .whole_sets import take_whole_set


class FileInputReader(InputReader):
    """Reads the files named in ``docs/reference/input-files.md``, strictly."""

    def __init__(
        self,
        *,
        limits: ImportLimits | None = None,
        share_tolerance: float = SHARE_TOLERANCE,
        rows_in_memory: int = ROWS_IN_MEMORY,
        directory: Path | None = None,
    ) -> None:
        """Read within these limits; ``directory`` is where rows go that do not fit into memory."""
        self._limits = limits or ImportLimits()
        self._share_tolerance = share_tolerance
        self._rows_in_memory = rows_in_memory
        self._directory = directory

    def source_of(self, names: Sequence[str]) -> str | None:
        """``zip``, ``xlsx`` or ``json`` for one file that holds a whole set; none for files of their own."""
        kind = whole_set(names[0]) if len(names) == 1 else None
        return None if kind is None else str(kind)

    def path(self, path: Path, *, encoding: str | None = None) -> SpooledReading:
        """A directory of input files, or one file, read; hidden files and folders are left alone.

        Raises:
            UnsupportedEncodingError: a file is in no encoding that planvault reads.
            ArchiveRejectedError: a zip or workbook is not opened.
            InvalidRequestError: the path cannot be read, or holds no input file.
            TooLargeError: a file is larger or longer than the limits.
        """
        if path.is_file():
            return self.streams([NamedStream(name=path.name, open=_opener(path))], encoding=encoding)
        with reading(str(path)):
            entries = sorted(path.iterdir())
        files: list[NamedStream] = []
        for entry in entries:
            if entry.name.startswith(".") or (entry.is_dir() and entry.name not in INPUT_FILE_NAMES):
                continue
            if entry.exists() and not (entry.is_file() or entry.is_dir()):
                # Opening a pipe would wait for somebody to write into it.
                raise InvalidRequestError(f"{entry.name} cannot be read (it is no file).", name=entry.name)
            files.append(NamedStream(name=entry.name, open=_opener(entry)))
        return self._read(files, f"The directory {path}", encoding)

    def streams(self, files: Sequence[NamedStream], *, encoding: str | None = None) -> SpooledReading:
        """Files sent one by one, read by the rules of ``path``."""
        return self._read(files, "The request", encoding)

    def begun(self, encoding: str | None = None) -> SpooledReading:
        """A reading that took nothing yet; whoever begins it has to close it."""
        return SpooledReading(
            InputSpool(limit=self._rows_in_memory, directory=self._directory),
            limits=self._limits,
            share_tolerance=self._share_tolerance,
            encoding=encoding,
        )

    def _read(self, files: Sequence[NamedStream], where: str, encoding: str | None) -> SpooledReading:
        if not files:
            raise InvalidRequestError(
                f"{where} holds no input file.", remedy=f"Known files are {', '.join(INPUT_FILE_NAMES)}."
            )
        begun = self.begun(encoding)
        kind = whole_set(files[0].name) if len(files) == 1 else None
        try:
            if kind is None:
                begun.take_all(files)
            else:
                take_whole_set(begun, kind, files[0], limits=self._limits, encoding=encoding)
        except BaseException:
            begun.close()
            raise
        return begun


def _opener(path: Path) -> Any:
    return lambda: path.open("rb")
