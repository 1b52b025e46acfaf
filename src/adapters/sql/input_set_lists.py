"""Lists of input sets in SQL, and the revisions of many of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, and_, case, func, select, tuple_

from ...domain.inputs.approval import Approval
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.label_pattern import ANY, ONE, LabelPattern
from ...domain.inputs.ports import InputSetFilter, InputSetSummary
from ...domain.inputs.revision import InputRevision, RevisionStatus
from ...domain.shared.ids import Label
from ...domain.shared.paging import Page, page_of, parse_cursor
from .input_set_rows import to_approval, to_input_set, to_revision, to_summary
from .session import SqlSession
from .tables import APPROVALS, INPUT_REVISIONS, INPUT_SETS

_CHUNK = 200
_ESCAPE = "!"
_LEGACY_STATUS = case((INPUT_SETS.c.archived == 1, "archived"), (INPUT_SETS.c.live.is_(None), "draft"), else_="ready")
_LIVE, _CANDIDATE = INPUT_REVISIONS.alias("live"), INPUT_REVISIONS.alias("candidate")


async def page_of_sets(
    session: SqlSession, wanted: InputSetFilter, *, limit: int, cursor: str | None
) -> Page[InputSetSummary]:
    """Input sets in order of label."""
    said = parse_cursor(cursor, "input-sets", str)
    after = None if said is None else str(said[0])
    if wanted.awaiting is None:
        rows = await session.rows(_after(_listed(wanted), after).limit(limit + 1))
    else:
        rows = await _awaiting(session, wanted, after=after, limit=limit + 1)
    key = (rows[limit - 1].label_key,) if len(rows) > limit else None
    return page_of([to_summary(row) for row in rows], limit, name="input-sets", key=key)


async def newest_sets(session: SqlSession, wanted: InputSetFilter, *, limit: int) -> list[InputSet]:
    """At most so many input sets with their revisions, last changed first, then in order of label."""
    statement = _listed(wanted).order_by(INPUT_SETS.c.updated_at.desc(), INPUT_SETS.c.label_key)
    if wanted.awaiting is None:
        rows = await session.rows(statement.limit(limit))
        return await _with_revisions(session, rows)
    known = await _with_revisions(session, await session.rows(statement))
    return [input_set for input_set in known if input_set.awaits(wanted.awaiting, wanted.policy)][:limit]


async def revisions_of(session: SqlSession, row: Row[Any]) -> tuple[InputRevision, ...]:
    """The revisions of the set in that row, in order of number."""
    (input_set,) = await _with_revisions(session, [row])
    return input_set.revisions


async def _awaiting(
    session: SqlSession, wanted: InputSetFilter, *, after: str | None, limit: int
) -> Sequence[Row[Any]]:
    """Rows whose candidate waits for somebody; the domain says which, so sets are read with their revisions."""
    found: list[Row[Any]] = []
    while len(found) < limit:
        rows = await session.rows(_after(_listed(wanted), after).limit(_CHUNK))
        sets = await _with_revisions(session, rows)
        found += [
            row
            for row, known in zip(rows, sets, strict=True)
            if wanted.awaiting is not None and known.awaits(wanted.awaiting, wanted.policy)
        ]
        if len(rows) < _CHUNK:
            break
        after = rows[-1].label_key
    return found[:limit]


async def _with_revisions(session: SqlSession, rows: Sequence[Row[Any]]) -> list[InputSet]:
    """The sets of these rows: one query for all revisions, one for all approvals."""
    lives = [(row.label_key, row.generation) for row in rows]
    approvals: dict[tuple[str, int, int], list[Approval]] = {}
    for start in range(0, len(lives), _CHUNK):
        for row in await session.rows(_children(APPROVALS, lives[start : start + _CHUNK], "number", "sequence")):
            approvals.setdefault((row.label_key, row.generation, row.number), []).append(to_approval(row))
    labels = {row.label_key: Label(row.label) for row in rows}
    revisions: dict[str, list[InputRevision]] = {}
    for start in range(0, len(lives), _CHUNK):
        for row in await session.rows(_children(INPUT_REVISIONS, lives[start : start + _CHUNK], "number")):
            yes = tuple(approvals.get((row.label_key, row.generation, row.number), ()))
            revisions.setdefault(row.label_key, []).append(to_revision(row, labels[row.label_key], yes))
    return [to_input_set(row, tuple(revisions.get(row.label_key, ()))) for row in rows]


def _children(table: Any, lives: Sequence[tuple[str, int]], *order: str) -> Select[Any]:
    return (
        select(table)
        .where(tuple_(table.c.label_key, table.c.generation).in_(lives))
        .order_by(table.c.label_key, *(table.c[name] for name in order))
    )


def _listed(wanted: InputSetFilter) -> Select[Any]:
    statement = (
        select(
            INPUT_SETS,
            _LEGACY_STATUS.label("status"),
            _LIVE.c.content_hash.label("live_content_hash"),
            _CANDIDATE.c.status.label("candidate_status"),
        )
        .outerjoin(_LIVE, _is_revision(_LIVE, INPUT_SETS.c.live))
        .outerjoin(_CANDIDATE, _is_revision(_CANDIDATE, INPUT_SETS.c.candidate))
    )
    if wanted.status is not None:
        statement = statement.where(_LEGACY_STATUS == wanted.status)  # noqa: SIM300 (the column decides what == means)
    if wanted.config_version_id is not None:
        statement = statement.where(INPUT_SETS.c.config_version_id == wanted.config_version_id)
    if wanted.label is not None:
        statement = statement.where(INPUT_SETS.c.label_key.like(_like(wanted.label), escape=_ESCAPE))
    if wanted.awaiting is not None:
        statement = statement.where(_CANDIDATE.c.status == str(RevisionStatus.SUBMITTED))
    return statement


def _after(statement: Select[Any], label_key: str | None) -> Select[Any]:
    ordered = statement.order_by(INPUT_SETS.c.label_key)
    return ordered if label_key is None else ordered.where(INPUT_SETS.c.label_key > label_key)


def _like(pattern: LabelPattern) -> str:
    wildcards = {ANY: "%", ONE: "_"}
    literal = {special: _ESCAPE + special for special in ("%", "_", _ESCAPE)}
    return "".join((wildcards | literal).get(char, char) for char in pattern.key)


def _is_revision(revision: Any, number: Any) -> Any:
    return and_(
        revision.c.label_key == INPUT_SETS.c.label_key,
        revision.c.generation == INPUT_SETS.c.generation,
        revision.c.number == func.coalesce(number, 0),
    )
