"""`portal schema`."""

from __future__ import annotations

import click

_FILES = {
    "portal": "portal.schema.json",
    "plan": "plan.schema.json",
    "result": "result.schema.json",
    "workspace": "workspace.openapi.yaml",
}


@click.command(epilog="Example: portal schema portal > portal.schema.json")
@click.argument("name", type=click.Choice(list(_FILES)), default="portal")
def command(name: str) -> int:
    """Print a schema of the contract.

    portal is the configuration file, for editors; plan and result are the documents that the
    other verbs print; workspace is the admin API.
    """
    from reconciler.resources import schema_path

    click.echo(schema_path(_FILES[name]).read_text(encoding="utf-8"), nl=False)
    return 0
