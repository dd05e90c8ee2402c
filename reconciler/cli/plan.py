"""`portal plan`."""

from __future__ import annotations

import click

from reconciler.cli import options


@click.command(
    epilog="Example: portal plan -f portal.yaml --detailed-exitcode",
)
@options.together(options.file, options.workspace, options.seed, options.allow, options.output_format, options.no_color)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 where changes are pending.")
def command(
    file: str,
    workspace_url: str | None,
    seed: str | None,
    allow: tuple[str, ...],
    output_format: str,
    *,
    no_color: bool,
    detailed_exitcode: bool,
) -> int:
    """Show what applying a file would change, and whom it touches.

    Reads only; nothing can change. Exits with 0, or 3 where something forbids the changes; with
    --detailed-exitcode also with 2 where there are changes.
    """
    from reconciler.cli.planning import whole_plan

    plan = whole_plan(file, workspace_url, seed, allow, output_format, no_color=no_color)
    if plan.blocked:
        return 3
    return 2 if detailed_exitcode and not plan.empty else 0
