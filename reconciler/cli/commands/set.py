"""`portal set`."""

from __future__ import annotations

import click

from reconciler.cli import help as manual
from reconciler.cli import options
from reconciler.cli.support import editing


@click.command(
    cls=manual.Verb,
    examples={
        "portal set portal.ticket_visibility own": "Everybody sees only their own tickets.",
        "portal set guards.max_access_gained 25%": "A guard.",
        "portal set help_center.custom_domain help.staging.acme.example -e staging": "An override of one environment.",
        "portal set guards.allow_everyone --unset": "Say nothing about it any more.",
    },
    exits={0: "written, or said already"},
    see=("audience", "validate", "fmt", "plan"),
)
@click.argument("key")
@click.argument("value", required=False)
@options.together(options.file, options.environment)
@click.option("--unset", is_flag=True, help="Take the key out of the file: it is not managed any more.")
@options.no_color
def command(key: str, value: str | None, file: str, *, unset: bool, no_color: bool) -> int:
    """Set one key of the file, and leave everything else in it as it is: comments, order, quotes.

    KEY is written as complaints write it, with dots: help_center.custom_domain. VALUE is YAML. With -e it becomes an
    override of that environment. What would be no valid configuration is refused, and nothing is written. Prints what
    changed in the file; no workspace is asked.
    """
    from reconciler.config.edit.edits import REMOVED
    from reconciler.config.settings import path_of, value_of

    if unset == (value is not None):
        raise click.UsageError("Give a VALUE, or --unset.")
    desired = REMOVED if value is None else value_of(value)
    return editing.edit(file, lambda settings: settings.with_value(path_of(key), desired), no_color=no_color)
