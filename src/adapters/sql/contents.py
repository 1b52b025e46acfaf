"""The contents of revisions in SQL: each kept once, section by section."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import aclosing

from sqlalchemy import delete, exists, select

from ...domain.errors import IntegrityError, NotFoundError
from ...domain.inputs.content import InputContent, StreamedContent
from ...domain.inputs.difference import RowPair, SectionTotals
from ...domain.inputs.ports import InputContentRepository
from ...domain.inputs.sections import SECTIONS, SECTIONS_BY_NAME, InputRow, Section
from ...domain.shared.canonical import document
from ...domain.shared.clock import Clock
from .content_differences import NO_CONTENT, pair_of, pairs_sql, totals_sql
from .session import SqlSession
from .tables import INPUT_CONTENTS, INPUT_REVISIONS, PLAN_VERSIONS, SECTION_TABLES

BATCH_ROWS = 5_000


class SqlInputContentRepository(InputContentRepository):
    """The contents of a database."""

    def __init__(self, session: SqlSession, clock: Clock) -> None:
        """Work in this transaction."""
        self._session = session
        self._clock = clock

    async def add(self, content: StreamedContent) -> None:
        """Keep a content; one that is there already is left alone."""
        self._session.touched.contents.add(content.content_hash)
        await self._session.lock(_name(content.content_hash))  # whoever discards it now is waited for
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
        known = _section(section)
        content_id = await self._content_id(content_hash)
        async with aclosing(self._stream(content_id, known)) as stream:
            async for batch in stream:
                yield batch

    async def discard(self, content_hashes: Iterable[str]) -> list[str]:
        """Remove those of these contents that no revision and no plan uses; their hashes, in order."""
        wanted = sorted(set(content_hashes))
        self._session.touched.contents.update(wanted)
        for content_hash in wanted:  # in order, so that two who discard never wait for each other
            await self._session.lock(_name(content_hash))
        known = INPUT_CONTENTS.c.content_hash
        unused = [
            row.content_hash
            for row in await self._session.rows(
                select(known)
                .where(
                    known.in_(wanted),
                    ~exists().where(INPUT_REVISIONS.c.content_hash == known),
                    ~exists().where(PLAN_VERSIONS.c.input_content_hash == known),
                )
                .order_by(known)
            )
        ]
        await self._session.execute(delete(INPUT_CONTENTS).where(known.in_(unused)))
        return unused

    async def differences(
        self, current_hash: str, previous_hash: str | None, section: str
    ) -> AsyncGenerator[list[RowPair]]:
        """The rows of one section in which two contents differ, found in the database, in batches."""
        known = _section(section)
        current = await self._content_id(current_hash)
        previous = NO_CONTENT if previous_hash is None else await self._content_id(previous_hash)
        table = self._session.qualified(SECTION_TABLES[section])
        one = pair_of(known)
        for sql in pairs_sql(known, table):
            async with aclosing(self._session.stream(sql, (current, previous), batch_rows=BATCH_ROWS)) as stream:
                async for batch in stream:
                    yield [one(row) for row in batch]

    async def totals(self, content_hash: str) -> Mapping[str, SectionTotals]:
        """What every section comes to, added up in the database."""
        content_id = await self._content_id(content_hash)
        tables = {name: self._session.qualified(table) for name, table in SECTION_TABLES.items()}
        totals: dict[str, SectionTotals] = {}
        async with aclosing(self._session.stream(totals_sql(tables), (content_id,), batch_rows=len(tables))) as stream:
            async for batch in stream:
                for position, row_count, total in batch:
                    section = SECTIONS[position]
                    added = None if section.measure is None else float(total or 0.0)
                    totals[section.name] = SectionTotals(row_count=row_count, total=added)
        return totals

    async def page(
        self, content_hash: str, section: str, *, after: Sequence[str | int] | None, limit: int
    ) -> list[InputRow]:
        """At most ``limit`` rows of one section after a key, in key order."""
        known = _section(section)
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


def _name(content_hash: str) -> str:
    return f"input_content/{content_hash}"


def _section(name: str) -> Section:
    if name not in SECTIONS_BY_NAME:
        raise NotFoundError("section", name, remedy=f"One of: {', '.join(SECTIONS_BY_NAME)}.")
    return SECTIONS_BY_NAME[name]


async def _batches(content_id: int, batches: Iterable[Sequence[InputRow]]) -> AsyncIterator[list[InputRow]]:
    for rows in batches:
        yield [(content_id, *row) for row in rows]
