"""Everything that people and programs send wrongly, by both outer doors and on every store: refused with its code, and
nothing of it is kept.

What stands here goes the whole way; every rule has tests of its own nearer to it:

- approvers at once, retries, races: ``application/test_many_at_once.py``, ``test_no_way_round.py``
- another content than was seen, one's own content: ``api/test_refusals.py``, ``test_no_way_round.py``
- approved content edited beside planvault: ``sql/test_tampering.py``, ``migrations/test_history.py``
- labels, titles, comments: ``domain/shared/test_ids.py``, ``LABELS`` below
- encodings: ``exchange/test_text_files.py``, ``exchange/test_input_writer.py``
- numbers, dates, duplicates, quotes, headers: ``exchange/test_csv_tables.py``, ``exchange/test_csv_fuzz.py``, ``FILES``
- hostile zips and workbooks: ``exchange/test_archives.py``, ``exchange/test_workbook.py``, ``ZIPS`` below
- large bodies, many parts, broken forms: ``api/test_edges.py``, the last tests below
- formulas: ``exchange/test_formula_guard.py``, ``exchange/test_csv_tables.py``
- markup in names: ``application/audit/test_pack_label.py`` (there is no other page)
"""

from __future__ import annotations

import asyncio
import gc
import io
import os
import zipfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from planvault import Planner, Settings, open_planner
from planvault.asgi import create_app
from tests.integration.api.driving import AYA, DEMAND, SETS, client_of, files_of, holdings
from tests.integration.cli.conftest import run

HEADER = "family,period,demand\n"


@pytest.fixture
async def planner(database_url: str, tmp_path: Path) -> AsyncIterator[Planner]:
    async with open_planner(Settings(database_url=database_url, cache_dir=tmp_path / "cache")) as opened:
        yield opened


LABELS = {
    "climbing": "../x",
    "two dots": "..",
    "a dot": ".",
    "a slash": "a/b",
    "an escaped climb": "%2e%2e",
    "a backslash": "a\\b",
    "a line end": "weekly\n",
    "a leading dot": ".hidden",
    "a leading dash": "-rf",
    "a final dot": "weekly.",
    "65 characters": "a" * 65,
    "full-width dots": "．．",
    "full-width letters": "ｗｅｅｋｌｙ",
    "kanji": "週次",
    "a direction mark": "week\u202ely",
    "nothing seen": "\u200b",
    "a revision": "weekly@1",
}
FILES: dict[str, tuple[str, str]] = {
    "full-width digits": (f"{HEADER}F1,2026-01,１２３\n", "number"),
    "a thousands separator": (f'{HEADER}F1,2026-01,"1,234"\n', "number"),
    "a triangle for minus": (f"{HEADER}F1,2026-01,▲100\n", "number"),
    "a full-width minus": (f"{HEADER}F1,2026-01,－5\n", "number"),
    "an exponent": (f"{HEADER}F1,2026-01,1e3\n", "number"),
    "infinity": (f"{HEADER}F1,2026-01,inf\n", "number"),
    "18 digits": (f"{HEADER}F1,2026-01,1.23456789012345678\n", "number"),
    "equal rows": (f"{HEADER}F1,2026-01,1\nF1,2026-01,1\n", "duplicate-key"),
    "conflicting rows": (f"{HEADER}F1,2026-01,1\nF1,2026-01,2\n", "duplicate-key"),
    "an open quote": (f'{HEADER}"F1,2026-01,1\nF2,2026-01,1\n', "csv"),
    "a missing column": ("family,period\nF1,2026-01\n", "missing-column"),
    "a doubled column": ("family,period,demand,demand\nF1,2026-01,1,1\n", "duplicate-column"),
    "a full-width header": ("ｆａｍｉｌｙ,period,demand\nF1,2026-01,1\n", "unknown-column"),
    "a ragged row": (f"{HEADER}F1,2026-01\n", "ragged-row"),
    "no rows at all": (HEADER, "no-rows"),
    "a control character": (f"{HEADER}F\x07,2026-01,1\n", "text"),
}


