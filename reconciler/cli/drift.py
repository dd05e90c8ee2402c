"""`portal drift`."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli import options


@click.command(epilog="Example: portal drift --adopt")
@options.together(options.file, options.workspace, options.seed, options.output_format, options.no_color)
@click.option("--adopt", is_flag=True, help="Write the live values of what drifted into the file.")
@click.option(
    "--only",
    multiple=True,
    metavar="ADDRESS[.FIELD]",
    help="Answer only this finding; may be given several times. Needed where the file changed too.",
)
def command(
    file: str,
    workspace_url: str | None,
    seed: str | None,
    output_format: str,
    *,
    no_color: bool,
    adopt: bool,
    only: tuple[str, ...],
) -> int:
    """Show what somebody else changed since the last apply.

    Compares the workspace with the record of what was applied; changes to the file that are not
    applied yet are not drift. Exits with 2 where there is drift, or where the portal is enabled
    but a required setting was broken.

    With --adopt the file is made to say what the workspace has, and nothing else in it changes:
    comments, order, quotes and anchors stay. Either everything is written or nothing; what was
    written is printed, with who had changed it. What the file changed as well is left alone unless
    --only names it. Exits with 2 where drift is left.
    """
    from reconciler import resultfile
    from reconciler.cli import adopting, planning
    from reconciler.errors import PortalError

    if only and not adopt:
        raise click.UsageError("--only says which findings to answer: give --adopt too.")
    try:
        if adopt:
            adopted = adopting.adopt(file, workspace_url, seed, only)
            _print_adopted(adopted, output_format, no_color=no_color)
            return 2 if adopted["left"] else 0
        config = options.read_config(file)
        with options.open_target(workspace_url, seed) as target:
            document = resultfile.drift(planning.make(config, target, ()))
    except PortalError as problem:
        if output_format == "json":
            options.print_json(resultfile.failed("adoption" if adopt else "drift", problem.diagnostics))
        raise
    if output_format == "json":
        options.print_json(document)
    else:
        from reconciler.render.result import drift

        options.print_text(drift(document), no_color=no_color)
    return 2 if document["outcome"] == "drift" else 0


def _print_adopted(document: dict[str, Any], output_format: str, *, no_color: bool) -> None:
    if output_format == "json":
        options.print_json(document)
        return
    from reconciler.render.result import adopted

    options.print_text(adopted(document), no_color=no_color)
