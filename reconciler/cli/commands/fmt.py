"""`portal fmt`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli import help as manual
from reconciler.cli import options, output
from reconciler.config.edit import files

if TYPE_CHECKING:
    from reconciler.core.diagnostics import Diagnostic


@click.command(
    cls=manual.Verb,
    examples={
        "portal fmt": "Put portal.yaml in order.",
        "portal fmt --check --diff portal.yaml": "In a build: change nothing, show what would change.",
    },
    exits={0: "in order, or brought into order", 1: "with --check: a file would change; or one cannot be read"},
    see=("validate",),
)
@click.argument("files", nargs=-1, metavar="[FILES]...")
@click.option("-f", "--file", "named", multiple=True, metavar="FILE", help="The same as naming it without -f.")
@click.option("--check", is_flag=True, help="Change nothing; list the files that would change, and exit with 1.")
@click.option("--diff", is_flag=True, help="Change nothing; print what would change.")
@options.no_color
def command(files: tuple[str, ...], named: tuple[str, ...], *, check: bool, diff: bool, no_color: bool) -> int:
    """Put configuration files into the usual order and layout.

    Keys come in the order of the schema, with the comments above them; quotes, anchors and line
    breaks stay as they are. Without a name the file is portal.yaml; - reads stdin and writes
    stdout. A file such as portal.staging.yaml beside portal.yaml is taken for an environment.
    """
    from reconciler.core.errors import ConfigurationInvalid, PortalError

    changes: list[bool] = []
    problems: list[Diagnostic] = []
    for path in (*files, *named) or ("portal.yaml",):
        try:
            changed = _format(path, check=check, diff=diff, no_color=no_color)
        except ConfigurationInvalid as problem:
            problems.extend(problem.diagnostics)
        else:
            changes.append(changed)
    if problems:
        raise PortalError(problems)
    return 1 if check and any(changes) else 0


def _format(path: str, *, check: bool, diff: bool, no_color: bool) -> bool:
    """Format one file; return whether that changes it."""
    from reconciler.config.edit import format as fmt
    from reconciler.config.environments import files as source_environments
    from reconciler.config.yaml import document as source
    from reconciler.render.text import difference as render

    before = source.read(path)
    name = source.shown_name(path)
    environment = source_environments.main_of(path) is not None
    after = fmt.format_bytes(before, name, environment=environment)
    if diff and after != before:
        lines = files.difference(before, after, name, environment=environment)
        output.print_text("".join(f"{text}\n" for text in render.difference(lines)), no_color=no_color, whole=True)
    elif check and after != before:
        click.echo(name)
    elif path == source.STDIN and not (check or diff):
        click.echo(after, nl=False)
    elif after != before and not (check or diff):
        files.replace(path, after, expected=before)
        click.echo(f"{name} was brought into its usual layout.", err=True)
    return after != before
