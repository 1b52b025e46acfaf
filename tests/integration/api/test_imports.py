from __future__ import annotations

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
