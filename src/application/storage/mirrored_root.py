"""The port of a files root that is read as a whole: what the ledger mirrored there, and the folders of payloads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ...domain.inputs.content import InputContent
from ...domain.shared.events import Checkpoint, Event
from ...domain.shared.ids import VersionId
from ...domain.storage.mirror import RootFile, Tables
from ...domain.storage.state import FolderName
from .folders import PayloadFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class MirroredPart:
    """What the ledger last said of a part of it, at that commit: its rows by table, in column order."""

    commit_seq: int = 0
    tables: Tables = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MirroredVersion(MirroredPart):
    """What the ledger last said of a plan version, and where its payload lies.

    ``folder`` is null where it was trimmed or ``deleted``; ``event`` is the newest of its stream by then.
    """

    version_id: VersionId
    deleted: bool = False
    folder: FolderName | None = None
    payload_digest: str | None = None
    event: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MirroredStream:
    """The events of a stream, as far as their chain holds; ``flaw`` says what is wrong with what comes after."""

    stream: str
    events: Sequence[Event]
    flaw: str | None = None


class MirroredRoot(Protocol):
    """A files root, open for reading; everything blocks, and nothing is made or changed below it.

    What is damaged raises ``IntegrityError``, which names the file; what cannot be reached, ``StorageError``.
    """

    @property
    def place(self) -> str:
        """Where it is, for messages to operators."""
        ...

    @property
    def facts(self) -> RootFile:
        """What ``root.json`` says."""
        ...

    @property
    def is_mirrored(self) -> bool:
        """Whether a ledger was mirrored there at all."""
        ...

    def filed(self) -> Sequence[str]:
        """The keys of all versions that have a directory of folders, in order."""
        ...

    def folders(self, key: str) -> Sequence[FolderName]:
        """The folders of a version, in order of name."""
        ...

    def open(self, folder: FolderName) -> PayloadFolder:
        """A folder, to be closed by the caller."""
        ...

    def currents(self) -> Sequence[str]:
        """The keys of all versions of which something is mirrored, in order."""
        ...

    def current(self, key: str) -> MirroredVersion:
        """What is mirrored of a version."""
        ...

    def labels(self) -> Sequence[str]:
        """The keys of all mirrored labels, in order."""
        ...

    def label(self, key: str) -> MirroredPart:
        """The rows of a label."""
        ...

    def store(self) -> MirroredPart:
        """The rows that belong to neither a version nor a label."""
        ...

    def streams(self) -> Sequence[str]:
        """The streams of events that are mirrored, in order of name."""
        ...

    def events(self, stream: str) -> MirroredStream:
        """The events of a stream, oldest first."""
        ...

    def contents(self) -> Sequence[str]:
        """The hashes of the input contents that are mirrored, in order."""
        ...

    def content(self, content_hash: str) -> InputContent:
        """An input content, checked against its hash."""
        ...

    def checkpoints(self) -> Sequence[Checkpoint]:
        """The checkpoints, oldest first."""
        ...
