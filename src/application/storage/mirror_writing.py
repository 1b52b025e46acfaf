"""Writing parts of the ledger below the files root, from one state of it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...domain.shared.events import Event
from ...domain.storage.mirror import Touched, not_of_this_ledger
from ...domain.storage.mirror_text import (
    CHECKPOINTS_FILE,
    STORE_FILE,
    content_file,
    current_file,
    label_file,
    sealed_text,
)
from ..unit_of_work import UnitOfWork
from .mirror_files import MirrorFiles
from .mirror_lines import MirrorLines
from .mirror_parts import CONTENTS, content_pieces, label_fields, store_fields, version_fields

_COMMIT = re.compile(rb'\{"commit_seq":(\d{1,18}),')
_ENOUGH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorWriting:
    """Writes parts of a state of the ledger that has the commits up to ``commit_seq``.

    What is named is written before what names it: contents and events first, versions last.
    """

    ledger: UnitOfWork
    files: MirrorFiles
    commit_seq: int

    async def touched(self, touched: Touched, events: Sequence[Event]) -> None:
        """Write what was touched, and append these events, which are in order of position."""
        kept = set(await self.ledger.parts.contents()) if touched.contents else set()
        for content_hash in sorted(touched.contents - kept):
            await self.files.move_to_trash(content_file(content_hash))
        for content_hash in sorted(touched.contents & kept):
            await self._content(content_hash)
        by_stream: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            by_stream[event.stream].append(event)
        lines = MirrorLines(ledger=self.ledger, files=self.files)
        for stream in sorted(by_stream):
            await lines.events(stream, by_stream[stream])
        await lines.checkpoints()
        await self._labels(touched)
        await self._store()
        await self._versions(touched)

    async def anew(self, part: Touched) -> None:
        """Write contents, streams, labels and versions, whatever is there."""
        for content_hash in sorted(part.contents & set(await self.ledger.parts.contents())):
            await self._content(content_hash, anew=True)
        lines = MirrorLines(ledger=self.ledger, files=self.files)
        for stream in sorted(part.streams):
            await lines.anew(stream)
        await self._labels(part)
        await self._versions(part)

    async def rest_anew(self) -> None:
        """Write what belongs to the store as a whole."""
        await self.files.move_to_trash(CHECKPOINTS_FILE)
        await MirrorLines(ledger=self.ledger, files=self.files).checkpoints()
        await self._store(anew=True)

    async def _labels(self, touched: Touched) -> None:
        for key in sorted(touched.labels):
            fields = await label_fields(self.ledger, key)
            await self._named(fields)
            await self._part(label_file(key), fields)

    async def _versions(self, touched: Touched) -> None:
        for key in sorted(touched.versions):
            fields = await version_fields(self.ledger, key)
            if fields is not None:
                await self._named(fields)
                await self._part(current_file(key), fields)

    async def _named(self, fields: Mapping[str, Any]) -> None:
        """Write the input contents that a part names."""
        for row in fields.get("tables", {}).get(CONTENTS, ()):
            await self._content(str(row[1]))

    async def _content(self, content_hash: str, *, anew: bool = False) -> None:
        """Write an input content, unless it is there: it never changes."""
        file = content_file(content_hash)
        if anew or await self.files.start(file, 1) is None:
            await self.files.write(file, content_pieces(self.ledger, content_hash))

    async def _store(self, *, anew: bool = False) -> None:
        """Write what belongs to no single version or label, if it is not what is there."""
        fields = await store_fields(self.ledger)
        there = None if anew else await self.files.read(STORE_FILE)
        match = None if there is None else _COMMIT.match(there)
        if match is None or there != sealed_text({**fields, "commit_seq": int(match[1])}):
            await self._part(STORE_FILE, fields)

    async def _part(self, file: str, fields: Mapping[str, Any]) -> None:
        """Write a part under the commit that it is of; never over one of a later commit.

        Raises:
            ConflictError: what is there is of a later commit.
        """
        match = _COMMIT.match(await self.files.start(file, _ENOUGH) or b"")
        if match is not None and int(match[1]) > self.commit_seq:
            raise not_of_this_ledger(
                self.files.place, f"is ahead of the ledger: {file} is of commit {int(match[1])}, not {self.commit_seq}"
            )
        await self.files.write(file, _whole(sealed_text({**fields, "commit_seq": self.commit_seq})))


async def _whole(text: bytes) -> AsyncGenerator[bytes]:
    yield text
