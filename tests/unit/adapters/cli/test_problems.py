"""What the command line says when something is wrong, and the code it leaves with."""

from __future__ import annotations

import json

import pytest

from planvault.adapters.cli.problems import KINDS, kind_of, report
from planvault.domain import errors
from planvault.domain.errors import Problem


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.InvalidRequestError("x"), 3),
        (errors.InvalidLabelError("x"), 3),
        (errors.ValidationError("x", problems=[]), 3),
        (errors.UnsupportedEncodingError("x"), 3),
        (errors.TooLargeError("x"), 10),
        (errors.NotFoundError("plan version", "v1"), 4),
        (errors.InputSetMissingError("x"), 4),
        (errors.AlreadyExistsError("plan version", "v1"), 5),
        (errors.IllegalTransitionError("x"), 5),
        (errors.StaleVersionError("input set", "weekly"), 5),
        (errors.SchemaMismatchError("x"), 5),
        (errors.UnauthenticatedError("x"), 6),
        (errors.ForbiddenError("x"), 6),
        (errors.FourEyesError("x"), 6),
        (errors.StorageUnavailableError("x"), 7),
        (errors.StorageFullError("x"), 7),
        (errors.IntegrityError("x"), 8),
        (errors.OutcomeUnknownError("x"), 11),
        (errors.EngineError("x"), 1),
        (errors.StorageError("x"), 1),
        (KeyError("x"), 1),
    ],
)
def test_every_error_has_its_exit_code(error: Exception, code: int) -> None:
    assert kind_of(error).exit_code == code


def test_a_refusal_says_what_is_wrong_and_then_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    error = errors.IllegalTransitionError("weekly@4 is draft.", remedy="Submit it first.")
    assert report(error, as_json=False, debug=False) == 5
    out, err = capsys.readouterr()
    assert err.splitlines() == ["Refused: weekly@4 is draft.", "Submit it first."]
    assert out == ""


def test_findings_are_listed_by_place_column_and_value(capsys: pytest.CaptureFixture[str]) -> None:
    problems = [
        Problem(source="demand.csv", line=18, column="demand", value="1,2OO", rule="number", message="is not a number"),
        Problem(source="mix.csv", rule="sum", message="shares of F03 add up to 0.97"),
    ]
    report(errors.ValidationError("12 problems in 2 files.", problems=problems, total=12), as_json=False, debug=False)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Refused: 12 problems in 2 files."
    assert lines[2].split() == ["demand.csv:18", "demand", '"1,2OO"', "is", "not", "a", "number"]
    assert lines[3].split()[:2] == ["mix.csv", "-"]
    assert lines[4].strip() == "… and 10 more"
    assert lines[-1] == "Mend what is listed and send it again; nothing was stored."


def test_a_cell_cannot_send_commands_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    problem = Problem(source="a.csv", line=2, column="x", value="\x1b[2Jgone", rule="number", message="is no number")
    report(errors.ValidationError("1 problem.", problems=[problem]), as_json=False, debug=False)
    assert "\x1b" not in capsys.readouterr().err


def test_as_json_an_error_is_one_problem_object_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    problem = Problem(source="a.csv", line=2, column="x", value="y", rule="number", message="is no number")
    report(errors.ValidationError("1 problem.", problems=[problem], total=3), as_json=True, debug=False)
    out, err = capsys.readouterr()
    assert out == ""
    assert json.loads(err) == {
        "type": "urn:planvault:problem:validation-failed",
        "title": "Rows or files break their rules",
        "status": 422,
        "code": "validation-failed",
        "detail": "1 problem.",
        "remedy": "Mend what is listed and send it again; nothing was stored.",
        "params": {},
        "errors": [
            {
                "file": "a.csv",
                "line": 2,
                "column": "x",
                "value": "y",
                "rule": "number",
                "message": "is no number",
                "severity": "error",
            }
        ],
        "total": 3,
    }


def test_an_unexpected_error_is_one_sentence_and_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(RuntimeError("boom\nboom"), as_json=False, debug=False) == 1
    err = capsys.readouterr().err
    assert err.startswith("planvault failed unexpectedly: RuntimeError: boom boom\n")
    assert "Traceback" not in err


def test_debug_shows_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    report(RuntimeError("boom"), as_json=False, debug=True)
    assert "RuntimeError: boom" in capsys.readouterr().err.splitlines()[0]


def test_a_full_disk_is_storage_and_not_a_defect() -> None:
    assert report(OSError(28, "No space left on device"), as_json=False, debug=False) == 7


def test_an_error_has_the_status_and_title_of_its_http_answer() -> None:
    from planvault.adapters.api import problems as http  # noqa: PLC0415 (the one test that sees both)

    told = {kind: (answer.status, answer.title) for kind, answer in http.KINDS.items()}
    assert {kind: (known.status, known.title) for kind, known in KINDS.items()} == told
