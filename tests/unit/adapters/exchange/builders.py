"""Files as somebody would send them, and what the readers say about them."""

from __future__ import annotations

import io

import pytest

from planvault.adapters.exchange.input_reader import FileInputReader
from planvault.adapters.exchange.series_files import FileSeriesReader
from planvault.application.exchange import NamedStream, ReadInputs
from planvault.domain.errors import Problem, ValidationError
from planvault.domain.plans.series import SeriesRow

Place = tuple[str, str, int | None, str | None]


def stream(name: str, content: str | bytes) -> NamedStream:
    data = content.encode() if isinstance(content, str) else content
    return NamedStream(name=name, open=lambda: io.BytesIO(data))


def read(files: dict[str, str | bytes]) -> ReadInputs:
    return FileInputReader().streams([stream(name, content) for name, content in files.items()])


def refusal(files: dict[str, str | bytes]) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        read(files)
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
