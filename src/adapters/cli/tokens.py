"""``planvault tokens``."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from ...application.access.manage_tokens import LONGEST_LIFE_DAYS
from ...application.planner import Planner
from ...application.presentation import list_fields, token_fields
from ...domain.access.actor import Actor, Role
from ...domain.access.token import AccessToken
from ...domain.errors import InvalidRequestError
from .figures import moment
from .invocation import invocation
from .nouns import noun
from .output import write_json, write_table

tokens = noun("tokens", "Access tokens: create, list, revoke.")


@tokens.command("create")
@click.argument("name")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice([str(role) for role in Role]),
    help="What NAME may do; give it once for each role.",
)
@click.option("--days", type=int, default=LONGEST_LIFE_DAYS, show_default=True, help="How long it holds.")
def create(name: str, roles: tuple[str, ...], days: int) -> None:
    """Make an access token for NAME and show it, this once.

    From the first token on every write needs one; the first is an admin's.
    """
    call = invocation()
    wanted = [Role(role) for role in roles]
    if not name.strip():
        raise InvalidRequestError(
            "The token's NAME is empty.", remedy="Say whose it is: planvault tokens create NAME --role ROLE."
        )

    async def work(planner: Planner, actor: Actor) -> tuple[AccessToken, str, bool]:
        first = not await planner.tokens.list()
        return *await planner.tokens.create(name, wanted, actor=actor, days=days), first

    token, text, first = call.act(work)
    if call.as_json:
        write_json({**token_fields(token), "token": text})
        return
    zone = call.surroundings.zone
    click.echo(text)
    call.note(
        f"Token {token.token_id} of {token.actor_name} ({', '.join(sorted(token.roles))}) "
        f"holds until {moment(token.expires_at, zone)} ({zone.key}). It is shown this once and kept nowhere."
    )
    if first:
        call.note("Next: set PLANVAULT_TOKEN to it. From now on every write to this store needs a token.")
    else:
        call.note(f"Next: hand it to {token.actor_name}; it is shown only now.")


@tokens.command("list")
def list_() -> None:
    """List all tokens, oldest first; none shows its secret."""
    call = invocation()
    found = call.read(lambda planner: planner.tokens.list())
    if call.as_json:
        write_json(list_fields(found, token_fields))
        return
    if not found:
        click.echo("There are no tokens: whoever names an actor is believed.")
        return
    zone, now = call.surroundings.zone, datetime.now(UTC)
    write_table(
        ["id", "of", "roles", "standing", f"until ({zone.key})", f"created ({zone.key})", "by"],
        [
            [
                token.token_id,
                token.actor_name,
                ", ".join(sorted(token.roles)),
                _standing(token, now),
                moment(token.expires_at, zone),
                moment(token.created_at, zone),
                token.created_by,
            ]
            for token in found
        ],
    )


@tokens.command("revoke")
@click.argument("token_id", metavar="ID")
@click.option("--comment", help="Why; kept with the event.")
def revoke(token_id: str, comment: str | None) -> None:
    """Close the token of that ID for good."""
    call = invocation()
    token = call.act(lambda planner, actor: planner.tokens.revoke(token_id, actor=actor, comment=comment))
    if call.as_json:
        write_json(token_fields(token))
    else:
        click.echo(f"Token {token.token_id} of {token.actor_name} is revoked.")


def _standing(token: AccessToken, now: datetime) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "active" if token.is_active(now) else "expired"
