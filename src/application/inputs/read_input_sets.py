"""Looking at input sets."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from ...domain.access.policy import ApprovalPolicy
from ...domain.errors import InvalidRequestError, NotFoundError
from ...domain.inputs.content import InputContent
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.ports import InputSetFilter, InputSetSummary
from ...domain.inputs.sections import SECTIONS_BY_NAME, InputRow
from ...domain.shared.ids import label, label_reference
from ...domain.shared.paging import Page, check_limit, page_of, parse_cursor
from ..unit_of_work import UnitOfWorkFactory

MOST_ROWS = 10_000
_HIGHEST = 2**31 - 1  # of a key that is a number, in every store


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadInputSets:
    """Look at input sets, their revisions and rows."""

    unit_of_work: UnitOfWorkFactory
    policy: ApprovalPolicy

    async def list(self, wanted: InputSetFilter, *, limit: int, cursor: str | None) -> Page[InputSetSummary]:
        """Input sets in order of label; whom they wait for is asked under the policy in force.

        Raises:
            InvalidRequestError: limit or cursor are wrong.
        """
        async with self.unit_of_work(read_only=True) as uow:
            asked = replace(wanted, policy=self.policy)
            return await uow.input_sets.list(asked, limit=check_limit(limit), cursor=cursor)

    async def get(self, wanted: str) -> InputSet:
        """The set of that label with all its revisions.

        Raises:
            NotFoundError: there is none.
        """
        async with self.unit_of_work(read_only=True) as uow:
            return await uow.input_sets.get(label(wanted))

    async def content(self, reference: str) -> InputContent:
        """The exact content of ``LABEL@N``, or of what is live under ``LABEL``.

        Raises:
            NotFoundError: no such label or revision.
            InputSetMissingError: nothing is live.
            IntegrityError: what is stored is no longer what was hashed.
        """
        wanted, number = label_reference(reference)
        async with self.unit_of_work(read_only=True) as uow:
            input_set = await uow.input_sets.get(wanted)
            revision = input_set.live_revision if number is None else input_set.revision(number)
            return await uow.contents.get(revision.content_hash)

    async def page(self, reference: str, section: str, *, limit: int, cursor: str | None) -> Page[InputRow]:
        """Some rows of one section of ``LABEL@N``, or of what is live under ``LABEL``, in key order.

        Raises:
            NotFoundError: no such label, revision or section.
            InvalidRequestError: limit or cursor are wrong.
        """
        check_limit(limit, maximum=MOST_ROWS)
        wanted, number = label_reference(reference)
        known = SECTIONS_BY_NAME.get(section)
        if known is None:
            raise NotFoundError("section", repr(section[:80]), remedy=f"There are {', '.join(SECTIONS_BY_NAME)}.")
        name = f"inputs/{section}"
        after = parse_cursor(cursor, name, *known.key_kinds())
        if any(isinstance(part, int) and abs(part) > _HIGHEST for part in after or ()):
            raise InvalidRequestError("The cursor is not one that this list gave out.")
        async with self.unit_of_work(read_only=True) as uow:
            input_set = await uow.input_sets.get(wanted)
            revision = input_set.live_revision if number is None else input_set.revision(number)
            rows = await uow.contents.page(revision.content_hash, section, after=after, limit=limit + 1)
        key = known.key_of()(rows[limit - 1]) if len(rows) > limit else None
        return page_of(rows, limit, name=name, key=key)

    async def rows(self, reference: str, section: str) -> AsyncGenerator[Sequence[InputRow]]:
        """The rows of one section of ``LABEL@N``, in key order, in batches.

        Raises:
            NotFoundError: no such label or revision.
        """
        wanted, number = label_reference(reference)
        async with self.unit_of_work(read_only=True) as uow:
            input_set = await uow.input_sets.get(wanted)
            revision = input_set.live_revision if number is None else input_set.revision(number)
            async with aclosing(uow.contents.rows(revision.content_hash, section)) as batches:
                async for batch in batches:
                    yield batch
