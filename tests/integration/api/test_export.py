"""Taking inputs out over HTTP: the exact bytes, with a tag that says so."""

from __future__ import annotations

import hashlib
import io
import zipfile

import httpx
import pytest

from planvault.adapters.exchange.samples import sample_directory

from .driving import AYA, BEN, SETS, files_of, sample

EXPORT = f"{SETS}/weekly/export"
FORMS = {
    "zip": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


async def live(client: httpx.AsyncClient) -> str:
    """The content hash of the sample, live as weekly@1."""
    body = (await client.post(SETS, data={"label": "weekly"}, files=sample(), headers=AYA)).json()
    assert (await client.post(f"{SETS}/weekly/submit", headers=AYA)).status_code == 200
    said = {"revision": 1, "content_hash": body["content_hash"]}
    assert (await client.post(f"{SETS}/weekly/approve", json=said, headers=BEN)).status_code == 200
    return str(body["content_hash"])


async def test_the_zip_imports_to_the_same_hash_and_is_the_same_on_every_store(client: httpx.AsyncClient) -> None:
    content_hash = await live(client)
    answer = await client.get(EXPORT)
    assert answer.headers["content-disposition"] == 'attachment; filename="planning_input_set_weekly.zip"'
    assert int(answer.headers["content-length"]) == len(answer.content)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    again = await client.post(SETS, data={"label": "again"}, files=files_of(files), headers=AYA)
    assert again.json()["content_hash"] == content_hash
    assert hashlib.sha256(answer.content).hexdigest() == await _sha256_in_memory()


async def _sha256_in_memory() -> str:
    from planvault import Actor, Settings, open_planner  # noqa: PLC0415

    async with open_planner(Settings(database_url="memory://")) as planner:
        await planner.inputs.import_files(label="other", directory=sample_directory(), actor=Actor.asserted("aya"))
        archive = await planner.inputs.export_archive("other@1")
        return hashlib.sha256(b"".join([piece async for piece in archive.pieces()])).hexdigest()


@pytest.mark.parametrize(("form", "media_type"), FORMS.items())
async def test_the_tag_spares_what_is_there_already(
    memory_client: httpx.AsyncClient, form: str, media_type: str
) -> None:
    await live(memory_client)
    first = await memory_client.get(EXPORT, params={"format": form})
    assert first.headers["content-type"] == media_type
    again = await memory_client.get(EXPORT, params={"format": form})
    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    for asked in (first.headers["etag"], f'"x", W/{first.headers["etag"]}', "*"):
        spared = await memory_client.get(EXPORT, params={"format": form}, headers={"If-None-Match": asked})
        assert (spared.status_code, spared.content, spared.headers["etag"]) == (304, b"", first.headers["etag"])
    other = await memory_client.get(
        EXPORT, params={"format": form, "include_meta": "true"}, headers={"If-None-Match": first.headers["etag"]}
    )
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("format=csv", 400),
        ("format=xlsx&encoding=cp932", 400),
        ("layout=lossy", 400),
        ("encoding=latin-1", 400),
        ("revision=0", 400),
        ("revision=9", 404),
        ("form=zip", 400),
    ],
)
async def test_what_cannot_be_exported_is_a_problem(memory_client: httpx.AsyncClient, query: str, status: int) -> None:
    await live(memory_client)
    answer = await memory_client.get(f"{EXPORT}?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_an_unknown_label_is_404_and_a_draft_needs_its_number(memory_client: httpx.AsyncClient) -> None:
    await memory_client.post(SETS, data={"label": "weekly"}, files=sample(), headers=AYA)
    assert (await memory_client.get(f"{SETS}/monthly/export")).status_code == 404
    refused = await memory_client.get(EXPORT)
    assert (refused.status_code, refused.json()["code"]) == (409, "input-set-missing")
    assert (await memory_client.get(EXPORT, params={"revision": 1})).status_code == 200


async def test_options_reach_the_files(memory_client: httpx.AsyncClient) -> None:
    await live(memory_client)
    query = {"layout": "legacy", "encoding": "utf-8-sig", "include_meta": "true", "spreadsheet_safe": "true"}
    answer = await memory_client.get(EXPORT, params=query)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.read("inventory.csv").startswith(b"\xef\xbb\xbfloc,item,qty\n")
        assert "input_set_meta.json" in archive.namelist()
