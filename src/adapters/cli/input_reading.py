"""``planvault inputs list`` and ``show``."""

from __future__ import annotations

import click

from ...application.input_presentation import section_row_fields
from ...application.presentation import input_set_fields, input_summary_fields, page_fields, revision_fields
from ...domain.errors import InvalidRequestError
from ...domain.inputs.label_pattern import LabelPattern
from ...domain.inputs.ports import InputSetFilter
from ...domain.inputs.sections import SECTIONS_BY_NAME
from ...domain.shared.ids import label_reference
from ...domain.shared.paging import DEFAULT_LIMIT
from .input_views import write_revision, write_section, write_set, write_summaries
from .invocation import Invocation, invocation
from .nouns import CONFIG_ID, Command, listing
from .output import write_json

STATUSES = ("draft", "ready", "archived")


@click.command("list", cls=Command)
@click.option("--status", type=click.Choice(STATUSES), help="Only input sets of this status.")
@click.option("--config", "config_version_id", metavar="ID", type=CONFIG_ID, help="Only those of this config version.")
@click.option("--label", metavar="PATTERN", help="Only labels like this: * is anything, ? one character.")
@click.option("--awaiting", metavar="NAME", help="Only those submitted that NAME could approve.")
@listing
def list_(
    *,
    status: str | None,
    config_version_id: int | None,
    label: str | None,
    awaiting: str | None,
    limit: int,
    cursor: str | None,
) -> None:
    """List input sets in order of label."""
    call = invocation()
    wanted = InputSetFilter(
        status=status,
        config_version_id=config_version_id,
        label=None if label is None else LabelPattern(label),
        awaiting=awaiting,
    )
    page = call.read(lambda planner: planner.inputs.list(wanted, limit=limit, cursor=cursor))
    if call.as_json:
        write_json(page_fields(page, input_summary_fields))
    else:
        write_summaries(call, page)


@click.command("show", cls=Command)
@click.argument("reference", metavar="LABEL[@N]")
@click.option("--section", metavar="NAME", help="List the rows of this section: family_demands, items, bom_links …")
@click.option("--limit", type=int, help="How many rows at most (1 to 10 000); 50 unless told.")
@click.option("--cursor", help="Go on where a list of rows ended: its next_cursor.")
def show(*, reference: str, section: str | None, limit: int | None, cursor: str | None) -> None:
    """Show an input set with its revisions, or one revision with its hash, authors and approvals.

    With --section the rows of one section of what is live, or of LABEL@N.
    """
    call = invocation()
    if section is not None:
        _show_section(call, reference, section, limit=limit, cursor=cursor)
        return
    if limit is not None or cursor is not None:
        raise InvalidRequestError("--limit and --cursor are about rows.", remedy="Add --section NAME.")
    label, number = label_reference(reference)
    input_set = call.read(lambda planner: planner.inputs.get(label))
    revision = None if number is None else input_set.revision(number)
    if call.as_json:
        write_json(input_set_fields(input_set) if revision is None else revision_fields(revision))
    elif revision is None:
        write_set(call, input_set)
    else:
        write_revision(call, input_set, revision)


def _show_section(call: Invocation, reference: str, section: str, *, limit: int | None, cursor: str | None) -> None:
    most = DEFAULT_LIMIT if limit is None else limit
    page = call.read(lambda planner: planner.inputs.page(reference, section, limit=most, cursor=cursor))
    known = SECTIONS_BY_NAME[section]
    if call.as_json:
        write_json(page_fields(page, lambda row: section_row_fields(known, row)))
    else:
        write_section(call, known, page)
