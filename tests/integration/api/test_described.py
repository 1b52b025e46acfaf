"""What the API says about itself, and what the reference pages say about it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from planvault import Planner
from planvault.adapters.api.access import permission_of
from planvault.adapters.api.problems import HTTP_CODES, kind_of
from planvault.domain.errors import RefusedError

from .driving import routes_of
from .test_problems import every_error

OTHER_EXITS = {
    "internal": 1,
    "engine-failed": 1,
    "storage-error": 1,
    "not-found": 4,
    "plan-trimmed": 4,
    "input-set-missing": 4,
    "conflict": 5,
    "already-exists": 5,
    "invalid-state-transition": 5,
    "stale-version": 5,
    "content-frozen": 5,
    "cell-locked": 5,
    "gate-closed": 5,
    "idempotency-key-reused": 5,
    "operation-in-progress": 5,
    "schema-mismatch": 5,
    "unauthenticated": 6,
    "forbidden": 6,
    "four-eyes-violation": 6,
    "maintenance-mode": 7,
    "storage-unavailable": 7,
    "storage-full": 7,
    "row-limit": 7,
    "integrity-failure": 8,
    "not-mirrored": 9,
    "payload-too-large": 10,
    "outcome-unknown": 11,
}
REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


@pytest.fixture
async def described(memory_client: httpx.AsyncClient) -> Any:
    return (await memory_client.get("/schema/openapi.json")).json()


async def test_openapi_describes_every_route(memory_planner: Planner, described: Any) -> None:
    for method, path, handler in routes_of(memory_planner):
        if not handler.include_in_schema and path.startswith("/schema"):
            continue
        operation = described["paths"][path][method.lower()]
        assert operation["summary"], path
        named = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "path"}
        assert named == set(re.findall(r"\{(\w+)\}", path)), path
        assert method != "POST" or "requestBody" in operation, path
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"], (path, status)
        if path != "/healthz":
            assert {"400", "401", "403", "500", "503"} <= set(operation["responses"]), path


async def test_openapi_describes_uploads(described: Any) -> None:
    content = described["paths"]["/api/plans/input_sets"]["post"]["requestBody"]["content"]
    form = content["multipart/form-data"]["schema"]
    assert set(form["properties"]) == {
        "label",
        "config_version_id",
        "new_config",
        "new_config_version_id",
        "title",
        "comment",
        "apply_mode",
        "base_revision",
        "validate_only",
        "allow_empty",
        "encoding",
        "files",
    }
    assert set(form["required"]) == {"label", "files"}
    assert set(described["paths"]["/plans"]["post"]["requestBody"]["content"]) == {
        "multipart/form-data",
        "application/json",
    }


@pytest.mark.parametrize(
    "path", ["/schema", "/schema/", "/schema/swagger", "/schema/redoc", "/docs", "/schema/openapi.yaml"]
)
async def test_there_is_no_page_that_loads_scripts_from_elsewhere(memory_client: httpx.AsyncClient, path: str) -> None:
    answer = await memory_client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_the_page_names_every_route_with_its_permission(memory_planner: Planner) -> None:
    page = (REFERENCE / "http.md").read_text(encoding="utf-8")
    missing = [
        f"{method} {path}: {permission_of(handler)}"
        for method, path, handler in routes_of(memory_planner)
        if f"| `{method} {path}` | {permission_of(handler)} |" not in page
    ]
    assert missing == []
    told = set(re.findall(r"^\| `([A-Z]+ /[^`]*)` \|", page, re.MULTILINE))
    assert told == {f"{method} {path}" for method, path, _ in routes_of(memory_planner)}


def test_the_page_names_every_code_with_its_status_type_and_exit_code() -> None:
    page = (REFERENCE / "errors.md").read_text(encoding="utf-8").partition("## Codes")[2]
    rows = {
        cells[0]: cells
        for line in page.splitlines()
        if line.startswith("| `")
        for cells in [line.strip("| ").split(" | ")]
    }
    expected = {kind.code: kind_of(kind).status for kind in every_error()}
    expected |= {code: status for status, (code, _) in HTTP_CODES.items()}
    assert {cells[0].strip("`"): int(cells[1]) for cells in rows.values()} == expected
    assert [code for code in expected if rows[f"`{code}`"][2] != f"`urn:planvault:problem:{code}`"] == []
    exits = {code: int(cells[3]) for code in expected if (cells := rows[f"`{code}`"])[3] != "–"}
    assert {code for code, number in exits.items() if number == 3} == {
        kind.code for kind in every_error(RefusedError)
    } - {"payload-too-large"}
    assert {code: number for code, number in exits.items() if number != 3} == OTHER_EXITS
