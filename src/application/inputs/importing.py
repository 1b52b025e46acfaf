"""Imports, as the facade offers them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...domain.access.actor import Actor
from ...domain.inputs.import_report import ApplyMode
from ..exchange import NamedStream
from .import_inputs import ImportedInputs, ImportInputs, ImportRequest
from .import_options import ImportOptions, checked_mode
from .manage_configs import ConfigChoice


@dataclass(frozen=True, kw_only=True)
class Importing:
    """How inputs come in."""

    import_inputs: ImportInputs

    async def import_files(  # noqa: PLR0913 (the request, written out for callers)
        self,
        *,
        label: str,
        actor: Actor,
        directory: str | Path | None = None,
        files: Sequence[NamedStream] = (),
        config_version_id: int | None = None,
        new_config: str | None = None,
        new_config_version_id: int | None = None,
        title: str | None = None,
        comment: str | None = None,
        apply_mode: ApplyMode | str = ApplyMode.REPLACE,
        base_revision: int | None = None,
        validate_only: bool = False,
        allow_empty: bool = False,
        encoding: str | None = None,
    ) -> ImportedInputs:
        """Import a directory, one file with a whole set, or files one by one, as the candidate of a label.

        ``directory`` may name a zip, a workbook or a JSON document as well (``ImportInputs``).

        ``ImportOptions`` says what the last five mean.
        """
        request = ImportRequest(
            label=label,
            actor=actor,
            config=ConfigChoice(
                config_version_id=config_version_id, new_config=new_config, new_config_version_id=new_config_version_id
            ),
            title=title,
            comment=comment,
            options=ImportOptions(
                apply_mode=checked_mode(apply_mode),
                base_revision=base_revision,
                validate_only=validate_only,
                allow_empty=allow_empty,
                encoding=encoding,
            ),
        )
        if directory is not None:
            return await self.import_inputs.path(Path(directory), request)
        return await self.import_inputs.streams(files, request)
