"""`portal token`."""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, cast

import click

from reconciler.cli import help as manual
from reconciler.cli.support import database as workspaces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workspace.identity.tokens import Scope, TokenEntry


@click.group(
    cls=manual.Verbs,
    examples={"portal token create ci --scope write --db acme.db": "A token for a build that applies."},
    see=("serve",),
)
def command() -> None:
    """Make, list and revoke the tokens of a workspace.

    These work on the database itself, not over the network.
    """


_DAY = 86_400


def _end(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    """Return the expiry of a token, in seconds since 1970; None for never."""
    if value is None:
        return None
    now = int(time.time())
    if match := re.fullmatch(r"([1-9]\d{0,3})d", value, re.ASCII):
        return now + int(match[1]) * _DAY
    try:
        last = date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("write 90d, or a day such as 2027-03-31") from None
    end = int(datetime.combine(last, datetime.min.time(), UTC).timestamp()) + _DAY
    if end <= now:
        raise click.BadParameter(f"{value} is over already")
    return end


@command.command(
    cls=manual.Verb,
    examples={
        "portal token create ci --scope write --db acme.db": "A token for a build that applies.",
        "portal token create reviewer --db acme.db": "One that can plan, and change nothing.",
        "portal token create auditor --expires 30d --db acme.db": "One that ends by itself.",
    },
    exits={0: "made, and printed on stdout"},
    see=("token list", "token revoke", "serve"),
)
@click.argument("name")
@click.option(
    "--scope",
    type=click.Choice(["read", "write"]),
    default="read",
    show_default=True,
    help="What the token may do; write includes read.",
)
@click.option(
    "--expires",
    metavar="DAYS|DATE",
    callback=_end,
    help="When it ends by itself: 90d, or the last day, 2027-03-31 (UTC).",
)
@workspaces.database
def create(name: str, scope: str, expires: int | None, db: str) -> int:
    """Make a token and print it.

    It cannot be shown again: only a hash of it is kept. One with an end is refused from then on, as one that was
    revoked.
    """
    with workspaces.explained(), workspaces.opened(db, write=True) as connection:
        from workspace.identity import tokens as auth

        token = auth.create(connection, name, cast("Scope", scope), now=int(time.time()), expires_at=expires)
    click.echo(token)
    return 0


@command.command(
    name="list",
    cls=manual.Verb,
    examples={"portal token list --db acme.db": "Who may do what?"},
    exits={0: "listed"},
    see=("token create", "token revoke"),
)
@workspaces.database
def show(db: str) -> int:
    """List the tokens.

    Shows each with its scopes, since when there is one, and when it was revoked. The token itself is not kept.
    """
    with workspaces.explained(), workspaces.opened(db, write=False) as connection:
        from workspace.identity import tokens as auth

        entries = auth.entries(connection)
    for line in _lines(entries):
        click.echo(line)
    return 0


@command.command(
    cls=manual.Verb,
    examples={"portal token revoke ci --db acme.db": "From now on it opens nothing."},
    exits={0: "ended"},
    see=("token list", "token create"),
)
@click.argument("name")
@workspaces.database
def revoke(name: str, db: str) -> int:
    """End a token at once."""
    with workspaces.explained(), workspaces.opened(db, write=True) as connection:
        from workspace.identity import tokens as auth

        auth.revoke(connection, name, now=int(time.time()))
    click.echo(f"Revoked {name}.", err=True)
    return 0


def _lines(entries: Sequence[TokenEntry]) -> list[str]:
    width = max((len(entry.name) for entry in entries), default=0)
    return [
        f"{entry.name:<{width}}  {','.join(entry.scopes):<10}  since {_day(entry.created_at)}"
        + (f"  until {_day(entry.expires_at - 1)}" if entry.expires_at is not None else "")
        + (f"  revoked {_day(entry.revoked_at)}" if entry.revoked_at is not None else "")
        for entry in entries
    ]


def _day(seconds: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))
