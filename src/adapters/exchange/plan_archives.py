"""Packed plans as zips: written the same way every time, and opened without trusting a byte of them."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from ...application.exchange import NamedStream, OutgoingFile, PackedInputs, WrittenFile
from ...application.plans.plan_archive import PlanArchives
from .archive_names import check_paths
from .archive_refusals import rejected
from .archives import ArchiveLimits, Deadline, Inflation, check_sizes
from .temporary_files import written_to_temporary
from .text_files import reading
from .zip_directory import zip_entries
from .zip_writer import write_zip

SUMS_FILE = "SHA256SUMS"
_GIB = 1 << 30
_LIMITS = ArchiveLimits(files=100, listed=100, file_bytes=4 * _GIB, total_bytes=4 * _GIB, seconds=600)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}\.jsonl?|SHA256SUMS")
_SUM = re.compile(r"(?P<sum>[0-9a-f]{64})  (?P<name>\S+)")
_BLOCK = 1 << 20


class ZipPlanArchives(PlanArchives):
    """Plans as flat zips with the hashes of their files."""

    async def packed(self, files: Sequence[OutgoingFile]) -> PackedInputs:
        """One zip of these files and of their hashes."""

        async def write(sink: BinaryIO) -> Sequence[WrittenFile]:
            return await write_zip(files, sink, sums=SUMS_FILE)

        return await written_to_temporary(write)

    @contextmanager
    def opened(self, file: NamedStream) -> Iterator[Mapping[str, NamedStream]]:
        """The files by name, each compared with its hash."""
        with reading(file.name):
            stream = file.open()
        with stream:
            with reading(file.name):
                entries = zip_entries(stream, file.name, _LIMITS.listed)
            check_paths(entries, file.name)
            for entry in entries:
                if entry.folder or not _NAME.fullmatch(entry.name):
                    raise rejected(file.name, "name", "is no file of a packed plan", entry.name)
            check_sizes(entries, file.name, _LIMITS)
            with Inflation(stream, file.name, Deadline(_LIMITS.seconds, time.monotonic)) as inflation:
                files = {
                    entry.name: NamedStream(name=entry.name, open=inflation.inflated(entry, refuse_nested=True))
                    for entry in entries
                }
                _compare(file.name, files)
                yield {name: found for name, found in files.items() if name != SUMS_FILE}


def _compare(archive: str, files: Mapping[str, NamedStream]) -> None:
    if SUMS_FILE not in files:
        raise rejected(archive, "not-a-plan", f"is no packed plan: it has no {SUMS_FILE}")
    with files[SUMS_FILE].open() as file:
        lines = file.read(_BLOCK).decode("utf-8", "replace").splitlines()
    sums = {match["name"]: match["sum"] for line in lines if (match := _SUM.fullmatch(line))}
    for name in sorted(sums.keys() - files.keys()):
        raise rejected(archive, "missing-file", "is missing", name)
    for name in sorted(files.keys() - sums.keys() - {SUMS_FILE}):
        raise rejected(archive, "unknown-file", f"is not in {SUMS_FILE}", name)
    for name, known in sums.items():
        digest = hashlib.sha256()
        with files[name].open() as file:
            while block := file.read(_BLOCK):
                digest.update(block)
        if digest.hexdigest() != known:
            raise rejected(archive, "altered", f"is not what {SUMS_FILE} says", name)
