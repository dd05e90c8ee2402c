"""Shared by verbs that edit a file: read it, write it, and show the difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli import options, output

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.config.settings import Settings


def edit(file: str, change: Callable[[Settings], Mapping[str, bytes]], *, no_color: bool) -> int:
    """Edit a configuration through `change`, print the difference, and return the exit code."""
    from reconciler.config.edit import files
    from reconciler.config.edit.several import replace_all
    from reconciler.config.environments import files as source_environments
    from reconciler.config.settings import Settings
    from reconciler.config.yaml import document as source
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import ConfigurationInvalid, UsageError
    from reconciler.render.text.difference import difference

    if file == source.STDIN:
        remedy = "Name the file with `--file`."
        raise UsageError(error("stdin-not-writable", "what comes from stdin cannot be written back", remedy=remedy))
    chosen = options.chosen()
    options.recover(file)
    before = source_environments.read(file, None if chosen is None else (chosen,))
    options.usable(before.document())
    try:
        after = change(Settings(before, chosen))
    except ConfigurationInvalid:
        click.echo("Nothing was written. The file would be wrong, like this:", err=True)
        raise
    changed = [name for name in after if after[name] != before.contents[name]]
    if not changed:
        click.echo("Nothing to do: the file says so already.", err=True)
        return 0
    replace_all({name: (before.contents[name], after[name]) for name in changed})
    shown = [
        line
        for name in changed
        for line in files.difference(before.contents[name], after[name], name, environment=name != before.main)
    ]
    output.print_text("\n".join(difference(shown)) + "\n", no_color=no_color, whole=True)
    click.echo("Next: portal plan, which shows what that means for people.", err=True)
    return 0
