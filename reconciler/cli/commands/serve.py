"""`portal serve`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli import help as manual
from reconciler.cli.support import database as workspaces

if TYPE_CHECKING:
    from collections.abc import Callable


@click.command(
    cls=manual.Verb,
    examples={
        "portal serve": "Run a workspace on this machine, in workspace.db.",
        "portal serve --db acme.db --port 8470 --demo": "With a sample web application to log in with.",
        "portal serve --db postgresql://db.example/acme --workers 4": "On PostgreSQL, in four processes.",
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
    "--trusted-proxy",
    "trusted_proxies",
    multiple=True,
    metavar="ADDRESS",
    help="A proxy, or a network like 10.0.0.0/8, whose X-Forwarded-For, -Proto and -Host are believed. Repeatable.",
)
@click.option(
    "--access-log",
    metavar="FILE",
    help="Append a line of JSON for each request to a file, or to stderr with `-`. No token and no id stands there.",
)
def command(
    host: str,
    port: int,
    db: str,
    seed: Path | None,
    people: int,
    workers: int,
    trusted_proxies: tuple[str, ...],
    access_log: str | None,
    *,
    demo: bool,
) -> int:
    """Run a workspace.

    Stays in the foreground and says on stderr when it answers. An empty database is filled first, and
    its administrator's token is shown once. Set PORTAL_ADMIN_TOKEN to choose that token yourself.
    """
    with workspaces.explained():
        from workspace.serve.server import serve

        serve(
            host=host,
            port=port,
            database=db,
            seed=seed,
            workers=workers,
            people=people,
            demo=demo,
            trusted_proxies=trusted_proxies,
            log=access_log,
            say=_to_stderr(),
        )
    return 0


def _to_stderr() -> Callable[[str], None]:
    return lambda line: click.echo(line, err=True)
