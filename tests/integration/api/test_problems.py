from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from planvault import Planner
from planvault.adapters.api.problems import HTTP_CODES, KINDS, kind_of
from planvault.domain import errors
from planvault.domain.errors import PlanvaultError, Problem, ValidationError

from .driving import client_of, raw, registered

SECRET = "/srv/secret/plans.db"  # noqa: S105 (a path)
MEMBERS = {"type", "title", "status", "detail", "instance", "code", "remedy", "params"}


def every_error(root: type[PlanvaultError] = PlanvaultError) -> Iterator[type[PlanvaultError]]:
    yield root
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from every_error(child)


def one(kind: type[PlanvaultError]) -> PlanvaultError:
    if issubclass(kind, ValidationError):
        return kind("two rows", problems=[Problem(source="a.csv", rule="number", message="is none", line=2)], total=2)
    if issubclass(kind, errors.NotFoundError | errors.AlreadyExistsError | errors.StaleVersionError):
        return kind("plan version", "v1")
    return kind(f"about {SECRET}", remedy=f"look at {SECRET}", place=SECRET)


async def failing(planner: Planner, error: BaseException) -> httpx.Response:
    """What /readyz answers when the store fails in this way."""

    async def probe() -> None:
        raise error

    async with client_of(replace(planner, probe=probe)) as client:
        return await client.get("/readyz")


@pytest.mark.parametrize("kind", list(every_error()), ids=lambda kind: kind.__name__)
async def test_every_error_is_a_problem_object_without_secrets(
    memory_planner: Planner, kind: type[PlanvaultError]
) -> None:
    answer = await failing(memory_planner, one(kind))
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(body) - {"errors", "total"} == MEMBERS
    assert (answer.status_code, body["status"]) == (kind_of(kind).status, kind_of(kind).status)
    assert body["code"] == kind.code
    assert body["type"] == f"urn:planvault:problem:{kind.code}"
    assert body["title"]
    assert body["detail"]
    assert body["instance"] == answer.headers["x-request-id"]
    assert ("retry-after" in answer.headers) == (answer.status_code == 503)
    assert ("www-authenticate" in answer.headers) == (answer.status_code == 401)
    if issubclass(kind, errors.StorageError) or kind is PlanvaultError:
        assert SECRET not in answer.text
    if kind is ValidationError:
        assert (body["errors"][0]["line"], body["total"]) == (2, 2)


@pytest.mark.parametrize("error", [RuntimeError(SECRET), ValueError("SELECT 1"), KeyError("password"), OSError(SECRET)])
async def test_the_unexpected_is_logged_with_the_request_id_and_told_to_nobody(
    memory_planner: Planner, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="planvault.api"):
        answer = await failing(memory_planner, error)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert not re.search(r"secret|SELECT|password|Traceback|\.py", answer.text)
    assert [answer.headers["x-request-id"] in record.getMessage() for record in caplog.records] == [True]
    assert caplog.records[0].exc_info is not None


@pytest.mark.parametrize("error", [RecursionError(), UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogate")])
async def test_what_only_a_strange_request_can_cause_is_the_requests_fault(
    memory_planner: Planner, error: Exception
) -> None:
    answer = await failing(memory_planner, error)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-request")


def test_the_statuses_are_those_of_the_one_error_vocabulary() -> None:
    assert {kind.code: kind_of(kind).status for kind in every_error()} == {
        "internal": 500,
        "invalid-request": 400,
        "invalid-label": 400,
        "validation-failed": 422,
        "archive-rejected": 422,
        "unsupported-encoding": 415,
        "payload-too-large": 413,
        "not-found": 404,
        "plan-trimmed": 404,
        "conflict": 409,
        "already-exists": 409,
        "invalid-state-transition": 409,
        "stale-version": 412,
        "content-frozen": 409,
        "cell-locked": 409,
        "input-set-missing": 409,
        "gate-closed": 409,
        "idempotency-key-reused": 422,
        "operation-in-progress": 409,
        "unauthenticated": 401,
        "forbidden": 403,
        "four-eyes-violation": 403,
        "engine-failed": 500,
        "maintenance-mode": 503,
        "storage-error": 500,
        "storage-unavailable": 503,
        "outcome-unknown": 503,
        "storage-full": 507,
        "not-mirrored": 500,
        "row-limit": 507,
        "schema-mismatch": 503,
        "integrity-failure": 500,
    }


async def test_a_known_request_id_is_kept_and_a_strange_one_replaced(memory_client: httpx.AsyncClient) -> None:
    sent = {"X-Request-Id": "trace-1.a_b"}
    assert (await memory_client.get("/healthz", headers=sent)).headers["x-request-id"] == "trace-1.a_b"
    missing = await memory_client.get("/runs/none", headers=sent)
    assert missing.json()["instance"] == missing.headers["x-request-id"] == "trace-1.a_b"
    strange = await memory_client.get("/healthz", headers=raw({"X-Request-Id": "a b\u00e9"}))
    assert re.fullmatch(r"[0-9a-f-]{36}", strange.headers["x-request-id"])
    first, second = [(await memory_client.get("/healthz")).headers["x-request-id"] for _ in range(2)]
    assert first != second


@pytest.mark.parametrize(
    "path", ["/healthz", "/plans", "/nothing", "/metrics", "/plans/v1/series.jsonl?level=aggregate"]
)
async def test_every_answer_carries_the_security_headers_and_none_of_cors(
    memory_client: httpx.AsyncClient, path: str
) -> None:
    await registered(memory_client)
    answer = await memory_client.get(path, headers={"Origin": "http://evil.test"})
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_unknown_routes_and_methods_are_problems_too(memory_client: httpx.AsyncClient) -> None:
    missing = await memory_client.get("/nothing/here")
    assert (missing.status_code, missing.json()["code"]) == (404, "not-found")
    wrong = await memory_client.put("/plans")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method-not-allowed")
    assert {"GET", "POST"} <= set(wrong.headers["allow"].split(", "))


async def test_metrics_are_prometheus_text(memory_client: httpx.AsyncClient) -> None:
    await registered(memory_client)
    answer = await memory_client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'plans_created_total{origin="registered"} 1.0' in answer.text


def test_every_kind_of_error_has_a_title_of_its_own() -> None:
    titles = [kind.title for kind in KINDS.values()] + [title for _, title in HTTP_CODES.values()]
    assert len(set(titles)) == len(titles)
