"""`portal schema`."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli import help as manual

_FILES = {
    "portal": ("portal.schema.json", "The configuration file, for editors."),
    "environment": ("environment.schema.json", "A file of one environment; needs the first one beside it."),
    "plan": ("plan.schema.json", "The plan, as portal plan --format json prints it."),
    "result": ("result.schema.json", "What the other verbs print with --format json."),
    "fleet": ("fleet.schema.json", "What plan, apply, drift and verify print for several configurations."),
    "workspace": ("workspace.openapi.yaml", "The admin API of a workspace, in OpenAPI."),
    "attributes": ("attributes.json", "The built-in attributes of people and companies that rules may name."),
    "required-settings": ("required-settings.json", "What has to be set up before a portal can be enabled."),
}


@click.command(
    cls=manual.Verb,
    examples={
        "portal schema --list": "Which are there?",
        "portal schema portal > portal.schema.json": "The one that an editor completes keys from.",
        "portal schema --check portal.schema.json": "Is the copy in the repository that of this version?",
    },
    exits={0: "printed; with --check: the copy is that of this version", 1: "the copy is stale, or cannot be read"},
    see=("init", "validate", "explain"),
)
@click.argument("name", type=click.Choice(list(_FILES)), default="portal")
@click.option("--list", "listed", is_flag=True, help="List what there is, and print none of it.")
@click.option("--check", "copy", metavar="FILE", help="Print nothing; say whether this copy is that of this version.")
def command(name: str, copy: str | None, *, listed: bool) -> int:
    """Print a schema, or another part of what the documents of this tool are agreed to be.

    Without a name it is the schema of the configuration file. Each is what this version of the
    tool itself checks against.
    """
    from reconciler.core.contract import schema_path

    if listed:
        width = max(map(len, _FILES)) + 2
        for text, (file, meaning) in _FILES.items():
            click.echo(f"{text:<{width}}{file:<24}{meaning}")
        return 0
    if copy is not None:
        return _check(name, copy, schema_path(_FILES[name][0]).read_bytes())
    click.echo(schema_path(_FILES[name][0]).read_text(encoding="utf-8"), nl=False)
    return 0


def _check(name: str, copy: str, known: bytes) -> int:
    from reconciler.core.diagnostics import Source, error
    from reconciler.core.errors import ConfigurationInvalid

    remedy = f"Write it again: portal schema {name} > {copy}."
    try:
        data = Path(copy).read_bytes()
    except OSError as problem:
        message = f"it cannot be read: {problem.strerror}"
        raise ConfigurationInvalid(error("schema-stale", message, remedy=remedy, source=Source(copy, 1, 1))) from None
    if data.replace(b"\r\n", b"\n") != known:
        message = "this copy of the schema is of another version"
        raise ConfigurationInvalid(error("schema-stale", message, remedy=remedy, source=Source(copy, 1, 1)))
    click.echo(f"{copy} is current.", err=True)
    return 0
