"""`portal open`."""

from __future__ import annotations

import sys

import click

from reconciler.cli import help as manual
from reconciler.cli import options

_SERVED = "http://127.0.0.1:8470"
"""The default address of `portal serve`."""
_PATHS = {"console": "/admin/hc/{}/home", "portal": "/hc/{}/en/tickets-portal", "help-center": "/hc/{}/en/"}


@click.command(
    cls=manual.Verb,
    examples={
        "portal open": "The settings pages of the workspace that portal serve runs on this machine.",
        "portal open portal": "The tickets portal, as customers see it.",
        "portal open help-center --workspace https://workspace.acme.example": "The Help Center of another workspace.",
    },
    exits={0: "opened, or printed"},
    see=("serve", "verify"),
)
@click.argument("page", type=click.Choice(sorted(_PATHS)), default="console")
@options.file
@options.workspace
@click.option("--help-center", metavar="IDENTIFIER", help="Which Help Center; that of the file without it.")
def command(page: str, file: str, workspace_url: str | None, help_center: str | None) -> int:
    """Open the console, the portal or the Help Center in a browser.

    Prints the address. A browser opens only where stdout is a terminal. Without --workspace and --env it is the
    workspace that portal serve runs on this machine, on its usual port.
    """
    address = options.site(workspace_url) or _SERVED
    if page == "console" and help_center is None:
        # It finds the first Help Center by itself, so no file is needed.
        path = "/admin/"
    else:
        path = _PATHS[page].format(help_center or options.read_config(file).help_center)
    url = f"{address.rstrip('/')}{path}"
    click.echo(url)
    if sys.stdout.isatty():
        click.launch(url)
    return 0
