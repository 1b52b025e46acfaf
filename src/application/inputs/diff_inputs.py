"""Comparing revisions: what changed from one to another."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass

from ...domain.errors import InvalidRequestError
from ...domain.inputs.difference import (
    DifferenceTally,
    InputDifference,
    RowPair,
    SectionDifference,
    SectionTotals,
)
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.revision import InputRevision
from ...domain.inputs.sections import SECTIONS, Section
from ...domain.shared.ids import label_reference
from ..telemetry import Telemetry
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory

DEFAULT_ROWS = 1_000
MOST_ROWS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Two revisions to compare; ``previous`` is null where there was nothing before."""

    current: InputRevision
    previous: InputRevision | None

    @property
    def previous_hash(self) -> str | None:
        """The content hash of the previous one."""
        return None if self.previous is None else self.previous.content_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffInputs:
    """Find what changed between two revisions."""

    unit_of_work: UnitOfWorkFactory
    telemetry: Telemetry

    async def __call__(self, current: str, previous: str | None = None, *, rows: int = DEFAULT_ROWS) -> InputDifference:
        """What changed; at most ``rows`` are listed per section as added, as removed and as changed.

        A reference is ``LABEL@N``, or ``LABEL`` for what is live, and for the candidate where nothing is.  Without
        ``previous`` a revision that was ever live is compared with the one it replaced, any other with what is live.

        Raises:
            NotFoundError: no such label or revision.
            InvalidRequestError: a reference is malformed, or ``rows`` lies outside 0 to 10 000.
        """
        check_rows(rows)
        async with self.unit_of_work(read_only=True) as uow:
            compared = await resolved_revisions(uow, current, previous)
            return await self._between(uow, compared, rows)

    async def resolved(self, current: str, previous: str | None) -> Compared:
        """The revisions that two references mean.

        Raises:
            NotFoundError: no such label or revision.
        """
        async with self.unit_of_work(read_only=True) as uow:
            return await resolved_revisions(uow, current, previous)

    async def between(self, compared: Compared, *, rows: int) -> InputDifference:
        """What changed between two revisions that were resolved before."""
        async with self.unit_of_work(read_only=True) as uow:
            return await self._between(uow, compared, rows)

    async def pairs(
        self, current: str, previous: str | None = None, *, rows: int | None = None
    ) -> AsyncGenerator[tuple[Section, Sequence[RowPair]]]:
        """Every row that changed, in batches of one section each; memory stays flat however many there are.

        With ``rows``, at most so many per section as added, as removed and as changed.

        Raises:
            NotFoundError: no such label or revision.
            InvalidRequestError: a reference is malformed, or ``rows`` is out of range.
        """
        if rows is not None:
            check_rows(rows)
        async with self.unit_of_work(read_only=True) as uow:
            compared = await resolved_revisions(uow, current, previous)
            with self._counted():
                for section in SECTIONS:
                    seen = [0, 0, 0]
                    async with aclosing(differing_rows(uow, compared, section)) as batches:
                        async for batch in batches:
                            yield section, batch if rows is None else list(_first(batch, seen, rows))

    async def _between(self, uow: UnitOfWork, compared: Compared, rows: int) -> InputDifference:
        with self._counted():
            sections = await section_differences(uow, compared, rows=rows)
        return InputDifference(current=compared.current, previous=compared.previous, sections=sections)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Tell how a computation ended; one that was broken off did neither succeed nor fail."""
        try:
            yield
        except Exception:
            self.telemetry.difference_computed(succeeded=False)
            raise
        self.telemetry.difference_computed(succeeded=True)


def check_rows(rows: int) -> int:
    """The number of rows to list per section and kind.

    Raises:
        InvalidRequestError: it is negative, or more than 10 000.
    """
    if not 0 <= rows <= MOST_ROWS:
        raise InvalidRequestError(
            f"The limit {rows} is out of range.", remedy=f"List 0 to {MOST_ROWS} rows per section; CSV has them all."
        )
    return rows


async def section_differences(uow: UnitOfWork, compared: Compared, *, rows: int) -> tuple[SectionDifference, ...]:
    """What changed in every section; at most ``rows`` are listed as added, as removed and as changed."""
    now = await uow.contents.totals(compared.current.content_hash)
    if compared.previous is None:
        before = {section.name: SectionTotals(total=None if section.measure is None else 0.0) for section in SECTIONS}
    elif compared.previous_hash == compared.current.content_hash:
        before = dict(now)
    else:
        before = dict(await uow.contents.totals(compared.previous.content_hash))
    found = []
    for section in SECTIONS:
        tally = DifferenceTally(section, rows=rows)
        async with aclosing(differing_rows(uow, compared, section)) as batches:
            async for batch in batches:
                tally.take(batch)
        found.append(tally.close(now[section.name], before[section.name]))
    return tuple(found)


async def differing_rows(uow: UnitOfWork, compared: Compared, section: Section) -> AsyncGenerator[list[RowPair]]:
    """The rows of one section that differ, in batches: added and changed ones in key order, then removed ones."""
    if compared.previous_hash == compared.current.content_hash:
        return
    batches = uow.contents.differences(compared.current.content_hash, compared.previous_hash, section.name)
    async with aclosing(batches):
        async for batch in batches:
            yield batch


def _first(batch: Iterable[RowPair], seen: list[int], rows: int) -> Iterator[RowPair]:
    for pair in batch:
        kind = 0 if pair.previous is None else 1 if pair.current is None else 2
        seen[kind] += 1
        if seen[kind] <= rows:
            yield pair


async def resolved_revisions(uow: UnitOfWork, current: str, previous: str | None) -> Compared:
    """The revisions that two references mean, in this unit of work.

    Raises:
        NotFoundError: no such label or revision.
    """
    input_set, number = await _named(uow, current)
    if previous is None:
        before = input_set.compared_with(number)
        known = None if before is None else input_set.revision(before)
    else:
        other, at = await _named(uow, previous)
        known = other.revision(at)
    return Compared(current=input_set.revision(number), previous=known)


async def _named(uow: UnitOfWork, reference: str) -> tuple[InputSet, int]:
    """The set that a reference names, and the number it means: what is live, or the candidate where nothing is."""
    wanted, number = label_reference(reference)
    input_set = await uow.input_sets.get(wanted)
    if number is None:
        number = input_set.live if input_set.live is not None else input_set.candidate
    if number is None:
        raise InvalidRequestError(
            f"{input_set.label} has neither a live revision nor a candidate.",
            remedy=f"Name a revision: {input_set.label}@NUMBER (planvault inputs show {input_set.label}).",
        )
    return input_set, number
