from __future__ import annotations

import io
import json
import zipfile

import httpx

from .driving import AYA, SETS, files_of, uploaded

REPORTS = "/api/plans/import_reports"


async def test_an_upload_merges_validates_and_names_its_base(client: httpx.AsyncClient) -> None:
    await uploaded(client)
    item = files_of({"item.csv": "item,lt,lot,moq\nI,1,1,0\n"})
    asked = {"label": "weekly", "apply_mode": "merge", "base_revision": "1"}
    validated = await client.post(SETS, data={**asked, "validate_only": "true"}, files=item, headers=AYA)
    assert (validated.status_code, validated.json()["validated_only"]) == (200, True)
    merged = await client.post(SETS, data=asked, files=item, headers=AYA)
    assert merged.status_code == 201, merged.text
    assert merged.json()["row_counts"] == {"family_demands": 1, "items": 1}
    assert merged.json()["content_hash"] == validated.json()["content_hash"]
    stale = await client.post(SETS, data=asked, files=item, headers=AYA)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale-version")


async def test_a_refused_upload_is_read_again_from_its_report(client: httpx.AsyncClient) -> None:
    bad = files_of({"item.csv": "item,lt,lot,moq\nI,x,1,0\n"})
    refused = await client.post(SETS, data={"label": "weekly"}, files=bad, headers=AYA)
    assert refused.status_code == 422
    report_id = refused.json()["params"]["report_id"]
    report = (await client.get(f"{REPORTS}/{report_id}")).json()
    assert (report["outcome"], report["errors"]) == ("refused", refused.json()["errors"])
    listed = (await client.get(REPORTS, params={"label": "weekly", "limit": 1})).json()
    assert [item["report_id"] for item in listed["items"]] == [report_id]
    assert (await client.get(f"{REPORTS}/import-x")).status_code == 404
    assert (await client.get("/api/plans/input_sets/weekly")).status_code == 404


async def test_a_whole_set_comes_as_json_zip_or_workbook(client: httpx.AsyncClient) -> None:
    made = await uploaded(client)
    await client.post(f"{SETS}/weekly/submit", headers=AYA)
    body = {"label": "other", "config_version_id": made["config_version_id"]}
    rows = [{"family": "F1", "period": "2026-01", "demand": 10}]
    answer = await client.post(SETS, json={**body, "inputs": {"demand_family": rows}}, headers=AYA)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["content_hash"], answer.json()["source"]) == (made["content_hash"], "json")
    for form in ("zip", "xlsx", "json"):
        export = await client.get(f"{SETS}/other/export", params={"format": form, "revision": 1})
        fields = {"label": f"from_{form}", "config_version_id": str(made["config_version_id"])}
        again = await client.post(SETS, data=fields, files=files_of({f"set.{form}": export.content}), headers=AYA)
        assert again.status_code == 201, again.text
        assert (again.json()["content_hash"], again.json()["source"]) == (made["content_hash"], form)


async def test_an_answer_tells_what_changes(client: httpx.AsyncClient) -> None:
    assert (await uploaded(client))["against"] is None
    more = files_of({"demand_family.csv": "family,period,demand\nF1,2026-01,11\n"})
    answer = await client.post(SETS, data={"label": "weekly"}, files=more, headers=AYA)
    against = answer.json()["against"]
    assert (against["reference"], against["live"]) == ("weekly@1", False)
    assert against["summary"]["demand_family"]["changed"] == 1


async def test_a_json_document_is_refused_as_files_are(client: httpx.AsyncClient) -> None:
    wrong: tuple[tuple[object, int, str], ...] = (
        ({"label": "weekly", "inputs": {"demand_family": [{"family": "F1"}]}}, 422, "validation-failed"),
        ({"label": "weekly", "inputs": {"weather": []}}, 422, "validation-failed"),
        ({"label": "weekly", "inputs": {}}, 422, "validation-failed"),
        ({"label": "weekly", "inputs": []}, 400, "invalid-request"),
        ({"label": "../x", "inputs": {}}, 400, "invalid-label"),
        ({"inputs": {}}, 400, "invalid-request"),
        ({"label": "weekly", "inputs": {"meta": {"note": "x" * 2_100_000}}}, 413, "payload-too-large"),
    )
    for body, status, code in wrong:
        answer = await client.post(SETS, json=body, headers=AYA)
        assert (answer.status_code, answer.json()["code"]) == (status, code), body
    text = await client.post(SETS, content="label=weekly", headers={**AYA, "Content-Type": "text/plain"})
    assert text.status_code == 415
    assert "multipart/form-data or application/json" in text.json()["detail"]
    assert (await client.get(f"{SETS}/weekly")).status_code == 404


async def test_an_export_takes_the_whole_difference_along(client: httpx.AsyncClient) -> None:
    await uploaded(client)
    more = files_of({"demand_family.csv": "family,period,demand\nF1,2026-01,11\n"})
    await client.post(SETS, data={"label": "weekly"}, files=more, headers=AYA)
    asked: dict[str, str | int] = {"revision": 2, "diff_against": "weekly@1"}
    answer = await client.get(f"{SETS}/weekly/export", params=asked)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        report = json.loads(archive.read("diff_report.json"))
    assert report["demand_family"]["changed"][0]["fields"] == {"demand": {"old": 10.0, "new": 11.0}}
    same = await client.get(f"{SETS}/weekly/export", params=asked, headers={"If-None-Match": answer.headers["etag"]})
    assert same.status_code == 304
    for wrong, status in (({"diff_against": "weekly@7"}, 404), ({"diff_against": "weekly@1", "format": "json"}, 400)):
        assert (await client.get(f"{SETS}/weekly/export", params={"revision": 2, **wrong})).status_code == status
