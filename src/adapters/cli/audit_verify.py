"""``planvault audit verify``: the ledger of a store, or evidence that was exported from one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from ...application.audit.verify_evidence import verify_evidence
from ...application.audit_presentation import verdict_fields
from ...domain.audit.evidence import head_text
from ...domain.audit.verdict import AuditVerdict, Finding
from ...domain.shared.events import Head
from .audit_evidence import expected_heads, opened_evidence
from .figures import count, counted
from .invocation import Invocation, invocation
from .nouns import Command
from .output import write_json
from .problems import FINDINGS
from .running import run


@click.command("verify", cls=Command)
@click.option(
    "--expect-head",
    "expected",
    multiple=True,
    metavar="HEAD|FILE",
    help="A head written down earlier, STREAM:SEQUENCE:HASH or checkpoint:NUMBER:HASH, or a file of heads; repeatable.",
)
@click.option(
    "--file",
    "evidence",
    metavar="DIR|FILE",
    type=click.Path(path_type=Path, readable=False),
    help="Verify what audit export wrote (a directory, a .zip, or events as .jsonl) instead of the store.",
)
def verify(*, expected: tuple[str, ...], evidence: Path | None) -> None:
    """Find the first broken link of the ledger; exit code 8 if there is one.

    Events that were cut off at the end together with their heads show only against a head that was kept elsewhere:
    name it with --expect-head.
    """
    call = invocation()
    heads = expected_heads(expected)
    verdict = (
        call.read(lambda planner: planner.audit.verify(expected=heads))
        if evidence is None
        else _verdict_on(evidence, heads)
    )
    if call.as_json:
        write_json(verdict_fields(verdict))
    elif verdict.finding is not None:
        _write_finding(verdict, verdict.finding)
    else:
        _write_clean(call, verdict)
    if not verdict.clean:
        raise click.exceptions.Exit(FINDINGS)


def _verdict_on(path: Path, heads: Sequence[Head]) -> AuditVerdict:
    with opened_evidence(path) as evidence:
        return run(verify_evidence(evidence, heads))


def _write_finding(verdict: AuditVerdict, finding: Finding) -> None:
    click.echo(f"The ledger is broken at {finding.place}.")
    click.echo(f"  {finding.message}")
    before = counted(verdict.event_count, "event")
    click.echo(f"What comes before it holds: {before}, {counted(verdict.checkpoint_count, 'checkpoint')}.")


def _write_clean(call: Invocation, verdict: AuditVerdict) -> None:
    what = "The ledger holds" if verdict.extent.whole else "This part of a ledger holds"
    click.echo(
        f"{what}: {counted(verdict.event_count, 'event')} in {counted(verdict.stream_count, 'stream')}, "
        f"{counted(verdict.checkpoint_count, 'checkpoint')}; the newest event has position {count(verdict.position)}."
    )
    if verdict.expected_count:
        held = f"{verdict.expected_held} of {counted(verdict.expected_count, 'expected head')}"
        rest = "" if verdict.expected_held == verdict.expected_count else "; the rest lies outside of this part"
        click.echo(f"It extends {held}{rest}.")
    if verdict.checkpoint is not None:
        call.note(f"\nKeep the newest checkpoint elsewhere: {head_text(verdict.checkpoint)}")
