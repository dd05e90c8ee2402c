"""`portal apply`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from reconciler.cli import options

if TYPE_CHECKING:
    from reconciler.apply import Event
    from reconciler.config import Config
    from reconciler.plan import Plan
    from reconciler.targets.base import Target


@click.command(epilog="Example: portal apply -f portal.yaml --yes")
@options.together(
    options.file,
    options.workspace,
    options.seed,
    options.allow,
    options.output_format,
    options.no_color,
    options.quiet,
)
@click.option("--yes", is_flag=True, help="Apply without asking.")
def command(
    file: str,
    workspace_url: str | None,
    seed: str | None,
    allow: tuple[str, ...],
    output_format: str,
    *,
    no_color: bool,
    quiet: bool,
    yes: bool,
) -> int:
    """Make the workspace what the file describes.

    Shows the plan, asks, and does exactly what the plan shows. Asks only where both ends are a
    terminal; anywhere else --yes has to be given. With --format json, stdout is the document of
    the result, and the plan is part of it.
    """
    from reconciler.cli import planning

    with planning.document_on_failure(output_format):
        config = options.read_config(file)
        with options.open_target(workspace_url, seed) as target:
            plan = planning.make(config, target, allow)
            if output_format == "text":
                planning.show(plan, output_format, no_color=no_color)
            if plan.blocked or not (plan.empty or yes or _confirmed(plan)):
                return _end(plan, output_format)
            return _apply(plan, config, target, output_format, no_color=no_color, quiet=quiet)


def _end(plan: Plan, output_format: str) -> int:
    """End without having changed anything."""
    from reconciler import resultfile

    if output_format == "json":
        options.print_json(resultfile.not_applied(plan))
    if plan.blocked:
        return 3
    click.echo("Nothing was applied.", err=True)
    return 1


def _confirmed(plan: Plan) -> bool:
    from reconciler.diagnostics import error
    from reconciler.errors import UsageError

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            error(
                "confirmation-impossible",
                "there is nobody to ask whether to apply this plan",
                remedy="Give --yes to apply without asking.",
            )
        )
    return click.confirm(
        f"\nApply these {len(plan.changes)} changes?" if len(plan.changes) > 1 else "\nApply it?", err=True
    )


def _apply(plan: Plan, config: Config, target: Target, output_format: str, *, no_color: bool, quiet: bool) -> int:
    from reconciler import apply, resultfile
    from reconciler.planning import converged

    result = apply.run(plan, target, _silent if quiet or plan.empty else _Progress(plan))
    after = converged(config, target) if result.failure is None else None
    document = resultfile.applied(plan, result, after)
    if output_format == "json":
        options.print_json(document)
    elif not plan.empty or result.failure:
        from reconciler.render.result import text

        options.print_text(text(document), no_color=no_color)
    if result.failure is None:
        return 0
    return 5 if result.applied else result.failure.exit_code


def _silent(event: Event) -> None:
    """Tell nobody."""


class _Progress:
    """Tells on stderr which change is being made."""

    def __init__(self, plan: Plan) -> None:
        self._count = len(plan.changes)
        click.echo(err=True)

    def __call__(self, event: Event) -> None:
        if event.outcome is None:
            click.echo(
                f"[{event.change.id}/{self._count}] {event.change.title} {event.change.address} … ", err=True, nl=False
            )
        else:
            click.echo("done" if event.outcome == "applied" else "failed", err=True)
