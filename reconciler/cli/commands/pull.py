"""`portal pull`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli import help as manual
from reconciler.cli import options, output

if TYPE_CHECKING:
    from reconciler.target.protocol import Target


@click.command(
    cls=manual.Verb,
    examples={
        "portal pull": "What would a file say that describes the workspace as it is?",
        "portal pull --out pulled.yaml": "Write it to a file.",
        "portal pull --help-center acme --name acme-support": "Where there are several Help Centers.",
    },
    exits={0: "written"},
    see=("init", "drift", "plan"),
)
@options.together(options.workspace, options.seed)
@click.option("--help-center", metavar="IDENTIFIER", help="Which Help Center, where the workspace has several.")
@click.option("--name", metavar="NAME", help="The name of the configuration; the Help Center's identifier without it.")
@click.option("--out", metavar="FILE", help="Where to write it; stdout without it.")
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
@options.no_color
def command(
    workspace_url: str | None,
    seed: str | None,
    help_center: str | None,
    name: str | None,
    out: str | None,
    *,
    force: bool,
    no_color: bool,
) -> int:
    """Write a configuration from what a workspace has.

    The file is whole and valid, has comments, and a plan of it is empty. What a file cannot say,
    such as a section that this version does not know, is left out with a comment and a warning.
    To bring a file up to date that you have already, use portal drift --adopt.
    """
    from reconciler.operations import pull

    with options.open_target(workspace_url, seed) as target:
        chosen = choose_help_center(target, help_center)
        pulled = pull.pulled(target.observe(chosen, chosen), name or chosen)
    if pulled.left_out:
        from reconciler.render.text.diagnostics import text

        output.print_text(text(pulled.left_out), no_color=no_color, err=True)
    if out is None:
        click.echo(pulled.text, nl=False)
        return 0
    from reconciler.config.edit import files

    files.create(out, pulled.text.encode(), force=force)
    click.echo(f"{out} says what {target.name} has. Try: portal plan -f {out}", err=True)
    return 0


def choose_help_center(target: Target, desired: str | None) -> str:
    """Choose the Help Center; raise WorkspaceUnusable for an unknown name, UsageError where several need one."""
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import UsageError, WorkspaceUnusable
    from reconciler.core.wording import did_you_mean

    known = list(target.help_centers())
    has = f"It has {', '.join(known) or 'none'}."
    if desired is None and len(known) == 1:
        return known[0]
    if desired is None:
        summary = f"{target.name} has {len(known)} Help Centers"
        remedy = f"Choose one with `--help-center`. {has}"
        raise UsageError(error("help-center-needed", summary, remedy=remedy))
    if desired not in known:
        summary = f"{target.name} has no Help Center {desired!r}"
        raise WorkspaceUnusable(error("help-center-unknown", summary, remedy=did_you_mean(desired, known, has)))
    return desired
