"""`portal serve`."""

from __future__ import annotations

import os
import re
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import help as manual
from reconciler.cli.progress import waited_for
from reconciler.cli.support import database as workspaces

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workspace.upstream.intercom.api import Account

_LONGEST_ADDRESS = 2000


def _web_address(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Check the address of a page for customers; raise click.BadParameter for any other."""
    if value is None:
        return None
    # No name or password before the host: everybody is shown it.
    if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[!-~]*)?", value) or len(value) > _LONGEST_ADDRESS:
        raise click.BadParameter("an address begins with https:// or http://, such as https://app.acme.example/sign-in")
    return value


@click.command(
    cls=manual.Verb,
    examples={
        "portal serve": "Run a workspace on this machine, in workspace.db.",
        "portal serve --db acme.db --port 8470 --demo": "With a sample web application to log in with.",
        "portal serve --db postgresql://db.example/acme --workers 4": "On PostgreSQL, in four processes.",
        "portal serve --upstream intercom --db intercom.db": "An Intercom workspace, for a team and its builds.",
    },
    exits={0: "ended by Ctrl-C or SIGTERM"},
    see=("token", "plan"),
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8470,
    show_default=True,
    help="The port to listen on; 0 picks a free one and says which.",
)
@workspaces.database
@click.option(
    "--seed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What an empty database is filled from; one that holds a workspace is left as it is. "
    "Without it: an example workspace.",
)
@click.option(
    "--people",
    type=click.IntRange(0, 10_000_000),
    default=0,
    show_default=True,
    help="How many made-up people an empty database gets beside those of the seed.",
)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="How many processes answer.")
@click.option(
    "--demo",
    is_flag=True,
    help="Add a sample web application at /demo in which everybody can sign in as anybody. For trying out only.",
)
@click.option(
    "--web-app",
    metavar="URL",
    callback=_web_address,
    help="The web application where customers sign in; the portal sends signed-out visitors there.",
)
@click.option(
    "--trusted-proxy",
    "trusted_proxies",
    multiple=True,
    metavar="ADDRESS",
    help="A proxy, or a network like 10.0.0.0/8, whose X-Forwarded-For, -Proto and -Host are believed. Repeatable.",
)
@click.option(
    "--upstream",
    type=click.Choice(["intercom"]),
    help="Serve what is known of a workspace of this vendor, with its token in INTERCOM_TOKEN.",
)
@click.option(
    "--region",
    type=click.Choice(["us", "eu", "au"]),
    help="Where the vendor keeps the workspace. Without it: found by asking.",
)
@click.option(
    "--access-log",
    metavar="FILE",
    help="Append a line of JSON for each request to a file, or to stderr with `-`. It has no tokens and no ids.",
)
def command(
    host: str,
    port: int,
    db: str,
    seed: Path | None,
    people: int,
    workers: int,
    web_app: str | None,
    trusted_proxies: tuple[str, ...],
    access_log: str | None,
    upstream: str | None,
    region: str | None,
    *,
    demo: bool,
) -> int:
    """Run a workspace.

    Stays in the foreground and says on stderr when it answers. An empty database is filled first, and
    its administrator's token is shown once. Set PORTAL_ADMIN_TOKEN to choose that token yourself.

    With --upstream, settings and people are those of a vendor's workspace. Its token stays with this
    server: whoever plans needs a token of the server only. It serves no pages for customers then.
    """
    _check_together(upstream, region, {"--seed": seed, "--people": people, "--demo": demo, "--web-app": web_app})
    with workspaces.explained():
        from workspace.serve.server import serve

        account = None if upstream is None else _account(region)

        waiting = ExitStack()
        waiting.enter_context(waited_for("the database", "it is made and filled, or in use"))

        def say(message: str) -> None:
            waiting.close()
            click.echo(message, err=True)

        with waiting:
            serve(
                host=host,
                port=port,
                database=db,
                seed=seed,
                workers=workers,
                people=people,
                demo=demo,
                web_app=web_app,
                trusted_proxies=trusted_proxies,
                log=access_log,
                account=account,
                say=say,
            )
    return 0


def _check_together(upstream: str | None, region: str | None, own: Mapping[str, object]) -> None:
    """Refuse options that contradict each other."""
    if upstream is None and region is not None:
        raise click.UsageError("--region says where a vendor keeps a workspace: give --upstream, too.")
    if upstream is not None and (given := [name for name, value in own.items() if value]):
        raise click.UsageError(f"{given[0]} does not go with --upstream: people are those of the vendor.")


def _account(region: str | None) -> Account:
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import NotAllowed
    from reconciler.core.secrets import checked
    from reconciler.target.embedded import INTERCOM_URL
    from workspace.serve import vendor

    # What workers inherit must not hold the token.
    token = os.environ.pop("INTERCOM_TOKEN", None)
    if not token:
        remedy = "Put an access token of the workspace into the environment variable INTERCOM_TOKEN."
        raise NotAllowed(error("token-missing", "there is no token for Intercom", remedy=remedy))
    return vendor.account(region, checked("INTERCOM_TOKEN", token), os.environ.get(INTERCOM_URL))
