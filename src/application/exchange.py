"""The ports of files people bring and take: input files in, series rows in, legacy-shaped artifacts out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from ..domain.errors import Problem
from ..domain.inputs.content import InputContent
from ..domain.plans.series import SeriesRow


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedStream:
    """A file as somebody sent it: its name, and how to open its bytes from the start."""

    name: str
    open: Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """What was read from one file."""

    name: str
    encoding: str
    row_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadInputs:
    """What was read from a set of input files."""

    content: InputContent
    files: tuple[ReadFile, ...]
    warnings: tuple[Problem, ...] = ()


class InputReader(Protocol):
    """Reads input files strictly: every problem of every file is found before anything is refused."""

    def directory(self, path: Path) -> ReadInputs:
        """The content of a directory of input files.

        Raises:
            ValidationError: a file, column or cell breaks its rule; carries every problem (the first 100).
            UnsupportedEncodingError: a file is in no encoding that planvault reads.
            InvalidRequestError: the path is no directory, cannot be read, or holds no input file.
        """
        ...

    def streams(self, files: Sequence[NamedStream]) -> ReadInputs:
        """The content of files sent one by one, by the rules of ``directory``."""
        ...


class SeriesReader(Protocol):
    """Reads series rows of a plan made elsewhere."""

    def rows(self, file: NamedStream) -> Iterator[SeriesRow]:
        """The rows of a ``.jsonl`` or ``.csv`` file in its own order.

        Raises:
            ValidationError: a line breaks a rule; it is named.
            InvalidRequestError: the file is neither, or cannot be read.
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
