"""Writes the pack that remains of a cutover: a page to read, the files that prove it, and how to check them."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from typing import Any

from ...application.exchange import EvidenceWriter, OutgoingFile, PackedInputs
from .evidence_page import chain
from .html_parts import code, judged, page, table, text
from .temporary_files import written_to_temporary
from .zip_writer import write_zip

SUMS_FILE = "SHA256SUMS"
Fields = Mapping[str, Any]
_HOW = """How to check this pack, without access to the store that it came from.

1. That no file was changed since it was packed:

     sha256sum -c SHA256SUMS

2. That the events follow from one another (events.jsonl, checkpoints.jsonl, heads.json); they are those of the stream
   storage, the positions between them belong to others.  With a checkpoint that was kept elsewhere, add --expect-head:

     planvault audit verify --file storage_evidence.zip

3. That a switch was made for what was measured: each event of the action mode carries, under evidence, the gates with
   what was measured and needed, where the ledger stood before (position, checkpoint, head), and a SHA-256 over what was
   compared.  The checkpoint that follows covers the event.

4. That plans are still those that were compared: versions.jsonl has the payload digest of every version and of its
   folder.  In the store, planvault storage verify --full reads every row of both sides.

What was typed: planvault storage cutover --to MODE --primary SIDE --comment TEXT, with the mode, side and comment of
each event; --without VERSION for each of its versions under evidence.
"""


class ZipStorageEvidenceWriter(EvidenceWriter):
    """Writes packs as zips that are the same byte by byte for the same store."""

    async def packed(self, summary: Mapping[str, Any], files: Sequence[OutgoingFile]) -> PackedInputs:
        """One zip: the page first, then the summary, how to check it, the files, and the hashes of all of them."""
        first = [
            _text("evidence.html", _page(summary)),
            _text("evidence.json", json.dumps(summary, ensure_ascii=False, indent=2) + "\n"),
            _text("verify.txt", _HOW),
        ]
        return await written_to_temporary(lambda sink: write_zip([*first, *files], sink, sums=SUMS_FILE))


def _page(summary: Fields) -> str:
    body = "".join(
        [
            _standing(summary["status"]),
            *_switches(summary["switches"]),
            chain(summary["verification"], summary["heads"]),
            _how(),
        ]
    )
    return page("Evidence of where payloads lie", body)


def _standing(status: Fields) -> str:
    found = status["verification"]
    verified = (
        "never"
        if found is None
        else f"{text(found['at'])}: {found['versions']} versions, "
        + judged(f"{found['findings']} findings", good=found["findings"] == 0)
    )
    rows = [
        ("Mode", text(status["mode"])),
        ("Read from", text(status["primary"])),
        ("Since", text(status["since"])),
        ("Store", code(status["store_id"])),
        ("Filed", text(status["filed"])),
        ("Not filed", text(", ".join(status["unfiled"]))),
        ("Verified in full", verified),
    ]
    return "<h2>How the store stands</h2>" + table(None, rows)


def _switches(switches: Sequence[Fields]) -> Iterator[str]:
    yield "<h2>How it came there</h2>"
    if not switches:
        yield "<p>It was never switched.</p>"
    for event in switches:
        told = event["details"]
        sides = (told.get("primary_before", "db"), told.get("primary", "db"))
        before, after = (
            f"{mode}, primary {side}" if mode == "both" else mode
            for mode, side in zip((told["before"], told["after"]), sides, strict=True)
        )
        yield f"<h3>{text(f'{before} → {after}')}</h3>"
        yield table(None, list(_switch(event, told)))
        gates = told.get("evidence", {}).get("gates", [])
        if gates:
            yield table(("Gate", "", "Measured", "Needed"), [_gate(gate) for gate in gates])


def _switch(event: Fields, told: Fields) -> Iterator[tuple[str, str]]:
    yield "When", text(event["recorded_at"])
    yield "By", f"{text(event['actor'])} ({text(event['verification'])})"
    yield "Comment", text(event["comment"])
    yield "Event", f"{event['sequence']}, {code(event['hash'])}"
    evidence = told.get("evidence", {})
    if evidence.get("checkpoint"):
        number, hashed = evidence["checkpoint"]
        yield "Checkpoint before", f"{number}, {code(hashed)}"
    for name, what in (("sides", "Both sides"), ("tables", "The tables"), ("folders", "The folders")):
        if name in evidence:
            yield what, f"{evidence[name]['versions']} versions, {code(evidence[name]['sha256'])}"
    if evidence.get("backup"):
        yield "Backup", f"of position {evidence['backup']['position']}, {code(evidence['backup']['sha256'])}"
    if told.get("stale"):
        yield "Out of date then", text(", ".join(told["stale"]))
    if evidence.get("without"):
        yield "Gone on without", text(", ".join(evidence["without"]))


def _gate(gate: Fields) -> tuple[str, str, str, str]:
    stands = judged("open" if gate["open"] else "closed", good=gate["open"])
    return text(gate["gate"]), stands, text(gate["measured"]), text(gate["needed"])


def _how() -> str:
    return "<h2>How to check this</h2><p>verify.txt says how; nothing of it needs the store.</p>"


def _text(name: str, words: str) -> OutgoingFile:
    async def pieces() -> AsyncGenerator[bytes, None]:
        yield words.encode()

    return OutgoingFile(name=name, row_count=0, pieces=pieces)
