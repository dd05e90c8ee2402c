"""`portal mirror`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import help as manual
from reconciler.cli import options, output

if TYPE_CHECKING:
    from collections.abc import Mapping


@click.group(
    cls=manual.Verbs,
    examples={"portal mirror status -e production": "How far are the people of the vendor here?"},
    see=("plan", "preview"),
)
def command() -> None:
    """Bring the people of a vendor's workspace here, and forget them.

    A plan counts who gains and loses access on these people, and brings them up to date itself. They are personal
    data: of each only what rules name is kept, in a file that only its owner can read.
    """


@command.command(
    cls=manual.Verb,
    examples={"portal mirror status -e production": "How many people, as of when, and is anybody missing?"},
    exits={0: "told"},
    see=("mirror refresh", "mirror forget"),
)
@options.together(options.file, options.workspace)
@options.together(options.output_format, options.no_color)
def status(file: str, workspace_url: str | None, output_format: str, *, no_color: bool) -> int:
    """Say how far the mirror is, and what is missing."""
    options.read_config(file)
    with options.open_target(workspace_url, None) as target:
        return _print(target.people_mirrored(), output_format, no_color=no_color)


@command.command(
    cls=manual.Verb,
    examples={
        "portal mirror refresh -e production": "Read whom the vendor changed since the last time.",
        "portal mirror refresh -e production --whole": "Read everybody anew.",
    },
    exits={0: "everybody is here", 1: "not everybody could be read"},
    see=("mirror status", "plan"),
)
@options.together(options.file, options.workspace)
@click.option("--whole", is_flag=True, help="Read everybody, although the last time is not long ago.")
@options.together(options.output_format, options.no_color)
def refresh(file: str, workspace_url: str | None, output_format: str, *, whole: bool, no_color: bool) -> int:
    """Bring the mirror up to date.

    It goes on where a run that was ended left it. Everybody is read anew once a day, which alone finds whose companies
    changed.
    """
    from reconciler.operations.observe import attributes, granted

    config = options.read_config(file)
    with options.open_target(workspace_url, None) as target:
        refresh_people = target.refresh_people(attributes(config), older_than=0, whole=whole, granted=granted(config))
    return _print(refresh_people, output_format, no_color=no_color) or int(not refresh_people["complete"])


@command.command(
    cls=manual.Verb,
    examples={"portal mirror forget -e production": "Leave nobody in the file."},
    exits={0: "the mirror is empty"},
    see=("mirror status",),
)
@options.together(options.file, options.workspace)
@options.together(options.output_format, options.no_color)
def forget(file: str, workspace_url: str | None, output_format: str, *, no_color: bool) -> int:
    """Remove everybody from the database and from its file."""
    options.read_config(file)
    with options.open_target(workspace_url, None) as target:
        return _print(target.forget_people(), output_format, no_color=no_color)


def _print(entry: Mapping[str, Any], output_format: str, *, no_color: bool) -> int:
    if output_format == "json":
        output.print_json(dict(entry))
    else:
        from reconciler.render.known import mirror

        output.print_text("\n".join(mirror(entry)) + "\n", no_color=no_color)
    return 0
