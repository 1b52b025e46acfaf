"""Writes the pack of an auditor: a page to read, the files that prove it, and how to check them."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any

from ...application.exchange import EvidenceWriter, OutgoingFile, PackedInputs
from .evidence_page import evidence_page
from .temporary_files import written_to_temporary
from .zip_writer import write_zip

SUMS_FILE = "SHA256SUMS"
_HOW = """How to check this pack, without access to the store that it came from.

1. That no file was changed since it was packed:

     sha256sum -c SHA256SUMS

2. That the events follow from one another (events.jsonl, checkpoints.jsonl, heads.json):

     planvault audit verify --file {name}

   They are those of one label; the positions between them belong to others.  With a head or a checkpoint that was
   kept elsewhere, add --expect-head.

3. That the inputs are those that were approved: unpack the zip, import the directory inputs anywhere, and compare the
   content hash with the one in summary.json.

     planvault --database scratch.db inputs import -i inputs --label checked --actor auditor --json

4. That the approvals are about exactly this content: the signature of each in approvals.json is SHA-256 over label,
   config version, revision, content hash, policy and the name of the approver (docs/reference/digests.md, Approval).
   signature_holds says what planvault found when it packed.
"""


class ZipEvidenceWriter(EvidenceWriter):
    """Writes packs as zips that are the same byte by byte for the same ledger."""

    async def packed(self, summary: Mapping[str, Any], files: Sequence[OutgoingFile]) -> PackedInputs:
        """One zip: the page first, then the summary, how to check it, the files, and the hashes of all of them."""
        first = [
            _text("summary.html", evidence_page(summary)),
            _text("summary.json", json.dumps(summary, ensure_ascii=False, indent=2) + "\n"),
            _text("verify.txt", _HOW.format(name=f"audit_pack_{summary['label']}.zip")),
        ]
        return await written_to_temporary(lambda sink: write_zip([*first, *files], sink, sums=SUMS_FILE))


def _text(name: str, text: str) -> OutgoingFile:
    return OutgoingFile(name=name, row_count=0, pieces=_once(text))


def _once(text: str) -> Callable[[], AsyncGenerator[bytes, None]]:
    async def pieces() -> AsyncGenerator[bytes, None]:
        yield text.encode()

    return pieces
