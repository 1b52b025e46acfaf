"""The contents of revisions in SQL: each kept once, section by section."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing

from sqlalchemy import select

from ...domain.errors import IntegrityError, NotFoundError
from ...domain.inputs.content import InputContent
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

    async def add(self, content: InputContent) -> None:
        """Keep a content; one that is there already is left alone."""
        content_id = secrets.randbits(62)
        inserted = await self._session.insert_new(
            INPUT_CONTENTS,
            {
                "content_id": content_id,
                "content_hash": content.content_hash,
                "row_counts_json": document(content.row_counts),
                "created_at": self._clock.now(),
            },
        )
        if not inserted:
            return
        for name in content.row_counts:
            await self._session.bulk_insert(SECTION_TABLES[name], _batches(content_id, content.rows(name)))

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
        known = _known(section)
        content_id = await self._content_id(content_hash)
        async with aclosing(self._stream(content_id, known)) as stream:
            async for batch in stream:
                yield batch

    async def page(
        self, content_hash: str, section: str, *, after: Sequence[str | int] | None, limit: int
    ) -> list[InputRow]:
        """At most ``limit`` rows of one section after a key, in key order."""
        known = _known(section)
        content_id = await self._content_id(content_hash)
        return [row async for batch in self._stream(content_id, known, after=after, limit=limit) for row in batch]

    async def _content_id(self, content_hash: str) -> int:
        content_id = await self._session.scalar(
            select(INPUT_CONTENTS.c.content_id).where(INPUT_CONTENTS.c.content_hash == content_hash)
        )
        if content_id is None:
            raise NotFoundError("input content", content_hash)
        return int(content_id)

    async def _stream(
        self,
        content_id: int,
        section: Section,
        *,
        after: Sequence[str | int] | None = None,
        limit: int | None = None,
    ) -> AsyncGenerator[list[InputRow]]:
        table = self._session.qualified(SECTION_TABLES[section.name])
        columns = ", ".join(field.name for field in section.fields)
        order = ", ".join(section.key)
        sql = f"SELECT {columns} FROM {table} WHERE content_id = :1 "  # noqa: S608 (names of our own)
        if after is not None:
            places = ", ".join(f":{number}" for number in range(2, len(after) + 2))
            sql += f"AND ({order}) > ({places}) "
        sql += f"ORDER BY {order}" + ("" if limit is None else f" LIMIT {int(limit)}")
        stream = self._session.stream(sql, (content_id, *(after or ())), batch_rows=BATCH_ROWS)
        async with aclosing(stream):
            async for batch in stream:
                yield [section.row_type(*row) for row in batch]


def _known(section: str) -> Section:
    if section not in SECTIONS_BY_NAME:
        raise NotFoundError("section", section, remedy=f"One of: {', '.join(SECTIONS_BY_NAME)}.")
    return SECTIONS_BY_NAME[section]


async def _batches(content_id: int, rows: Sequence[InputRow]) -> AsyncIterator[list[InputRow]]:
    for start in range(0, len(rows), BATCH_ROWS):
        yield [(content_id, *row) for row in rows[start : start + BATCH_ROWS]]
