"""`portal audience`."""

from __future__ import annotations

import click

from reconciler.cli import help as manual
from reconciler.cli import options
from reconciler.cli.support import editing


@click.group(
    cls=manual.Verbs,
    examples={"portal audience add 'Tag is vip'": "Let in people with a tag, too."},
    see=("set", "preview", "plan"),
)
def command() -> None:
    """Let somebody else in, too, or no longer: edits of the audience in the file."""


@command.command(
    cls=manual.Verb,
    examples={
        "portal audience add 'Email ends with @globex.example'": "In the words of the settings page.",
        "portal audience add '{attribute: company.plan_tier, is: enterprise}'": "As the file has it.",
    },
    exits={0: "written, or said already"},
    see=("audience remove", "preview", "plan"),
)
@click.argument("condition")
@options.together(options.file, options.environment, options.no_color)
def add(condition: str, file: str, *, no_color: bool) -> int:
    """Let in whom a condition means, beside those who are let in already.

    The condition becomes one of the alternatives (any) of the audience; comments and everything else in the file stay.
    Prints what changed in the file; no workspace is asked.
    """
    from reconciler.config.settings import condition_of

    desired = condition_of(condition)
    return editing.edit(file, lambda settings: settings.with_condition(desired), no_color=no_color)


@command.command(
    cls=manual.Verb,
    examples={"portal audience remove 'Tag is beta'": "No longer let in people because of that tag."},
    exits={0: "written"},
    see=("audience add", "preview", "plan"),
)
@click.argument("condition")
@options.together(options.file, options.environment, options.no_color)
def remove(condition: str, file: str, *, no_color: bool) -> int:
    """No longer let in people because of a condition: one of the alternatives (any) of the audience goes."""
    from reconciler.config.settings import condition_of

    desired = condition_of(condition)
    return editing.edit(file, lambda settings: settings.without_condition(desired), no_color=no_color)
