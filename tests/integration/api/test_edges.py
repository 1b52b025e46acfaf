"""Bodies, paths and headers that somebody sends by mistake or on purpose."""

from __future__ import annotations

import gc
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from planvault import Actor, Planner, RegisterRequest
from planvault.adapters.api.bodies import JSON_BYTES, UPLOAD_BYTES
from planvault.domain.shared.paging import cursor_of
from planvault.testing.builders import aggregate_rows

from .driving import AYA, SETS, files_of, holdings, raw, registered, uploaded

JSON = {**AYA, "Content-Type": "application/json"}


def told(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "no body"),
        ("{", "no JSON"),
        ("null", "body:"),
        ("[]", "body:"),
        ('{"name": 1}', "name:"),
        ('{"nam": "x"}', "nam:"),
        ('{"name": "a", "name": "b"}', "twice"),
        ('{"name": "x", "attributes": {"a": NaN}}', "NaN"),
        ('{"name": "x", "attributes": {"a": -Infinity}}', "Infinity"),
        ('{"name": "x", "attributes": {"a": 1e400}}', "1e400"),
        ('{"name": "x", "attributes": {"a": 0.123456789012345678}}', "17 significant"),
        ('{"name": "x", "attributes": {"a": 9007199254740993}}', "2^53"),
        ('{"name": "x", "attributes": {"a": ' + "9" * 5000 + "}}", "2^53"),
        ('{"name": "x", "attributes": {"\\u0000": 1}}', "U+0000"),
        ('{"name": "\\ud800"}', "U+D800"),
        ('{"name": "x", "attributes": ' + '{"a":' * 70 + "1" + "}" * 70 + "}", "deep"),
        ("[" * 200_000, "deep"),
        (b'{"name": "\xff"}', "UTF-8"),
        ('{"name": "x", "horizon_days": 1e9}', "horizon_days"),
        ('{"name": "x", "horizon_days": 99999999999}', "horizon_days"),
        ('{"name": "x", "horizon_days": "7"}', "horizon_days"),
    ],
)
async def test_json_that_cannot_be_kept_as_it_is_is_refused(
    memory_client: httpx.AsyncClient, memory_planner: Planner, body: str | bytes, says: str
) -> None:
    answer = await memory_client.post("/configs", content=body, headers=JSON)
    assert told(answer) == (400, "invalid-request")
    assert says in answer.json()["detail"]
    assert await memory_planner.configs.list() == []


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/x-msgpack", "text/csv"]
)
@pytest.mark.parametrize("path", ["/configs", "/plans", SETS])
async def test_a_body_of_another_media_type_is_refused(memory_client: httpx.AsyncClient, kind: str, path: str) -> None:
    answer = await memory_client.post(path, content=b"name=x", headers={**AYA, "Content-Type": kind})
    assert told(answer) == (415, "unsupported-media-type")
    assert kind in answer.json()["detail"]


async def test_json_bodies_end_at_two_megabytes(memory_client: httpx.AsyncClient, memory_planner: Planner) -> None:
    body = json.dumps({"name": "x", "attributes": {"a": "b" * JSON_BYTES}})
    for path in ("/configs", "/plans"):
        answer = await memory_client.post(path, content=body, headers=JSON)
        assert told(answer) == (413, "payload-too-large")
    assert await memory_planner.configs.list() == []


async def test_uploads_end_at_sixty_four_megabytes_however_they_are_sent(
    memory_client: httpx.AsyncClient, memory_planner: Planner
) -> None:
    declared = {**AYA, "Content-Type": "multipart/form-data; boundary=b", "Content-Length": str(UPLOAD_BYTES + 1)}
    assert told(await memory_client.post(SETS, content=b"", headers=declared)) == (413, "payload-too-large")

    async def without_end(name: str) -> AsyncIterator[bytes]:
        yield f"--b\r\nContent-Disposition: form-data; name={name}\r\n\r\n".encode()
        while True:
            yield b"x" * (1 << 20)

    chunked = {**AYA, "Content-Type": "multipart/form-data; boundary=b"}
    for name in ("comment", "files; filename=demand_family.csv"):
        answer = await memory_client.post(SETS, content=without_end(name), headers=chunked)
        assert told(answer) == (413, "payload-too-large")
    assert (await memory_planner.inputs.list()).items == []
    gc.collect()


