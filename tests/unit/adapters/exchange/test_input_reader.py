from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

import pytest

from planvault.adapters.exchange.input_files import CSV_FILES, INPUT_FILE_NAMES
from planvault.adapters.exchange.input_reader import FileInputReader
from planvault.adapters.exchange.limits import ImportLimits
from planvault.application.exchange import NamedStream
from planvault.domain.errors import InvalidRequestError, TooLargeError, ValidationError

from .builders import finished, places, problems, read, refusal, stream

DEMAND = "demand_family.csv"
GOOD = "family,period,demand\nF1,2026-01,1\n"


def directory(path: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (path / name).write_text(text, encoding="utf-8")
    return path


def test_every_field_of_a_section_has_a_column_or_is_said_by_the_file() -> None:
    for file in CSV_FILES.values():
        fields = {column.field for column in file.columns} | set(file.constants)
        assert fields == {rule.name for rule in file.section.fields}
        headers = [header for column in file.columns for header in column.headers]
        assert len(headers) == len(set(headers))


def test_a_missing_file_is_an_empty_section(tmp_path: Path) -> None:
    result = finished(FileInputReader().path(directory(tmp_path, {DEMAND: GOOD})))
    assert result.content.row_counts == {"family_demands": 1}
    assert [(file.name, file.encoding, file.row_count) for file in result.files] == [(DEMAND, "UTF-8", 1)]


def test_a_directory_and_its_files_sent_one_by_one_are_the_same_content(tmp_path: Path) -> None:
    files = {DEMAND: GOOD, "meta.json": '{"a": 1}', "item.csv": "item,lt,lot,moq\nI,1,1,0\n"}
    by_path = finished(FileInputReader().path(directory(tmp_path, files)))
    assert by_path == read(dict(reversed(files.items())))


def test_hidden_files_and_folders_are_left_alone(tmp_path: Path) -> None:
    directory(tmp_path, {DEMAND: GOOD, ".DS_Store": "x", ".demand_family.csv": "x"})
    (tmp_path / "archive").mkdir()
    assert len(finished(FileInputReader().path(tmp_path)).files) == 1


@pytest.mark.parametrize(
    "name", ["README.md", "README", "demand.csv", "sub/demand_family.csv", "demand_family.CSV", ".DS_Store", "../x"]
)
def test_an_unknown_file_is_a_problem(name: str) -> None:
    assert places(problems({DEMAND: GOOD, name: ""})) == [("unknown-file", name, None, None)]


def test_an_unknown_file_is_answered_with_the_name_that_was_meant() -> None:
    assert "did you mean demand_family.csv?" in problems({"Demand_Family.csv": GOOD})[0].message
    assert INPUT_FILE_NAMES[0] in problems({"zzz": ""})[0].message


def test_two_files_of_one_name_are_a_problem() -> None:
    with pytest.raises(ValidationError, match="1 problem in 1 file") as caught:
        finished(FileInputReader().streams([stream("meta.json", "{}"), stream("meta.json", "{}")]))
    assert places(list(caught.value.problems)) == [("duplicate-file", "meta.json", None, None)]


def test_no_file_at_all_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".hidden").touch()
    with pytest.raises(InvalidRequestError, match="holds no input file"):
        FileInputReader().path(tmp_path)
    with pytest.raises(InvalidRequestError, match="holds no input file"):
        FileInputReader().streams([])


def test_a_path_that_is_not_there_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match="No such file or directory"):
        FileInputReader().path(tmp_path / "absent")


def test_a_single_file_is_read_as_a_directory_that_holds_it(tmp_path: Path) -> None:
    path = directory(tmp_path, {DEMAND: GOOD})
    alone, beside = finished(FileInputReader().path(path / DEMAND)), finished(FileInputReader().path(path))
    assert alone.content.content_hash == beside.content.content_hash


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / DEMAND).mkdir()
    with pytest.raises(InvalidRequestError, match=r"demand_family\.csv cannot be read \(Is a directory\)"):
        FileInputReader().path(tmp_path)


def test_a_link_to_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / DEMAND).symlink_to(tmp_path / "gone")
    with pytest.raises(InvalidRequestError, match=r"demand_family\.csv cannot be read \(No such file"):
        FileInputReader().path(tmp_path)


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / DEMAND)
    with pytest.raises(InvalidRequestError, match=r"demand_family\.csv cannot be read \(it is no file\)"):
        FileInputReader().path(tmp_path)


def test_a_file_that_fails_while_it_is_read_is_refused() -> None:
    def refused() -> BinaryIO:
        raise OSError(5, "Input/output error")

    with pytest.raises(InvalidRequestError, match=r"meta\.json cannot be read \(Input/output error\)"):
        FileInputReader().streams([NamedStream(name="meta.json", open=refused)])


def test_a_json_file_beyond_its_limit_is_refused() -> None:
    with pytest.raises(TooLargeError, match=r"meta\.json is larger than 10 bytes"):
        read({"meta.json": '{"a": "bcd"}'}, FileInputReader(limits=ImportLimits(json_bytes=10)))


def test_problems_of_all_files_come_in_order_of_file_and_line() -> None:
    error = refusal(
        {
            "mix_share.csv": "family,sku,share\nF03,A,0.97\n",
            DEMAND: "family,period,demand\nF07,2025-03,1\nF07,2025-03,x\nF08,2025-03,x\nF07,2025-03,1\n",
            "README": "",
        }
    )
    assert places(list(error.problems)) == [
        ("unknown-file", "README", None, None),
        ("number", DEMAND, 3, "demand"),
        ("duplicate-key", DEMAND, 3, None),
        ("number", DEMAND, 4, "demand"),
        ("duplicate-key", DEMAND, 5, None),
        ("share-sum", "mix_share.csv", 2, "share"),
    ]
    assert error.message == "6 problems in 3 files."
    assert error.total == 6


def test_the_first_hundred_problems_are_kept_and_all_are_counted() -> None:
    lines = "".join(f"F{index},P,x\n" for index in range(9000))
    error = refusal({DEMAND: "family,period,demand\n" + lines, "capacity.csv": "workcenter,period,capacity\nW,P,x\n"})
    assert error.total == 9001
    assert [(problem.source, problem.line) for problem in error.problems] == [
        ("capacity.csv", 2),
        *((DEMAND, line) for line in range(2, 101)),
    ]


def test_an_answer_stays_small_whatever_a_file_holds() -> None:
    links = "".join(f"I{level:04d},I{(level + 1) % 3000:04d},1\n" for level in range(3000))
    header = "x" * 100_000 + "," + "family,period,demand"
    for problem in problems({"bom.csv": "parent,child,qty\n" + links, DEMAND: header + "\n"}):
        assert len(problem.message) < 1100
        assert problem.column is None or len(problem.column) <= 200
        assert problem.value is None or len(problem.value) <= 80
