"""Input sets and revisions as text."""

from __future__ import annotations

from collections import Counter

import click

from ...application.exchange import NO_ENCODING
from ...application.inputs.import_inputs import ImportedInputs
from ...domain.inputs.fields import FieldKind
from ...domain.inputs.import_report import ApplyMode
from ...domain.inputs.input_set import InputSet
from ...domain.inputs.ports import InputSetSummary
from ...domain.inputs.revision import InputRevision, RevisionStatus
from ...domain.inputs.sections import InputRow, Section
from ...domain.shared.paging import Page
from .difference_views import against
from .figures import count, counted, moment, quantity, short
from .invocation import Invocation
from .output import write_fields, write_table
from .paging import note_more, write_none
from .problems import findings


def write_imported(call: Invocation, imported: ImportedInputs) -> None:
    """Write what an import came to, and what comes next."""
    revision = imported.revision
    rows = sum(file.row_count for file in imported.files)
    files = f"{counted(len(imported.files), 'file')}, {counted(rows, 'row')}{_encodings(imported)}"
    same = "unchanged, nothing new was stored" if imported.unchanged else str(revision.status)
    if imported.validated_only:
        same = f"would be {'unchanged' if imported.unchanged else 'new'}; nothing was stored"
    click.echo(f"{revision.reference}  {same}   sha256 {short(revision.content_hash)}   {files}")
    effect = _effect(imported)
    if effect:
        click.echo(effect)
    if imported.warnings:
        call.note(f"\n{counted(imported.warning_count, 'warning')}:")
        for line in findings(imported.warnings, imported.warning_count):
            call.note(line)
    if imported.validated_only:
        call.note("\nNext: the same command without --validate-only")
    elif revision.status is RevisionStatus.DRAFT:
        authors = ", ".join(imported.input_set.author_names_of(revision.number))
        call.note(
            f"\nNext: {call.command(f'inputs submit {revision.label}')}   (someone other than {authors} approves)"
        )
    elif revision.number == imported.input_set.live:
        call.note(
            f"\nNext: {call.command(f'plans create --input-set {revision.label}')}   ({revision.reference} is live)"
        )
    else:
        call.note(
            f"\nNext: {call.command(f'inputs approve {revision.reference}')}   ({revision.reference} is submitted)"
        )


def _effect(imported: ImportedInputs) -> str:
    """What a new candidate does to what was there before it."""
    input_set, revision = imported.input_set, imported.revision
    if imported.unchanged:
        return ""
    parts = [] if imported.effect is None else [f"{against(imported.effect, live=input_set.live)}\n"]
    if imported.apply_mode is ApplyMode.MERGE and imported.base is not None:
        parts.append(f"Merged into @{imported.base}.")
    before = [known for known in input_set.revisions if known.number == revision.number - 1]
    if before and before[0].status is RevisionStatus.SUPERSEDED and not input_set.was_live(before[0].number):
        parts.append(f"It replaces candidate @{before[0].number}.")
    if input_set.live is not None:
        parts.append(f"@{input_set.live} stays live until @{revision.number} is approved.")
    return " ".join(parts).replace("\n ", "\n").rstrip()


def _encodings(imported: ImportedInputs) -> str:
    by_encoding = Counter(file.encoding for file in imported.files if file.encoding != NO_ENCODING)
    if not by_encoding:
        return ""
    (most, _), *others = by_encoding.most_common()
    return f", {most}" + "".join(f" ({counted(number, 'file')} {encoding})" for encoding, number in others)


def write_summaries(call: Invocation, page: Page[InputSetSummary]) -> None:
    """Write a list of input sets."""
    if not page.items:
        write_none(call, "input sets", following="inputs import -i DIR --label LABEL")
        return
    zone = call.surroundings.zone
    write_table(
        ["label", "status", "live", "hash", "candidate", "config", f"updated ({zone.key})", "title"],
        [
            [
                summary.label,
                summary.status,
                None if summary.live is None else f"@{summary.live}",
                short(summary.live_content_hash),
                None if summary.candidate is None else f"@{summary.candidate} {summary.candidate_status}",
                summary.config_version_id,
                moment(summary.updated_at, zone),
                summary.title,
            ]
            for summary in page.items
        ],
        right=("config",),
    )
    note_more(call, page)


