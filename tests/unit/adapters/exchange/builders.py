"""Files as somebody would send them, and what the readers say about them."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pytest

from planvault.adapters.exchange.input_reader import FileInputReader
from planvault.adapters.exchange.series_files import FileSeriesReader
from planvault.application.exchange import InputReading, NamedStream, ReadFile
from planvault.domain.errors import Problem, ValidationError
from planvault.domain.inputs.content import InputContent, StreamedContent
from planvault.domain.inputs.sections import SECTIONS
from planvault.domain.plans.series import SeriesRow

Place = tuple[str, str, int | None, str | None]


def stream(name: str, content: str | bytes) -> NamedStream:
    data = content.encode() if isinstance(content, str) else content
    return NamedStream(name=name, open=lambda: io.BytesIO(data))


@dataclass(frozen=True, kw_only=True)
class Read:
    """What was read, its rows in memory."""

    content: InputContent
    files: tuple[ReadFile, ...]
    warnings: tuple[Problem, ...]
    warning_count: int


def in_memory(content: StreamedContent) -> InputContent:
    rows = {section.name: [row for batch in content.batches(section.name) for row in batch] for section in SECTIONS}
    found = InputContent.of(rows)
    assert (found.content_hash, found.row_counts) == (content.content_hash, dict(content.row_counts))
    return found


def finished(reading: InputReading) -> Read:
    try:
        found = reading.finish()
        return Read(
            content=in_memory(found.content),
            files=found.files,
            warnings=found.warnings,
            warning_count=found.warning_count,
        )
    finally:
        reading.close()


def read(files: dict[str, str | bytes], reader: FileInputReader | None = None) -> Read:
    used = reader or FileInputReader()
    return finished(used.streams([stream(name, content) for name, content in files.items()]))


def refusal(files: dict[str, str | bytes], reader: FileInputReader | None = None) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        read(files, reader)
    return caught.value


def problems(files: dict[str, str | bytes]) -> list[Problem]:
    return list(refusal(files).problems)


def places(found: list[Problem]) -> list[Place]:
    """Rule, file, line and column of each problem."""
    return [(problem.rule, problem.source, problem.line, problem.column) for problem in found]


def series(name: str, content: str | bytes) -> list[SeriesRow]:
    return list(FileSeriesReader().rows(stream(name, content)))


def series_problems(name: str, content: str | bytes) -> list[Problem]:
    with pytest.raises(ValidationError) as caught:
        series(name, content)
    return list(caught.value.problems)
