"""`portal secret`."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import click

from reconciler.cli import help as manual
from reconciler.cli.support import database as workspaces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workspace.identity.secrets import Kind, SecretEntry
    from workspace.writes.admin_write import AdminWrite

_DAY = 24 * 3600


@click.group(
    cls=manual.Verbs,
    examples={"portal secret create app --db acme.db": "What the web application signs its users' identity with."},
    see=("token", "verify"),
)
def command() -> None:
    """Make, list, rotate and revoke the secrets that identities are signed with.

    These work on the database itself, not over the network.
    """


@command.command(
    cls=manual.Verb,
    examples={
        "portal secret create app --db acme.db": "For signed tokens (JWT).",
        "portal secret create app --kind hmac --db acme.db": "For hashes of ids.",
    },
    exits={0: "made, and printed on stdout"},
    see=("secret list", "secret rotate", "verify"),
)
@click.argument("name")
@click.option(
    "--kind", type=click.Choice(["jwt", "hmac"]), default="jwt", show_default=True, help="What it signs: tokens or ids."
)
@workspaces.database
def create(name: str, kind: str, db: str) -> int:
    """Make a secret and print it.

    It cannot be shown again. Give it to the web application, and to portal verify in PORTAL_IDENTITY_SECRET.
    """
    with _writing(db) as write:
        from workspace.identity import secrets

        _, value = secrets.create(write, cast("Kind", kind), name)
    click.echo(value)
    return 0


@command.command(
    name="list",
    cls=manual.Verb,
    examples={"portal secret list --db acme.db": "Which secrets are valid?"},
    exits={0: "listed"},
    see=("secret create", "secret revoke"),
)
@workspaces.database
def show(db: str) -> int:
    """List the secrets, newest first, without their values."""
    with workspaces.explained(), workspaces.opened(db, write=False) as connection:
        from workspace.identity import secrets

        entries = secrets.entries(connection)
    for line in _lines(entries):
        click.echo(line)
    return 0


@command.command(
    cls=manual.Verb,
    examples={"portal secret rotate sec_0123456789abcdef --days 7 --db acme.db": "The old one stays valid for a week."},
    exits={0: "made, and printed on stdout"},
    see=("secret list", "secret revoke"),
)
@click.argument("secret")
@click.option(
    "--days", type=click.IntRange(0, 7), default=1, show_default=True, help="How long the old one stays valid."
)
@workspaces.database
def rotate(secret: str, days: int, db: str) -> int:
    """Make the successor of a secret and print it."""
    with _writing(db) as write:
        from workspace.identity import secrets

        _, value = secrets.rotate(write, secret, days * _DAY)
    click.echo(value)
    return 0


@command.command(
    cls=manual.Verb,
    examples={"portal secret revoke sec_0123456789abcdef --db acme.db": "What it signed is refused from now on."},
    exits={0: "ended"},
    see=("secret list", "secret create"),
)
@click.argument("secret")
@workspaces.database
def revoke(secret: str, db: str) -> int:
    """End a secret at once, and the sessions that it vouched for."""
    with _writing(db) as write:
        from workspace.identity import secrets

        secrets.revoke(write, secret)
    click.echo(f"Revoked {secret}.", err=True)
    return 0


@contextmanager
def _writing(db: str) -> Iterator[AdminWrite]:
    with workspaces.explained():
        from workspace.core.errors import ApiError, WorkspaceError
        from workspace.writes.admin_write import admin_write
        from workspace.writes.audit_log import Caller

        caller = Caller("portal secret", ("read", "write"), "portal", None)
        try:
            with workspaces.engine_of(db) as engine, admin_write(engine, caller, int(time.time())) as write:
                yield write
        except ApiError as problem:
            missing = "there is no valid secret of this id"
            summary = missing if problem.status == 404 else str(problem)  # noqa: PLR2004 - not found
            raise WorkspaceError(summary, "`portal secret list` shows those there are.") from problem


def _lines(entries: Sequence[SecretEntry]) -> list[str]:
    width = max((len(entry.name) for entry in entries), default=0)
    return [
        f"{entry.id}  {entry.name:<{width}}  {entry.kind:<4}  since {_day(entry.created_at)}"
        + (f"  until {_day(entry.expires_at)}" if entry.expires_at is not None else "")
        + (f"  revoked {_day(entry.revoked_at)}" if entry.revoked_at is not None else "")
        for entry in entries
    ]


def _day(seconds: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))