def write_set(call: Invocation, input_set: InputSet) -> None:
    """Write an input set with all its revisions, newest first."""
    zone = call.surroundings.zone
    title = f"   {input_set.title}" if input_set.title else ""
    click.echo(f"{input_set.label} is {_standing(input_set)} (config version {input_set.config_version_id}){title}")
    click.echo()
    write_table(
        ["revision", "status", "hash", "rows", "authors", "approved by", f"created ({zone.key})"],
        [
            [
                revision.reference,
                f"{revision.status}{', live' if revision.number == input_set.live else ''}",
                short(revision.content_hash),
                count(sum(revision.row_counts.values())),
                ", ".join(revision.authors),
                ", ".join(approval.actor for approval in revision.approvals) or None,
                moment(revision.created_at, zone),
            ]
            for revision in reversed(input_set.revisions)
        ],
        right=("rows",),
    )


def _standing(input_set: InputSet) -> str:
    parts = [input_set.status]
    if input_set.live is not None:
        parts.append(f"@{input_set.live} is live")
    if input_set.candidate is not None:
        parts.append(f"@{input_set.candidate} is {input_set.candidate_revision.status}")
    return ", ".join(parts)


def write_revision(call: Invocation, input_set: InputSet, revision: InputRevision) -> None:
    """Write one revision: what an approver looks at."""
    zone = call.surroundings.zone
    live = ", live" if revision.number == input_set.live else ""
    click.echo(f"{revision.reference}  {revision.status}{live}   sha256 {revision.content_hash}")
    write_fields(
        [
            ("  authors", ", ".join(revision.authors)),
            ("  source", revision.source),
            ("  created", f"{moment(revision.created_at, zone)} ({zone.key})"),
            ("  replaced", None if revision.replaced is None else f"{revision.label}@{revision.replaced}"),
            *(
                (
                    "  approved",
                    f"{moment(approval.approved_at, zone)} by {approval.actor} ({approval.verification})"
                    + (f": {approval.comment}" if approval.comment else ""),
                )
                for approval in revision.approvals
            ),
        ]
    )
    click.echo()
    write_table(
        ["section", "rows"],
        [[section, count(rows)] for section, rows in sorted(revision.row_counts.items())],
        right=("rows",),
    )


def write_approved(call: Invocation, input_set: InputSet, revision: InputRevision) -> None:
    """Write what an approval came to."""
    zone = call.surroundings.zone
    if revision.number != input_set.live:
        policy = revision.approvals[-1].policy
        counting = revision.counting_approvals(input_set.authors_of(revision.number), policy)
        click.echo(f"{revision.reference} has {counting} of {counted(policy.approvals_required, 'approval')}.")
        return
    replaced = "" if revision.replaced is None else f" {revision.label}@{revision.replaced} stays readable."
    click.echo(f"{revision.reference} is live since {moment(input_set.updated_at, zone)} ({zone.key}).{replaced}")
    call.note(f"\nNext: {call.command(f'plans create --input-set {revision.label}')}")


def write_section(call: Invocation, section: Section, page: Page[InputRow]) -> None:
    """Write rows of a section; columns that hold nothing on the whole page are left out."""
    if not page.items:
        click.echo(f"There are no {section.name} here.")
        return
    used = [
        place for place in range(len(section.fields)) if any(row[place] not in {None, "", "{}"} for row in page.items)
    ]
    numbers = {rule.name for rule in section.fields if rule.kind in {FieldKind.NUMBER, FieldKind.INTEGER}}
    names = [section.fields[place].name for place in used]
    write_table(
        names,
        [
            [quantity(row[place]) if name in numbers else row[place] for place, name in zip(used, names, strict=True)]
            for row in page.items
        ],
        right=[name for name in names if name in numbers],
    )
    note_more(call, page)
