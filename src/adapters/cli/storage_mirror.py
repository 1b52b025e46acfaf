"""``planvault storage mirror``."""

from __future__ import annotations

import click

from ...application.planner import Planner
from ...application.storage.mirror_ledger import Mirrored
from ...application.storage_presentation import mirrored_fields
from ...domain.access.actor import Actor
from .figures import counted
from .invocation import invocation
from .nouns import Command
from .output import write_json


@click.command("mirror", cls=Command)
@click.option("--all", "everything", is_flag=True, help="Write everything anew, not only what waits.")
@click.option("--adopt", is_flag=True, help="Make the files root this store's, giving up what only the root tells.")
@click.option("--comment", help="Why it is adopted; kept with the event.")
def mirror(comment: str | None, *, everything: bool, adopt: bool) -> None:
    """Write what the ledger tells below the files root, as far as it is not there yet."""
    call = invocation()
    if adopt and everything:
        raise click.UsageError("--adopt writes everything anew already.")

    async def work(planner: Planner, actor: Actor) -> Mirrored:
        if adopt:
            await planner.storage.adopt(actor=actor, comment=comment)
            return Mirrored()
        return await planner.storage.mirror(actor=actor, everything=everything)

    done = call.act(work, any_mode=True)
    if call.as_json:
        write_json({"adopted": adopt, **mirrored_fields(done)})
    elif adopt:
        click.echo("The files root is this store's now, and has all that the ledger tells.")
    else:
        written = ", ".join(
            counted(number, what)
            for number, what in ((done.versions, "version"), (done.labels, "label"), (done.streams, "stream"))
        )
        click.echo(f"The files root has all that the ledger tells; {written} written.")
