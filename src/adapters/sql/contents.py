"""The contents of revisions in SQL: each kept once, section by section."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import aclosing

from sqlalchemy import select

from ...domain.errors import IntegrityError, NotFoundError
from ...domain.inputs.content import InputContent, StreamedContent
from ...domain.inputs.ports import InputContentRepository
from ...domain.inputs.sections import SECTIONS, SECTIONS_BY_NAME, InputRow, Section
from ...domain.shared.canonical import document
from ...domain.shared.clock import Clock
from .session import SqlSession
from .tables import INPUT_CONTENTS, SECTION_TABLES

BATCH_ROWS = 5_000


class SqlInputContentRepository(InputContentRepository):
    """The contents of a database."""

    def __init__(self, session: SqlSession, clock: Clock) -> None:
        """Work in this transaction."""
        self._session = session
        self._clock = clock

    async def add(self, content: StreamedContent) -> None:
        """Keep a content; one that is there already is left alone."""
        content_id = secrets.randbits(62)
        inserted = await self._session.insert_new(
            INPUT_CONTENTS,
            {
                "content_id": content_id,
                "content_hash": content.content_hash,
                "row_counts_json": document(dict(content.row_counts)),
                "created_at": self._clock.now(),
            },
        )
        if not inserted:
            return
        for name in content.row_counts:
            await self._session.bulk_insert(SECTION_TABLES[name], _batches(content_id, content.batches(name)))

    async def get(self, content_hash: str) -> InputContent:
        """The whole content of that hash, checked against it."""
        content_id = await self._content_id(content_hash)
        sections: dict[str, list[InputRow]] = {}
        for section in SECTIONS:
            rows = [row async for batch in self._stream(content_id, section) for row in batch]
            if rows:
                sections[section.name] = rows
        content = InputContent.of(sections)
        if content.content_hash != content_hash:
            raise IntegrityError(
                f"The stored inputs {content_hash[:12]}… hash to {content.content_hash[:12]}…: they were altered.",
                remedy="Restore the database from a backup.",
            )
        return content

    async def rows(self, content_hash: str, section: str) -> AsyncGenerator[list[InputRow]]:
        """The rows of one section in key order, in batches."""
        if section not in SECTIONS_BY_NAME:
            raise NotFoundError("section", section, remedy=f"One of: {', '.join(SECTIONS_BY_NAME)}.")
        content_id = await self._content_id(content_hash)
        async with aclosing(self._stream(content_id, SECTIONS_BY_NAME[section])) as stream:
            async for batch in stream:
                yield batch

    async def _content_id(self, content_hash: str) -> int:
        content_id = await self._session.scalar(
            select(INPUT_CONTENTS.c.content_id).where(INPUT_CONTENTS.c.content_hash == content_hash)
        )
        if content_id is None:
            raise NotFoundError("input content", content_hash)
        return int(content_id)

    async def _stream(self, content_id: int, section: Section) -> AsyncGenerator[list[InputRow]]:
        table = self._session.qualified(SECTION_TABLES[section.name])
        columns = ", ".join(field.name for field in section.fields)
        order = ", ".join(section.key)
        sql = f"SELECT {columns} FROM {table} WHERE content_id = :1 ORDER BY {order}"  # noqa: S608 (names of our own)
        async with aclosing(self._session.stream(sql, (content_id,), batch_rows=BATCH_ROWS)) as stream:
            async for batch in stream:
                yield [section.row_type(*row) for row in batch]


async def _batches(content_id: int, batches: Iterable[Sequence[InputRow]]) -> AsyncIterator[list[InputRow]]:
    for rows in batches:
        yield [(content_id, *row) for row in rows]
