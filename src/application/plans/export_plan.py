"""Taking a plan out: whole, or the rows of its levels in the forms that people work with."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import partial
from typing import Protocol

from ...domain.errors import InvalidRequestError, NotFoundError
from ...domain.plans.series import PlanSeries, SeriesRow
from ...domain.plans.series_filter import EVERY_ROW, SeriesFilter
from ...domain.plans.version import PlanVersion
from ...domain.shared.canonical import document
from ...domain.shared.ids import version_id
from ..exchange import PackedInputs
from ..sending import pieces_of
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .pack_plan import PackPlan
from .plan_archive import PlanArchive
from .read_plans import with_level


class PlanForm(StrEnum):
    """In what a plan is taken out: whole in a zip, or the rows of a level, or a workbook with a sheet per level."""

    ZIP = "zip"
    XLSX = "xlsx"
    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"

    @property
    def holds_one_level(self) -> bool:
        """Whether a file of this form holds the rows of one level."""
        return self in {PlanForm.CSV, PlanForm.JSONL, PlanForm.PARQUET}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanExportRequest:
    """Which plan to take out, in which form, and which of its rows.

    ``spreadsheet_safe`` puts an apostrophe before text in CSV that a spreadsheet would take for a formula; registering
    the file takes it off again.

    Raises:
        InvalidRequestError: the form does not have what is asked of it.
    """

    version_id: str
    form: PlanForm = PlanForm.ZIP
    level: str | None = None
    only: SeriesFilter = EVERY_ROW
    spreadsheet_safe: bool = False

    def __post_init__(self) -> None:
        """Refuse what a form does not have."""
        if self.form is PlanForm.ZIP and not (self.level is None and self.only.is_open):
            raise InvalidRequestError(
                "A zip holds the whole plan.", remedy="Ask for csv, jsonl, parquet or xlsx, which hold rows of levels."
            )
        if self.form.holds_one_level and self.level is None:
            raise InvalidRequestError(f"{self.form} holds the rows of one level.", remedy="Name the level.")
        if self.spreadsheet_safe and self.form is not PlanForm.CSV:
            raise InvalidRequestError(
                f"{self.form} keeps text apart from formulas by itself.", remedy="That is for csv.", form=str(self.form)
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRows:
    """The rows of a level on their way out; ``row_count`` is how many there are at most."""

    level: str
    row_count: int
    read: Callable[[], AsyncIterator[Sequence[SeriesRow]]]


class SeriesFileWriter(Protocol):
    """Writes rows of levels as files."""

    async def packed(self, form: PlanForm, levels: Sequence[LevelRows], *, safe: bool) -> PackedInputs:
        """The rows in one file of that form, in flat memory; ``safe`` for spreadsheets is for CSV.

        A file of one level reads back to the same rows.

        Raises:
            InvalidRequestError: a library is not installed, or a text does not fit where it has to stand.
            TooLargeError: a level has more rows than a sheet.
            StorageFullError: there is no room for the temporary file.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPlan:
    """Take a plan out in one file, complete when it is handed on."""

    unit_of_work: UnitOfWorkFactory
    pack: PackPlan
    writer: SeriesFileWriter

    async def __call__(self, request: PlanExportRequest) -> PlanArchive:
        """The file; the caller closes it, or reads its pieces.

        Raises:
            NotFoundError: there is no such version, or it has no such level.
            InvalidRequestError: a library is not installed, or a text does not fit where it has to stand.
            TooLargeError: a level is larger than the form takes, or the whole plan larger than a zip here.
            StorageFullError: there is no room for the temporary file.
        """
        if request.form is PlanForm.ZIP:
            return await self.pack(request.version_id)
        async with self.unit_of_work(read_only=True) as uow:
            version, levels = await _levels(uow, request)
            outgoing = [
                LevelRows(
                    level=series.level,
                    row_count=series.row_count,
                    read=partial(uow.payload.rows, version.version_id, series.level, request.only),
                )
                for series in levels
            ]
            packed = await self.writer.packed(request.form, outgoing, safe=request.spreadsheet_safe)
        return PlanArchive(
            version=version,
            name=f"plan_{version.version_id}{'' if request.level is None else f'_{request.level}'}.{request.form}",
            tag=_tag(request, levels),
            size=packed.size,
            file=packed.file,
            pieces=partial(pieces_of, packed.file),
        )

    async def tag(self, request: PlanExportRequest) -> str:
        """The tag that the file would have now, without making it.

        Raises:
            NotFoundError: as for the file.
        """
        if request.form is PlanForm.ZIP:
            return await self.pack.tag(request.version_id)
        async with self.unit_of_work(read_only=True) as uow:
            return _tag(request, (await _levels(uow, request))[1])


async def _levels(uow: UnitOfWork, request: PlanExportRequest) -> tuple[PlanVersion, Sequence[PlanSeries]]:
    if request.level is None:
        version = (await uow.plans.get(version_id(request.version_id))).require_rows()
        levels = await uow.payload.series(version.version_id)
        if not levels:
            raise NotFoundError("level", f"of {version.version_id}")
        return version, levels
    version = await with_level(uow, request.version_id, request.level)
    return version, [series for series in await uow.payload.series(version.version_id) if series.level == request.level]


def _tag(request: PlanExportRequest, levels: Sequence[PlanSeries]) -> str:
    """SHA-256 over all that decides about the content: the digests of the rows, the form, and what is asked of it."""
    decides = {
        "levels": {series.level: series.digest.hex() for series in levels},
        "form": str(request.form),
        "only": asdict(request.only),
        "spreadsheet_safe": request.spreadsheet_safe,
    }
    return hashlib.sha256(document(decides).encode()).hexdigest()
