"""Lists of plan versions in SQL: filters, orders, and the people of each version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, select

from ...domain.plans.approval import PlanApproval
from ...domain.plans.ports import PlanFilter, PlanOrder
from ...domain.plans.version import PlanStatus, PlanVersion
from ...domain.shared.ids import folded
from ...domain.shared.paging import Page, page_of
from .keyset import rows_in_order
from .plan_rows import to_approval, to_version
from .session import SqlSession
from .tables import PLAN_APPROVALS, PLAN_EDITORS, PLAN_VERSIONS

_COLUMNS = PLAN_VERSIONS.c
_BY: Mapping[PlanOrder, tuple[ColumnElement[Any], ...]] = {
    PlanOrder.CREATED_DESC: (_COLUMNS.created_at, _COLUMNS.version_id),
    PlanOrder.CREATED_ASC: (_COLUMNS.created_at, _COLUMNS.version_id),
    PlanOrder.VERSION_DESC: (_COLUMNS.version_id,),
    PlanOrder.VERSION_ASC: (_COLUMNS.version_id,),
    PlanOrder.STATUS: (_COLUMNS.status, _COLUMNS.version_id),
}


async def page_of_versions(
    session: SqlSession, wanted: PlanFilter, *, limit: int, cursor: str | None
) -> Page[PlanVersion]:
    """A page of the versions that are wanted, in the order that is."""
    name = wanted.order.list_name
    rows, key = await rows_in_order(
        session,
        _those(wanted),
        by=_BY[wanted.order],
        falls=wanted.order.falls,
        name=name,
        limit=limit,
        cursor=cursor,
    )
    return page_of(await with_people(session, rows), limit, name=name, key=key)


async def with_people(session: SqlSession, rows: Sequence[Row[Any]]) -> list[PlanVersion]:
    """The versions of some rows, each with its editors and approvals."""
    ids = [row.version_id for row in rows]
    editors: dict[str, list[str]] = {}
    approvals: dict[str, list[PlanApproval]] = {}
    if ids:
        edited = select(PLAN_EDITORS).where(PLAN_EDITORS.c.version_id.in_(ids))
        for row in await session.rows(edited.order_by(PLAN_EDITORS.c.version_id, PLAN_EDITORS.c.sequence)):
            editors.setdefault(row.version_id, []).append(row.editor)
        approved = select(PLAN_APPROVALS).where(PLAN_APPROVALS.c.version_id.in_(ids))
        for row in await session.rows(approved.order_by(PLAN_APPROVALS.c.version_id, PLAN_APPROVALS.c.sequence)):
            approvals.setdefault(row.version_id, []).append(to_approval(row))
    return [
        to_version(row, tuple(editors.get(row.version_id, ())), tuple(approvals.get(row.version_id, ())))
        for row in rows
    ]


def _those(wanted: PlanFilter) -> Select[Any]:
    equal: Mapping[ColumnElement[Any], object | None] = {
        _COLUMNS.status: None if wanted.status is None else str(wanted.status),
        _COLUMNS.stage: None if wanted.stage is None else str(wanted.stage),
        _COLUMNS.input_set_label: wanted.input_label,
        _COLUMNS.input_set_revision: wanted.input_revision,
        _COLUMNS.input_content_hash: wanted.input_content_hash,
        _COLUMNS.config_version_id: wanted.config_version_id,
        _COLUMNS.trial: None if wanted.trial is None else int(wanted.trial),
    }
    statement = select(PLAN_VERSIONS)
    for column, value in equal.items():
        if value is not None:
            statement = statement.where(column == value)
    if wanted.created_from is not None:
        statement = statement.where(_COLUMNS.created_at >= wanted.created_from)
    if wanted.created_before is not None:
        statement = statement.where(_COLUMNS.created_at < wanted.created_before)
    return statement if wanted.awaiting is None else _awaiting(statement, wanted)


def _awaiting(statement: Select[Any], wanted: PlanFilter) -> Select[Any]:
    key = folded(wanted.awaiting or "")
    statement = statement.where(
        _COLUMNS.status == str(PlanStatus.SUBMITTED),
        ~exists().where(PLAN_APPROVALS.c.version_id == _COLUMNS.version_id, PLAN_APPROVALS.c.actor_key == key),
    )
    if wanted.policy.allow_self_approval:
        return statement
    return statement.where(
        _COLUMNS.created_by_key != key,
        ~exists().where(PLAN_EDITORS.c.version_id == _COLUMNS.version_id, PLAN_EDITORS.c.editor_key == key),
    )
