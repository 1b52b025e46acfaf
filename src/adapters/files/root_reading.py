"""Reading a files root as a whole: its folders, and what a ledger mirrored there; nothing is made or changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from ...application.storage.mirrored_root import MirroredPart, MirroredRoot, MirroredStream, MirroredVersion
from ...domain.audit.evidence import parse_checkpoint
from ...domain.errors import IntegrityError, InvalidRequestError
from ...domain.inputs.content import InputContent
from ...domain.shared.events import Checkpoint, Event, Head, first_broken
from ...domain.shared.ids import VersionId
from ...domain.storage.mirror import MirrorHead, RootFile
from ...domain.storage.mirror_text import (
    CHECKPOINTS_FILE,
    CURRENT,
    DOCUMENT,
    EVENTS,
    INPUTS,
    LABEL_FORMAT,
    LABELS,
    LINES,
    STORE_FILE,
    STORE_FORMAT,
    VERSION_FORMAT,
    file_name,
    name_of,
    opened_text,
)
from ...domain.storage.state import FolderName
from .directories import Directory, translating
from .folder_reading import FilePayloadFolder
from .payload_folders import folder_names, missing_folder, opened_folder
from .root_file import FORMAT, ROOT_FILE, VERSIONS
from .root_texts import content_of, event_of, part_of, version_of

T = TypeVar("T")


def is_files_root(path: Path) -> bool:
    """Whether there is a files root at that path."""
    return (path / ROOT_FILE).is_file()


@contextmanager
def reading_root(path: Path) -> Iterator[FileMirroredRoot]:
    """The files root at that path, while it is read.

    Raises:
        StorageUnavailableError: it cannot be read.
        InvalidRequestError: there is none, or one of another planvault.
    """
    if not is_files_root(path):
        raise InvalidRequestError(
            f"{path} is no files root: it holds no {ROOT_FILE}.",
            remedy="Name the directory that PLANVAULT_FILES_ROOT names where the plans were made.",
        )
    with Directory.existing(path) as root:
        yield FileMirroredRoot(path, root, _facts(root, path))


class FileMirroredRoot(MirroredRoot):
    """A files root by its path."""

    def __init__(self, path: Path, root: Directory, facts: RootFile) -> None:
        """Read from an open directory, which stays the caller's."""
        self._path = path
        self._root = root
        self._facts = facts

    @property
    def place(self) -> str:
        """Where it is."""
        return str(self._path)

    @property
    def facts(self) -> RootFile:
        """What ``root.json`` says."""
        return self._facts

    @property
    def is_mirrored(self) -> bool:
        """Whether a ledger was mirrored there at all."""
        return self._root.has(CURRENT)

    def filed(self) -> Sequence[str]:
        """The keys of all versions that have a directory of folders, in order."""
        return self._below(VERSIONS, Directory.names) or []

    def folders(self, key: str) -> Sequence[FolderName]:
        """The folders of a version, in order of name."""

        def look(versions: Directory) -> list[FolderName]:
            if not versions.has(key):
                return []
            with versions.directory(key) as place:
                return folder_names(VersionId(key), place.names())

        return self._below(VERSIONS, look) or []

    def open(self, folder: FolderName) -> FilePayloadFolder:
        """A folder, to be closed by the caller."""
        key = folder.version_id.lower()

        def look(versions: Directory) -> FilePayloadFolder:
            if not versions.has(key):
                raise missing_folder(folder)
            with versions.directory(key) as place:
                return opened_folder(place, folder)

        found = self._below(VERSIONS, look)
        if found is None:
            raise missing_folder(folder)
        return found

    def currents(self) -> Sequence[str]:
        """The keys of all versions of which something is mirrored, in order."""
        return self._named(CURRENT, DOCUMENT)

    def has_current(self, key: str) -> bool:
        """Whether something is mirrored of a version."""
        return self._has(CURRENT, f"{file_name(key)}{DOCUMENT}")

    def current(self, key: str) -> MirroredVersion:
        """What is mirrored of a version."""
        fields, shown = self._document(CURRENT, key, VERSION_FORMAT)
        version = version_of(fields, shown)
        if version.version_id.lower() != key:
            raise IntegrityError(f"{shown} speaks of {version.version_id}.", file=shown)
        return version

    def labels(self) -> Sequence[str]:
        """The keys of all mirrored labels, in order."""
        return self._named(LABELS, DOCUMENT)

    def label(self, key: str) -> MirroredPart:
        """The rows of a label."""
        return part_of(*self._document(LABELS, key, LABEL_FORMAT))

    def store(self) -> MirroredPart:
        """The rows that belong to neither a version nor a label."""
        if not self._root.has(STORE_FILE):
            raise IntegrityError(f"{STORE_FILE} is missing.", file=STORE_FILE)
        text = _text(self._root, STORE_FILE)
        return part_of(opened_text(text, shown=STORE_FILE, formatted=STORE_FORMAT), STORE_FILE)

    def streams(self) -> Sequence[str]:
        """The streams of events that are mirrored, in order of name."""
        return self._named(EVENTS, LINES)

    def has_events(self, stream: str) -> bool:
        """Whether a stream is mirrored."""
        return self._has(EVENTS, f"{file_name(stream)}{LINES}")

    def events(self, stream: str) -> MirroredStream:
        """The events of a stream, oldest first."""
        *lines, torn = self._lines(EVENTS, stream)
        events: list[Event] = []
        head: Head | None = None
        for number, line in enumerate(lines, start=1):
            event = event_of(line)
            if event is None or event.stream != stream or first_broken([event], head=head) is not None:
                flaw = f"line {number} does not follow from the one before; {len(lines) - number + 1} are left out"
                return MirroredStream(stream=stream, events=events, flaw=flaw)
            events.append(event)
            head = Head(stream=stream, sequence=event.sequence, hash=event.hash)
        return MirroredStream(stream=stream, events=events, flaw="its last line was cut off" if torn else None)

    def checkpoints(self) -> Sequence[Checkpoint]:
        """The checkpoints, oldest first."""
        if not self._root.has(CHECKPOINTS_FILE):
            return []
        lines = _text(self._root, CHECKPOINTS_FILE).decode(errors="replace").splitlines(keepends=True)
        try:
            return [parse_checkpoint(line) for line in lines]
        except ValueError as error:
            raise IntegrityError(f"{CHECKPOINTS_FILE} holds what is no checkpoint.", file=CHECKPOINTS_FILE) from error

    def contents(self) -> Sequence[str]:
        """The hashes of the input contents that are mirrored, in order."""
        return self._named(INPUTS, LINES)

    def content(self, content_hash: str) -> InputContent:
        """An input content, checked against its hash."""
        shown = f"{INPUTS}/{content_hash}{LINES}"
        *lines, torn = self._lines(INPUTS, content_hash)
        if torn or len(lines) < 2:  # noqa: PLR2004 (what it is, and its hash)
            raise IntegrityError(f"{shown} was cut off.", file=shown)
        return content_of(lines, content_hash, shown)

    def _below(self, area: str, look: Callable[[Directory], T]) -> T | None:
        """What is found in a directory of the root; null where it has none."""
        if not self._root.has(area):
            return None
        with self._root.directory(area) as directory:
            return look(directory)

    def _has(self, area: str, file: str) -> bool:
        return bool(self._below(area, lambda directory: directory.has(file)))

    def _named(self, area: str, suffix: str) -> list[str]:
        files = [
            file.removesuffix(suffix) for file in self._below(area, Directory.names) or [] if file.endswith(suffix)
        ]
        names = [(file, name_of(file)) for file in files]
        return sorted(name for file, name in names if file_name(name) == file)

    def _document(self, area: str, name: str, formatted: str) -> tuple[Mapping[str, Any], str]:
        shown = f"{area}/{file_name(name)}{DOCUMENT}"
        return opened_text(self._file(area, shown), shown=shown, formatted=formatted), shown

    def _lines(self, area: str, name: str) -> list[bytes]:
        """The lines of a file without their ends; what comes after the last end is the last one."""
        return self._file(area, f"{area}/{file_name(name)}{LINES}").split(b"\n")

    def _file(self, area: str, shown: str) -> bytes:
        file = shown.removeprefix(f"{area}/")
        text = self._below(area, lambda directory: _text(directory, file) if directory.has(file) else None)
        if text is None:
            raise IntegrityError(f"{shown} is missing.", file=shown)
        return text


def _text(directory: Directory, file: str) -> bytes:
    with directory.reading(file) as opened, translating(f"{directory.shown}/{file}"):
        return opened.read()


def _facts(root: Directory, path: Path) -> RootFile:
    try:
        fields = json.loads(_text(root, ROOT_FILE))
        if fields["format"] != FORMAT:
            raise InvalidRequestError(f"{path} is the files root of another planvault.", remedy="Use that one.")
        head = fields.get("mirror")
        return RootFile(
            store_id=fields["store_id"],
            epoch=fields.get("epoch", ""),
            head=None if head is None else MirrorHead(**head),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidRequestError(f"{path}/{ROOT_FILE} cannot be read.", remedy="Restore it from a copy.") from error