def zipped(*entries: tuple[str | zipfile.ZipInfo, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries:
            archive.writestr(name, text)
    return buffer.getvalue()


def a_link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("demand_family.csv")
    info.external_attr = 0o120777 << 16
    return info


ZIPS: dict[str, tuple[bytes, str]] = {
    "climbing": (zipped(("../demand_family.csv", DEMAND)), "unsafe-path"),
    "absolute": (zipped(("/etc/demand_family.csv", DEMAND)), "unsafe-path"),
    "a drive": (zipped(("C:/demand_family.csv", DEMAND)), "unsafe-path"),
    "a link": (zipped((a_link(), "/etc/passwd")), "special-file"),
    "nested": (zipped(("inner.zip", "PK")), "nested-archive"),
    "upper and lower case": (zipped(("item.csv", "x"), ("ITEM.CSV", "x")), "duplicate-name"),
    "a bomb": (zipped(("demand_family.csv", "0" * 30_000_000)), "ratio"),
    "cut off": (zipped(("demand_family.csv", DEMAND))[:-30], "central-directory"),
    "no zip": (b"family,period,demand\n", "not-a-zip"),
    "empty": (zipped(), "empty"),
}


async def refused_by_both(  # noqa: PLR0917 (a store, and what is sent to it)
    planner: Planner, url: str, folder: Path, label: str, name: str, data: bytes
) -> tuple[dict[str, Any], int]:
    """The problem that HTTP tells, and the exit code of the command line, after seeing that nothing was kept."""
    before = await holdings(planner)
    async with client_of(planner) as client:
        answer = await client.post(SETS, data={"label": label}, files=files_of({name: data}), headers=AYA)
        assert 400 <= answer.status_code < 500, answer.text
        assert await holdings(planner) == before
        code = answer.json()
        if url != "memory://":
            place = folder / name
            place.write_bytes(data)
            words = ("--database", url, "inputs", "import", "-i", str(place), "--label", label, "--actor", "aya")
            result = await asyncio.to_thread(lambda: run(*words))
            assert "Traceback" not in result.output
            assert result.stdout == ""
            assert await holdings(planner) == before
            exit_code = result.exit_code
        else:
            exit_code = 3
        fine = await client.post(
            SETS, data={"label": "fine"}, files=files_of({"demand_family.csv": DEMAND}), headers=AYA
        )
        assert fine.status_code == 201
    return code, exit_code


@pytest.mark.parametrize("case", LABELS)
async def test_a_label_that_is_none_is_refused(planner: Planner, database_url: str, tmp_path: Path, case: str) -> None:
    told, code = await refused_by_both(
        planner, database_url, tmp_path, LABELS[case], "demand_family.csv", DEMAND.encode()
    )
    assert (told["status"], told["code"], code) == (400, "invalid-label", 3)


@pytest.mark.parametrize("case", FILES)
async def test_a_file_that_breaks_a_rule_is_refused(
    planner: Planner, database_url: str, tmp_path: Path, case: str
) -> None:
    text, rule = FILES[case]
    told, code = await refused_by_both(planner, database_url, tmp_path, "weekly", "demand_family.csv", text.encode())
    assert (told["status"], told["code"], code) == (422, "validation-failed", 3)
    assert rule in [problem["rule"] for problem in told["errors"]]


@pytest.mark.parametrize("case", ZIPS)
async def test_a_hostile_zip_is_refused(planner: Planner, database_url: str, tmp_path: Path, case: str) -> None:
    data, reason = ZIPS[case]
    told, code = await refused_by_both(planner, database_url, tmp_path, "weekly", "set.zip", data)
    assert (told["status"], told["code"], code) == (422, "archive-rejected", 3)
    assert told["params"]["reason"] == reason
    assert not list(tmp_path.glob("*.csv"))  # noqa: ASYNC240


@pytest.mark.parametrize(
    "data", [b"\x81\xff\x80", "週".encode("utf-16-le"), b"\xff\xfe\x00"], ids=["none", "no mark", "cut"]
)
async def test_bytes_of_no_encoding_are_refused(
    planner: Planner, database_url: str, tmp_path: Path, data: bytes
) -> None:
    told, code = await refused_by_both(planner, database_url, tmp_path, "weekly", "demand_family.csv", data)
    assert (told["status"], told["code"], code) == (415, "unsupported-encoding", 3)


async def test_labels_that_differ_in_case_are_one(planner: Planner) -> None:
    async with client_of(planner) as client:
        for label, status in (("weekly", 201), ("WEEKLY", 200)):
            sent = files_of({"demand_family.csv": DEMAND})
            assert (await client.post(SETS, data={"label": label}, files=sent, headers=AYA)).status_code == status
    assert len((await planner.inputs.list()).items) == 1


# Uploads that never end -----------------------------------------------------------------------------------------------

START = b'--b\r\nContent-Disposition: form-data; name="files"; filename="item.csv"\r\n\r\n' + b"x" * 2_000_000
Receive = Callable[[], Any]


async def sent(planner: Planner, receive: Receive) -> list[dict[str, Any]]:
    """What the server answers to a form whose body comes by ``receive``."""
    answers: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        answers.append(message)

    headers = [(b"content-type", b"multipart/form-data; boundary=b"), (b"x-actor", b"aya"), (b"host", b"x")]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": SETS, "raw_path": SETS.encode(), "query_string": b"", "root_path": "", "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("x", 80),
    }  # fmt: skip
    app: Any = create_app(planner)
    await app(scope, receive, send)
    return answers


def open_files() -> set[str]:
    gc.collect()
    found = set()
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208
        try:
            found.add(os.readlink(f"/proc/self/fd/{name}"))  # noqa: PTH115
        except OSError:
            continue
    return {name for name in found if "deleted" in name}


async def test_a_client_that_leaves_is_told_so_and_leaves_no_file(planner: Planner) -> None:
    before, held = open_files(), await holdings(planner)
    messages = iter([{"type": "http.request", "body": START, "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(messages)

    answers = await sent(planner, receive)
    assert answers[0]["status"] == 400
    assert open_files() == before
    assert await holdings(planner) == held


async def test_an_upload_that_is_cancelled_leaves_no_file(planner: Planner) -> None:
    before, held = open_files(), await holdings(planner)
    waiting = asyncio.Event()

    async def receive() -> Any:
        if not waiting.is_set():
            waiting.set()
            return {"type": "http.request", "body": START, "more_body": True}
        await asyncio.Event().wait()
        return None

    task = asyncio.create_task(sent(planner, receive))
    await waiting.wait()
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert open_files() == before
    assert await holdings(planner) == held
    async with client_of(planner) as client:
        answer: httpx.Response = await client.post(
            SETS, data={"label": "weekly"}, files=files_of({"demand_family.csv": DEMAND}), headers=AYA
        )
    assert answer.status_code == 201