def part(name: str, content: bytes, *, extra: str = "") -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'.encode() + content + b"\r\n"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b--\r\n",
        b"nonsense",
        b"--b\r\n",
        part("label", b"weekly"),
        part("label", b"weekly") + b"--b--\r\n",
        part("label", b"\xff\xfe") + b"--b--\r\n",
        part("label", b"a") + part("label", b"b") + b"--b--\r\n",
        part("files", b"text") + b"--b--\r\n",
        part("label", b"x", extra='; filename="label.txt"') + b"--b--\r\n",
        b"".join(part(f"f{number}", b"x") for number in range(200)) + b"--b--\r\n",
        part("label", b"x", extra="\r\nContent-Type: text/plain; charset=none") + b"--b--\r\n",
    ],
)
async def test_a_malformed_form_is_refused(
    memory_client: httpx.AsyncClient, memory_planner: Planner, body: bytes
) -> None:
    headers = {**AYA, "Content-Type": "multipart/form-data; boundary=b"}
    answer = await memory_client.post(SETS, content=body, headers=headers)
    assert told(answer)[0] == 400, answer.text
    assert (await memory_planner.inputs.list()).items == []


@pytest.mark.parametrize(
    "boundary", ["", "; boundary=", '; boundary=""', "; boundary=" + "b" * 5000, "; boundary=\xff"]
)
async def test_a_form_without_a_boundary_is_refused(memory_client: httpx.AsyncClient, boundary: str) -> None:
    headers = raw({**AYA, "Content-Type": f"multipart/form-data{boundary}".encode("latin-1")})
    answer = await memory_client.post(SETS, content=b"--b--\r\n", headers=headers)
    assert told(answer)[0] == 400, answer.text


HOSTILE = [
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e",
    "%00",
    "v1%00",
    "v1%0d%0aX-Evil:%201",
    "v1%0a",
    "%ff",
    "%ed%a0%80",
    "%25",
    "v1'--",
    "%E9%80%B1%E6%AC%A1",
    "%EF%BC%8E%EF%BC%8E",
    "a" * 5000,
    "weekly@1",
    "1_0",
    "%EF%BC%91",
    "-1",
    "0",
    "99999999999999999999",
    "CON",
    " ",
]
PATHS = [
    "/plans/{}",
    "/plans/{}/summary",
    "/plans/{}/kpis",
    "/plans/{}/series?level=det",
    "/plans/v1/series?level={}",
    "/plans/{}/series.jsonl?level=det",
    "/plans/v1/series.jsonl?level={}",
    "/plans/{}/artifacts",
    "/plans/v1/artifacts/{}",
    "/plans?cursor={}",
    "/plans?input_set_label={}X",
    "/runs?version_id={}X",
    "/runs?cursor={}",
    "/runs/{}",
    "/jobs/{}",
    "/configs/{}",
    SETS + "/{}",
    SETS + "/weekly/revisions/{}",
    SETS + "/{}/revisions/1/sections/items",
    SETS + "/weekly/revisions/{}/sections/items",
    SETS + "/weekly/revisions/1/sections/{}",
    SETS + "/{}/export?revision=1",
    SETS + "/weekly/export?revision={}",
    SETS + "/weekly/export?revision=1&format={}",
    SETS + "/weekly/export?revision=1&encoding={}",
]


@pytest.mark.parametrize("path", PATHS)
async def test_hostile_values_are_refused_and_never_break_the_server(client: httpx.AsyncClient, path: str) -> None:
    await registered(client)
    await uploaded(client)
    # Some of these are fine names when an X follows; a filter finds nothing of that name.
    expected = {200, 400} if "{}X" in path else {400, 404}
    for value in HOSTILE:
        answer = await client.get(path.format(value))
        assert answer.status_code in expected, f"{path.format(value)}: {answer.text}"
        assert "x-evil" not in answer.headers


