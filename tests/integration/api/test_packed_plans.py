"""A whole plan over HTTP: taken out in one zip, registered from it, on every store."""

from __future__ import annotations

import httpx

from .driving import AYA, BEN, registered


async def test_a_plan_is_taken_out_and_registered_again(client: httpx.AsyncClient) -> None:
    plan = await registered(client)
    answer = await client.get("/plans/v1/export")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="plan_v1.zip"'
    assert int(answer.headers["content-length"]) == len(answer.content)
    file = [("file", ("plan_v1.zip", answer.content))]
    again = await client.post("/plans", data={"version_id": "v2"}, files=file, headers=BEN)
    assert again.status_code == 201, again.text
    assert again.json()["payload_digest"] == plan["payload_digest"]
    assert again.json()["created_by"] == "ben"


async def test_an_altered_zip_is_refused_with_a_reason(client: httpx.AsyncClient) -> None:
    await registered(client)
    content = (await client.get("/plans/v1/export")).content
    place = content.index(b'"demand":10.5')
    altered = content[:place] + b'"demand":11.5' + content[place + 13 :]
    file = [("file", ("plan_v1.zip", altered))]
    answer = await client.post("/plans", data={"version_id": "v2"}, files=file, headers=AYA)
    assert (answer.status_code, answer.json()["code"]) == (422, "archive-rejected")
    assert (await client.get("/plans/v2")).status_code == 404
    assert (await client.get("/plans/v9/export")).status_code == 404
