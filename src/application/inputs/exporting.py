"""Exports, as the facade offers them."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from ..exchange import ExportForm, ExportOptions
from .export_inputs import ExportInputs, ExportRequest, InputArchive, InputExport


@dataclass(frozen=True, kw_only=True)
class Exporting:
    """How inputs are taken out."""

    export_inputs: ExportInputs

    def export(
        self,
        reference: str | None = None,
        *,
        config_version_id: int | None = None,
        options: ExportOptions | None = None,
        against: str | None = None,
    ) -> AbstractAsyncContextManager[InputExport]:
        """The files of ``LABEL@N``, of what is live under ``LABEL``, or of the newest live set of a config version.

        ``against`` names a revision: what differs goes along as ``diff_report.json``.
        ``async with planner.inputs.export("weekly@4") as export:`` then read the pieces of each of ``export.files``.
        """
        return self.export_inputs.files(_request(reference, config_version_id, options, against))

    async def export_archive(
        self,
        reference: str | None = None,
        *,
        form: ExportForm = ExportForm.ZIP,
        config_version_id: int | None = None,
        options: ExportOptions | None = None,
        against: str | None = None,
    ) -> InputArchive:
        """The same as one zip, workbook or JSON document; read its ``pieces`` or close it."""
        return await self.export_inputs.archive(form, _request(reference, config_version_id, options, against))

    async def export_tag(
        self,
        reference: str,
        *,
        form: ExportForm = ExportForm.ZIP,
        options: ExportOptions | None = None,
        against: str | None = None,
    ) -> str:
        """The tag that the archive would have now; the same tag means the same bytes."""
        return await self.export_inputs.tag(form, _request(reference, None, options, against))


def _request(
    reference: str | None,
    config_version_id: int | None,
    options: ExportOptions | None,
    against: str | None,
) -> ExportRequest:
    return ExportRequest(
        reference=reference,
        config_version_id=config_version_id,
        options=options or ExportOptions(),
        against=against,
    )