@pytest.mark.parametrize(
    "key", [["x"], [1, 2], ["\0", "\0"], ["\ud800", "\ud800"], ["2026-11-20T00:00:00.000000Z", "\0"], [None], "text"]
)
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/plans", "plans"),
        ("/runs", "runs"),
        ("/jobs", "jobs"),
        (SETS, "input-sets"),
        ("/plans/v1/series?level=aggregate", "series/aggregate"),
        (SETS + "/weekly/revisions/1/sections/calendar_weeks", "inputs/calendar_weeks"),
    ],
)
async def test_a_forged_cursor_never_breaks_the_server(
    client: httpx.AsyncClient, path: str, name: str, key: list[str]
) -> None:
    await registered(client)
    answer = await client.get(path, params={**httpx.URL(path).params, "cursor": cursor_of(name, key)})
    assert answer.status_code in {200, 400}, answer.text


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=-1",
        "limit=x",
        "limit=",
        "status=odd",
        "trial=maybe",
        "offset=-1",
        "offset=5&cursor=abc",
        "config_version_id=0",
        "config_version_id=99999999999",
        "cursor=%%",
        "cursor=" + "a" * 3000,
        "stauts=draft",
    ],
)
async def test_a_query_that_is_wrong_is_refused(memory_client: httpx.AsyncClient, query: str) -> None:
    assert told(await memory_client.get(f"/plans?{query}")) == (400, "invalid-request")


async def test_the_legacy_offset_passes_over_items(memory_planner: Planner, memory_client: httpx.AsyncClient) -> None:
    for number in range(5):
        request = RegisterRequest(version_id=f"v{number}", actor=Actor.asserted("aya"))
        await memory_planner.plans.register(request, aggregate_rows())

    async def ids(query: str) -> list[str]:
        body = (await memory_client.get(f"/plans?{query}")).json()
        return [plan["version_id"] for plan in body["items"]]

    everything = await ids("limit=9")
    assert await ids("limit=2&offset=0") == everything[:2]
    assert await ids("limit=2&offset=3") == everything[3:]
    assert await ids("limit=2&offset=5") == await ids("limit=2&offset=900") == []
    for path in ("/runs", "/jobs"):
        assert (await memory_client.get(f"{path}?offset=3")).json() == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("limit", ["0", "10001"])
async def test_series_pages_hold_one_to_ten_thousand_rows(memory_client: httpx.AsyncClient, limit: str) -> None:
    await registered(memory_client)
    path = "/plans/v1/series?level=aggregate&limit="
    assert told(await memory_client.get(path + limit)) == (400, "invalid-request")
    assert (await memory_client.get(f"{path}10000")).status_code == 200


@pytest.mark.parametrize("name", ["", " ", "a" * 201, "a\x07b", b"\xff\xfe", "a\u202eb".encode()])
async def test_an_actor_without_a_proper_name_is_refused(
    memory_client: httpx.AsyncClient, memory_planner: Planner, name: str | bytes
) -> None:
    before = await holdings(memory_planner)
    answer = await memory_client.post("/configs", json={"name": "x"}, headers=raw({"X-Actor": name}))
    assert told(answer) == (400, "invalid-request")
    assert await holdings(memory_planner) == before


async def test_two_files_for_one_plan_are_refused(memory_client: httpx.AsyncClient) -> None:
    files = files_of({"a.jsonl": "", "b.jsonl": ""})
    answer = await memory_client.post("/plans", data={"version_id": "v1"}, files=files, headers=AYA)
    assert told(answer) == (400, "invalid-request")
    answer = await memory_client.post(
        "/plans", data={"version_id": "v1", "engine_parameters": "[1]"}, files=files[:1], headers=AYA
    )
    assert "engine_parameters" in answer.json()["detail"]
