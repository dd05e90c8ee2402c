"""`portal drift`."""

from __future__ import annotations

import click

from reconciler.cli import options


@click.command(epilog="Example: portal drift -f portal.yaml --format json")
@options.together(options.file, options.workspace, options.seed, options.output_format, options.no_color)
def command(file: str, workspace_url: str | None, seed: str | None, output_format: str, *, no_color: bool) -> int:
    """Show what somebody else changed since the last apply.

    Compares the workspace with the record of what was applied; changes to the file that are not
    applied yet are not drift. Exits with 2 where there is drift, or where the portal is enabled
    but a required setting was broken.
    """
    from reconciler import resultfile
    from reconciler.cli import planning
    from reconciler.errors import PortalError

    try:
        config = options.read_config(file)
        with options.open_target(workspace_url, seed) as target:
            document = resultfile.drift(planning.make(config, target, ()))
    except PortalError as problem:
        if output_format == "json":
            options.print_json(resultfile.failed("drift", problem.diagnostics))
        raise
    if output_format == "json":
        options.print_json(document)
    else:
        from reconciler.render.result import drift

        options.print_text(drift(document), no_color=no_color)
    return 2 if document["outcome"] == "drift" else 0
