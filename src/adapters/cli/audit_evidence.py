"""``planvault audit export``, and reading back what it wrote."""

from __future__ import annotations

import io
import shlex
import zipfile
import zlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, aclosing, contextmanager
from pathlib import Path
from typing import Any, TextIO

import click

from ...application.audit.verify_evidence import Evidence
from ...application.planner import Planner
from ...domain.audit.evidence import (
    CHECKPOINTS_FILE,
    EVENTS_FILE,
    HEADS_FILE,
    LedgerHeads,
    is_head,
    parse_head,
    parse_heads,
)
from ...domain.errors import ArchiveRejectedError, InvalidRequestError
from ...domain.shared.events import Head
from .files import made_directory, written_together
from .invocation import invocation
from .nouns import Command
from .output import write_json

_STDOUT = Path("-")
_FILES = (EVENTS_FILE, CHECKPOINTS_FILE, HEADS_FILE)
_PERMISSIONS = 0o644 << 16
_UNIX = 3


@click.command("export", cls=Command)
@click.option(
    "-o",
    "--output",
    metavar="DIR|FILE.zip|-",
    required=True,
    type=click.Path(path_type=Path, readable=False),
    help="Where to: a directory, a zip, or - for the events alone on stdout.",
)
@click.option("--label", help="Only what happened to this input set, in all its generations.")
@click.option("--stream", help="Only this stream, for example plan/v1.")
@click.option("--since", metavar="POSITION", type=click.IntRange(0, 2**53), help="Only events after this position.")
def export(*, output: Path, **part: Any) -> None:
    """Write events, checkpoints and heads as files that can be verified without the store: all of them, or none.

    The same ledger gives the same bytes.
    """
    call = invocation()
    part["since"] = part["since"] or 0
    if output == _STDOUT:
        if call.as_json:
            raise InvalidRequestError(
                "stdout takes either the events or one JSON document.", remedy="Name a directory or a zip with -o."
            )
        call.read(lambda planner: _to_stdout(planner.audit.export_events(**part)))
        return
    call.read(lambda planner: _exported(planner, output, part))
    if call.as_json:
        write_json(
            {"items": [{"name": name, "path": str(_path(output, name))} for name in _FILES], "next_cursor": None}
        )
        return
    what = "This part of the ledger" if any(part.values()) else "The ledger"
    click.echo(f"{what} was written to {output}: {', '.join(_FILES)}.")
    call.note(f"Next: {call.command(f'audit verify --file {shlex.quote(str(output))}')}")


def _path(output: Path, name: str) -> Path:
    return output if _is_zip(output) else output / name


def _is_zip(path: Path) -> bool:
    return path.suffix.lower() == ".zip"


async def _to_stdout(pieces: Any) -> None:
    async with aclosing(pieces) as open_pieces:
        async for piece in open_pieces:
            click.echo(piece, nl=False)


async def _exported(planner: Planner, output: Path, part: dict[str, Any]) -> None:
    async with aclosing(planner.audit.export(**part)) as pieces:
        if _is_zip(output):
            with written_together() as begin:
                await _zipped(pieces, begin(output))
            return
        made_directory(output)
        with written_together() as begin:
            files: dict[str, TextIO] = {}
            async for name, piece in pieces:
                if name not in files:
                    files[name] = begin(output / name)
                files[name].write(piece)


async def _zipped(pieces: AsyncIterator[tuple[str, str]], file: TextIO) -> None:
    # The bytes below the text: nothing was written as text.
    with zipfile.ZipFile(file.buffer, "w", zipfile.ZIP_DEFLATED) as archive, ExitStack() as stack:
        current = ""
        member: Any = None
        async for name, piece in pieces:
            if name != current:
                stack.close()
                member, current = stack.enter_context(archive.open(_member(name), "w", force_zip64=True)), name
            member.write(piece.encode())


def _member(name: str) -> zipfile.ZipInfo:
    # Without the time and the system of this moment: the same ledger gives the same bytes.
    member = zipfile.ZipInfo(name)
    member.compress_type, member.create_system, member.external_attr = zipfile.ZIP_DEFLATED, _UNIX, _PERMISSIONS
    return member


@contextmanager
def opened_evidence(path: Path) -> Iterator[Evidence]:
    """What an export holds: a directory, a zip, or the events alone.

    Raises:
        InvalidRequestError: there is no such export.
        ArchiveRejectedError: the zip is damaged, or none.
    """
    with ExitStack() as stack:
        evidence = _found(path, stack)
        try:
            yield evidence
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise _damaged(path, error) from error


def _found(path: Path, stack: ExitStack) -> Evidence:
    try:
        if path.is_dir():
            return _evidence({name: stack.enter_context(_opened(path / name)) for name in _FILES})
        if not _is_zip(path):
            return Evidence(events=stack.enter_context(_opened(path)))
        archive = stack.enter_context(zipfile.ZipFile(path))
        members = {name: stack.enter_context(archive.open(name)) for name in _FILES}
        return _evidence({name: _as_lines(member) for name, member in members.items()})
    except OSError as error:
        raise InvalidRequestError(f"{error.filename or path} cannot be read: {error.strerror or error}.") from error
    except KeyError as error:
        raise InvalidRequestError(f"{path} is no audit export: {error.args[0]}.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:  # also a password, a foreign method
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> ArchiveRejectedError:
    return ArchiveRejectedError(f"{path} cannot be opened: {error}.", reason="damaged")


def _opened(path: Path) -> TextIO:
    return path.open(encoding="utf-8", newline="\n")


def _as_lines(member: Any) -> TextIO:
    return io.TextIOWrapper(member, encoding="utf-8", newline="\n")


def _evidence(files: dict[str, TextIO]) -> Evidence:
    return Evidence(
        events=files[EVENTS_FILE], checkpoints=files[CHECKPOINTS_FILE], heads=_heads_of(files[HEADS_FILE], HEADS_FILE)
    )


def _heads_of(file: TextIO, name: object) -> LedgerHeads:
    try:
        return parse_heads(file.read())
    except UnicodeDecodeError as error:
        raise InvalidRequestError(f"{name} is no text in UTF-8.") from error


def expected_heads(given: Sequence[str]) -> list[Head]:
    """Heads as they were typed, and those of files: ``heads.json`` of an export, or a line each.

    Raises:
        InvalidRequestError: something is neither a head nor a file of heads.
    """
    heads: list[Head] = []
    for text in given:
        heads += [parse_head(text)] if is_head(text) else _heads_in(Path(text))
    return heads


def _heads_in(path: Path) -> list[Head]:
    path = path / HEADS_FILE if path.is_dir() else path
    try:
        with _opened(path) as file:
            text = file.read()
    except (OSError, ValueError) as error:
        raise InvalidRequestError(
            f"{str(path)[:200]!r} is neither a head nor a file of heads that can be read.",
            remedy="Write STREAM:SEQUENCE:HASH or checkpoint:NUMBER:HASH, or name heads.json of an audit export.",
        ) from error
    if not text.lstrip().startswith("{"):
        return [parse_head(line) for line in text.splitlines() if line]
    told = parse_heads(text)
    return [*told.heads, *([] if told.checkpoint is None else [told.checkpoint])]
