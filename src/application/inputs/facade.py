"""Inputs and config versions, as the facade offers them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...domain.access.actor import Actor
from ...domain.inputs.config import ConfigVersion
from ...domain.inputs.content import InputContent
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.ports import InputSetFilter, InputSetSummary
from ...domain.inputs.sections import InputRow
from ...domain.shared.paging import DEFAULT_LIMIT, Page
from ..exchange import NamedStream
from .import_inputs import ImportedInputs, ImportInputs, ImportRequest
from .manage_configs import ConfigChoice, CreateConfig, ReadConfigs
from .read_input_sets import ReadInputSets
from .review_inputs import ApproveInputs, SubmitInputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Configs:
    """Config versions."""

    create_config: CreateConfig
    read: ReadConfigs

    async def create(
        self,
        name: str,
        *,
        actor: Actor,
        horizon_days: int | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> ConfigVersion:
        """Make a config version (``CreateConfig``)."""
        return await self.create_config(name, actor=actor, horizon_days=horizon_days, attributes=attributes)

    async def list(self) -> Sequence[ConfigVersion]:
        """All config versions, in order of id."""
        return await self.read.list()

    async def get(self, config_version_id: int) -> ConfigVersion:
        """The config version of that id."""
        return await self.read.get(config_version_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Input sets."""

    import_inputs: ImportInputs
    submit_inputs: SubmitInputs
    approve_inputs: ApproveInputs
    read: ReadInputSets

    async def import_files(  # noqa: PLR0913 (the request, written out for callers)
        self,
        *,
        label: str,
        actor: Actor,
        directory: str | Path | None = None,
        files: Sequence[NamedStream] = (),
        config_version_id: int | None = None,
        new_config: str | None = None,
        title: str | None = None,
        comment: str | None = None,
    ) -> ImportedInputs:
        """Import a directory, or files one by one, as the new candidate of a label (``ImportInputs``)."""
        request = ImportRequest(
            label=label,
            actor=actor,
            config=ConfigChoice(config_version_id=config_version_id, new_config=new_config),
            title=title,
            comment=comment,
        )
        if directory is not None:
            return await self.import_inputs.directory(Path(directory), request)
        return await self.import_inputs.streams(files, request)

    async def submit(self, reference: str, *, actor: Actor, comment: str | None = None) -> InputSet:
        """Put ``LABEL``'s candidate, or ``LABEL@N``, before the approvers (``SubmitInputs``)."""
        return await self.submit_inputs(reference, actor=actor, said=comment)

    async def approve(
        self, label: str, *, revision: int, content_hash: str, actor: Actor, comment: str | None = None
    ) -> InputSet:
        """Say yes to exactly this content (``ApproveInputs``)."""
        return await self.approve_inputs(f"{label}@{revision}", content_hash=content_hash, actor=actor, said=comment)

    async def approve_reference(
        self, reference: str, *, content_hash: str | None = None, actor: Actor, comment: str | None = None
    ) -> InputSet:
        """Say yes to ``LABEL@N``, or to ``LABEL`` by full hash: the form for people (``ApproveInputs``)."""
        return await self.approve_inputs(reference, content_hash=content_hash, actor=actor, said=comment)

    async def list(
        self, wanted: InputSetFilter | None = None, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[InputSetSummary]:
        """Input sets in order of label."""
        return await self.read.list(wanted or InputSetFilter(), limit=limit, cursor=cursor)

    async def get(self, label: str) -> InputSet:
        """The set of that label with all its revisions."""
        return await self.read.get(label)

    async def content(self, reference: str) -> InputContent:
        """The exact content of ``LABEL@N``, or of what is live under ``LABEL``."""
        return await self.read.content(reference)

    def rows(self, reference: str, section: str) -> AsyncGenerator[Sequence[InputRow]]:
        """The rows of one section in key order, in batches."""
        return self.read.rows(reference, section)
