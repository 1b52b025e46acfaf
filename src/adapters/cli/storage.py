"""``planvault storage``."""

from __future__ import annotations

from contextlib import aclosing

import click

from ...application.planner import Planner
from ...application.storage.read_storage import StorageStatus
from ...application.storage.side_by_side import StorageFinding
from ...application.storage_presentation import status_fields, storage_finding_fields
from ...domain.access.actor import Actor
from ...domain.shared.ids import VersionId
from ...domain.storage.state import FolderName, Side, StorageMode
from .backfill import COMMANDS as BACKFILLING
from .figures import counted, moment
from .invocation import Invocation, invocation
from .nouns import noun
from .output import write_fields, write_json
from .storage_cutover import cutover
from .storage_drill import drill
from .storage_evidence import evidence
from .storage_findings import write_finding
from .storage_mirror import mirror
from .storage_rebuild import rebuild
from .storage_rollback import rollback

DAMAGED = 8
_SHOWN = 10

storage = noun("storage", "Storage: where payloads lie, and whether their copies agree, and taking over legacy plans.")
for command in (*BACKFILLING, cutover, drill, evidence, mirror, rebuild, rollback):
    storage.add_command(command)


@storage.command("status")
def status() -> None:
    """Show how the store keeps payloads, what is not filed, and what is left over."""
    call = invocation()
    found = call.read(lambda planner: planner.storage.status(), any_mode=True)
    if call.as_json:
        write_json({**status_fields(found), "files_root": found.files_root, "trouble": found.trouble})
    else:
        _write(call, found)


@storage.command("mode")
@click.argument("mode", type=click.Choice([str(mode) for mode in StorageMode]))
@click.option("--comment", help="Why; kept with the event.")
def mode(mode: str, comment: str | None) -> None:
    """Keep payloads in the tables alone (db), or in the tables and in a folder for each version (both)."""
    call = invocation()

    async def work(planner: Planner, actor: Actor) -> tuple[StorageStatus, list[VersionId]]:
        _, stale = await planner.storage.switch(StorageMode(mode), actor=actor, comment=comment)
        return await planner.storage.status(), list(stale)

    found, stale = call.act(work, any_mode=True)
    if call.as_json:
        write_json({**status_fields(found), "stale": stale})
        return
    click.echo(f"Payloads are kept in the mode {found.mode} from now on.")
    if stale:
        click.echo(f"Folders of before that hold something else by now: {', '.join(stale)}.")
    if found.unfiled:
        call.note(f"\nNext: {call.command('storage repair --from db')}")


@storage.command("verify")
@click.argument("versions", nargs=-1, metavar="[VERSION]...")
@click.option("--sample", type=click.IntRange(1), metavar="N", help="So many versions, chosen by chance.")
@click.option("--full", is_flag=True, help="Read every row instead of trusting stored digests.")
def verify(versions: tuple[str, ...], sample: int | None, *, full: bool) -> None:
    """Compare tables and folders, down to the cell; the exit code is 8 where they do not agree."""
    call = invocation()

    async def work(planner: Planner) -> list[StorageFinding]:
        async with aclosing(planner.storage.verify(versions, sample=sample, full=full)) as found:
            return [_told(call, finding) async for finding in found]

    findings = call.read(work, any_mode=True)
    if call.as_json:
        write_json(
            {
                "clean": not findings,
                "total": len(findings),
                "findings": [storage_finding_fields(finding) for finding in findings],
            }
        )
    else:
        click.echo("Everything agrees." if not findings else f"{counted(len(findings), 'finding')}.")
    if findings:
        raise click.exceptions.Exit(DAMAGED)


@storage.command("repair")
@click.argument("versions", nargs=-1, metavar="[VERSION]...")
@click.option("--from", "source", type=click.Choice([str(side) for side in Side]), required=True, help="The good side.")
@click.option("--comment", help="Why; kept with the events.")
def repair(versions: tuple[str, ...], source: str, comment: str | None) -> None:
    """Write versions anew from the side that is named; without versions, file from db whatever is not filed."""
    call = invocation()

    async def work(planner: Planner, actor: Actor) -> list[VersionId]:
        repairs = planner.storage.repair(Side(source), versions, actor=actor, comment=comment)
        repaired = []
        async with aclosing(repairs) as done:
            async for version_id in done:
                repaired.append(version_id)
                if not call.as_json:
                    click.echo(f"{version_id} repaired")
        return repaired

    repaired = call.act(work, any_mode=True)
    if call.as_json:
        write_json({"repaired": repaired})
    else:
        click.echo(f"{counted(len(repaired), 'version')} repaired from {source}.")


@storage.command("sweep")
@click.option("--comment", help="Why; kept with the event.")
def sweep(comment: str | None) -> None:
    """Move folders that nothing points to to the folder trash of the files root."""
    call = invocation()

    async def work(planner: Planner, actor: Actor) -> list[FolderName]:
        return list(await planner.storage.sweep(actor=actor, comment=comment))

    swept = call.act(work, any_mode=True)
    if call.as_json:
        write_json({"swept": [f"{name.version_id}/{name.name}" for name in swept]})
    else:
        click.echo(f"{counted(len(swept), 'folder')} moved to trash.")


def _told(call: Invocation, finding: StorageFinding) -> StorageFinding:
    """Say what was found as soon as it is."""
    if not call.as_json:
        write_finding(finding)
    return finding


def _write(call: Invocation, found: StorageStatus) -> None:
    zone, state = call.surroundings.zone, found.state
    verified = None if state is None else state.verification
    shown = ", ".join(found.unfiled[:_SHOWN]) + (" …" if len(found.unfiled) > _SHOWN else "")
    oldest = found.outbox.oldest
    waiting = None if oldest is None else f"{counted(found.outbox.count, 'commit')}, since {moment(oldest, zone)}"
    click.echo(f"Payloads are kept in the mode {found.mode}.")
    write_fields(
        [
            ("  since", None if state is None else f"{moment(state.since, zone)} ({zone.key})"),
            ("  primary", str(found.primary)),
            ("  files root", found.files_root),
            ("  trouble", found.trouble),
            ("  filed", counted(found.filed, "version") if found.mode.has_files else None),
            ("  not filed", f"{counted(len(found.unfiled), 'version')}: {shown}" if found.unfiled else None),
            ("  not mirrored", waiting),
            ("  left over", counted(len(found.orphans), "folder") if found.orphans else None),
            ("  read apart", ", ".join(found.mismatched[:_SHOWN]) or None),
            (
                "  verified",
                None
                if verified is None
                else f"{moment(verified.at, zone)}, {counted(verified.versions, 'version')}, "
                f"{counted(verified.findings, 'finding')}",
            ),
        ]
    )
    if found.unfiled:
        call.note(f"\nNext: {call.command('storage repair --from db')}")
    elif found.outbox.count:
        call.note(f"\nNext: {call.command('storage mirror')}")
