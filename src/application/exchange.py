"""The ports of files people bring and take: input files in, series rows in, legacy-shaped artifacts out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from ..domain.errors import Problem
from ..domain.inputs.content import StreamedContent
from ..domain.inputs.sections import InputRow
from ..domain.plans.series import SeriesRow


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedStream:
    """A file as somebody sent it: its name, and how to open its bytes from the start."""

    name: str
    open: Callable[[], BinaryIO]


NO_ENCODING = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """What was read from one file, or one sheet of a workbook, which has ``NO_ENCODING``."""

    name: str
    encoding: str
    row_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadInputs:
    """What was read from a set of input files; the first hundred warnings, and how many there are."""

    content: StreamedContent
    files: tuple[ReadFile, ...]
    warnings: tuple[Problem, ...] = ()
    warning_count: int = 0


class InputReading(Protocol):
    """Input files that were read, on their way to being content.

    It belongs to one thread at a time, and keeps rows until it is closed.
    """

    @property
    def files(self) -> tuple[ReadFile, ...]:
        """What was read from which file."""
        ...

    def keep(self, section: str, rows: Sequence[InputRow], *, base: str) -> None:
        """Take rows of the revision that the files are merged into, named ``base``.

        Rows merge by key and the files win; of the calendar, a period that the files give replaces all its rows.
        """
        ...

    def refuse_empty(self, held: Mapping[str, int]) -> None:
        """Note as a problem that no file has a row, or that one without rows would empty a section of ``held``."""
        ...

    def finish(self) -> ReadInputs:
        """What all of it comes to; its content can be read until this is closed.

        Raises:
            ValidationError: a file, column or cell breaks its rule; carries every problem (the first 100).
        """
        ...

    def close(self) -> None:
        """Forget every row."""
        ...


class InputReader(Protocol):
    """Reads input files strictly: every problem of every file is found before anything is refused.

    ``encoding`` is what somebody says of all files; without it each file's is found.
    """

    def source_of(self, names: Sequence[str]) -> str | None:
        """What one file of that name, which holds a whole set, is: ``zip``, ``xlsx`` or ``json``; else none."""
        ...

    def path(self, path: Path, *, encoding: str | None = None) -> InputReading:
        """A directory of input files, or one file, read; problems are told when it is finished.

        One file may be a zip, a workbook or a JSON document with a whole set.

        Raises:
            UnsupportedEncodingError: a file is in no encoding that planvault reads.
            ArchiveRejectedError: a zip or workbook is not opened.
            TooLargeError: a file is larger or longer than the limits.
            InvalidRequestError: the path cannot be read, or holds no input file.
        """
        ...

    def streams(self, files: Sequence[NamedStream], *, encoding: str | None = None) -> InputReading:
        """Files sent one by one, read by the rules of ``path``."""
        ...


class SeriesReader(Protocol):
    """Reads series rows of a plan made elsewhere."""

    def rows(self, file: NamedStream) -> Iterator[SeriesRow]:
        """The rows of a ``.jsonl``, ``.csv`` or ``.parquet`` file in its own order.

        Raises:
            ValidationError: a line breaks a rule; it is named.
            InvalidRequestError: the file is none of these, cannot be read, or needs a library that is not installed.
        """
        ...


class RowSpool(Protocol):
    """Rows in any order, given back in key order, in bounded memory."""

    def add(self, rows: Iterable[SeriesRow]) -> None:
        """Take rows of any level in any order."""
        ...

    @property
    def levels(self) -> list[str]:
        """The levels that rows were taken for, in order of name."""
        ...

    def batches(self, level: str) -> Iterator[list[SeriesRow]]:
        """The rows of a level in key order, in batches. Equal keys stand side by side."""
        ...


class RowSpoolFactory(Protocol):
    """Opens spools; leaving one erases what it kept."""

    def __call__(self) -> AbstractContextManager[RowSpool]:
        """An empty spool."""
        ...


LevelReader = Callable[[str], AsyncIterator[list[SeriesRow]]]


class ArtifactRenderer(Protocol):
    """Writes a stored plan in the shapes of the legacy system's artifacts."""

    def names(self, levels: Iterable[str]) -> list[str]:
        """The artifacts that a plan with these levels has, in order of name."""
        ...

    def render(self, name: str, read: LevelReader, headers: Mapping[str, Mapping[str, Any]]) -> AsyncIterator[str]:
        """The text of an artifact, piece by piece. ``read`` gives a level's rows in key order, in batches.

        Raises:
            NotFoundError: there is no artifact of that name.
        """
        ...


SectionReader = Callable[[str], AsyncIterator[Sequence[InputRow]]]


class ExportForm(StrEnum):
    """In what a whole export is sent: the files in a zip, one workbook, or one JSON document."""

    ZIP = "zip"
    XLSX = "xlsx"
    JSON = "json"


class ExportLayout(StrEnum):
    """Which files an export has and which columns: everything, or what the legacy system wrote."""

    LOSSLESS = "lossless"
    LEGACY = "legacy"


class ExportEncoding(StrEnum):
    """The encodings that CSV files are written in."""

    UTF_8 = "utf-8"
    UTF_8_SIG = "utf-8-sig"
    CP932 = "cp932"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """How inputs are written; encoding and ``spreadsheet_safe`` are about CSV files only.

    ``spreadsheet_safe`` puts an apostrophe before text that a spreadsheet would take for a formula; an import takes
    it off again.  ``include_meta`` adds a file that says which revision this is.
    """

    layout: ExportLayout = ExportLayout.LOSSLESS
    encoding: ExportEncoding = ExportEncoding.UTF_8
    spreadsheet_safe: bool = False
    include_meta: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingContent:
    """What is to be written: how to read its sections in key order, how many rows each has, and facts beside them."""

    read: SectionReader
    row_counts: Mapping[str, int]
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingFile:
    """A file on its way out: its name, its rows, and how to get its bytes from the start, piece by piece."""

    name: str
    row_count: int
    pieces: Callable[[], AsyncGenerator[bytes, None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """What was written of one file."""

    name: str
    row_count: int
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedInputs:
    """A whole export in one temporary file, at its start; closing the file erases it."""

    file: BinaryIO
    size: int
    files: tuple[WrittenFile, ...]


class EvidenceWriter(Protocol):
    """Writes what an auditor takes away."""

    async def packed(self, summary: Mapping[str, Any], files: Sequence[OutgoingFile]) -> PackedInputs:
        """One zip of the summary, as a page and as JSON, of the files, and of the hashes of all of them.

        The same summary and files give the same bytes; memory stays flat.

        Raises:
            StorageFullError: there is no room for the temporary file.
        """
        ...


class InputWriter(Protocol):
    """Writes the content of a revision so that an import of the lossless layout gives the same content again."""

    async def files(self, content: OutgoingContent, options: ExportOptions) -> list[OutgoingFile]:
        """The input files of a content in a fixed order; each is read while its pieces are taken.

        Raises:
            InvalidRequestError: the encoding cannot carry a character, which is named with its place.
        """
        ...

    async def packed(
        self, form: ExportForm, content: OutgoingContent, options: ExportOptions, beside: Sequence[OutgoingFile] = ()
    ) -> PackedInputs:
        """The content in one file, in flat memory; ``beside`` are further files for a zip.

        The same content, facts and options give the same bytes.

        Raises:
            InvalidRequestError: options that the form does not have, a character that the encoding cannot carry, or
                a text that is too long for a cell.
            TooLargeError: more rows than a sheet has.
            StorageFullError: there is no room for the temporary file.
        """
        ...
