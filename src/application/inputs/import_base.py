"""The revision that an import is merged into, or that somebody saw before it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from ...domain.errors import IntegrityError, StaleVersionError
from ...domain.inputs.content import ContentHasher
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.revision import InputRevision
from ...domain.inputs.sections import SECTIONS
from ...domain.shared.ids import Label
from ..exchange import InputReading
from ..threads import in_thread
from ..unit_of_work import UnitOfWork
from .import_options import ImportOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportBase:
    """What stood under a label when an import began: its candidate, else what was live; none where nothing was."""

    label: Label
    generation: int | None = None
    revision: InputRevision | None = None

    @classmethod
    def of(cls, label: Label, known: InputSet | None) -> ImportBase:
        """The base that an input set offers."""
        if known is None or known.current is None:
            return cls(label=label)
        return cls(label=label, generation=known.generation, revision=known.revision(known.current))

    @property
    def number(self) -> int | None:
        """The revision's number."""
        return None if self.revision is None else self.revision.number

    def check_named(self, options: ImportOptions) -> None:
        """Let it pass when it is the revision that the caller saw.

        Raises:
            StaleVersionError: it is another, or there is none.
        """
        if options.base_revision not in {None, self.number}:
            raise StaleVersionError("input set", self.label)

    def check_unmoved(self, earlier: ImportBase, options: ImportOptions) -> None:
        """Let a merge pass when this is still the content that it was made with.

        Raises:
            StaleVersionError: another revision came meanwhile; nothing was stored.
        """
        self.check_named(options)
        if options.merges and self._identity != earlier._identity:
            raise StaleVersionError("input set", self.label)

    @property
    def _identity(self) -> tuple[object, ...]:
        revision = self.revision
        return (self.generation, self.number, None if revision is None else revision.content_hash)

    async def pour(self, uow: UnitOfWork, reading: InputReading) -> None:
        """Let the rows of the base stream into a reading; doing it twice comes to the same.

        Raises:
            IntegrityError: what is stored no longer has its hash.
        """
        if self.revision is None:
            return
        hasher = ContentHasher(self.revision.row_counts)
        for section in SECTIONS:
            hasher.begin(section)
            if section.name in self.revision.row_counts:
                async for rows in uow.contents.rows(self.revision.content_hash, section.name):
                    hasher.take(rows)
                    keep = partial(reading.keep, section.name, rows, base=self.revision.reference)
                    await in_thread(keep)
        if hasher.hexdigest() != self.revision.content_hash:
            raise IntegrityError(
                f"The stored inputs {self.revision.reference} no longer have their content hash: they were altered.",
                remedy="Restore the database from a backup.",
            )
