"""`portal drift`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from reconciler.cli import applying, options


@click.command(epilog="Example: portal drift --adopt")
@options.together(options.file, options.workspace, options.seed, options.output_format, options.no_color)
@click.option("--revert", is_flag=True, help="Put back what was last applied: shows the plan, asks, and applies it.")
@options.together(applying.yes, options.allow)
@click.option("--out", metavar="FILE", help="With --revert: write the plan to a file, and change nothing.")
@options.together(applying.lock_wait, applying.lock_ttl, options.quiet)
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
    revert: bool,
    yes: bool,
    allow: tuple[str, ...],
    out: str | None,
    lock_wait: int,
    lock_ttl: int,
    quiet: bool,
) -> int:
    """Show what somebody else changed since the last apply.

    Compares the workspace with the record of what was applied; changes to the file that are not
    applied yet are not drift. Exits with 2 where there is drift, or where the portal is enabled
    but a required setting was broken.

    With --adopt the file is made to say what the workspace has, and nothing else in it changes:
    comments, order, quotes and anchors stay. Either everything is written or nothing; what was
    written is printed, with who had changed it. What the file changed as well is left alone unless
    --only names it. Exits with 2 where drift is left.

    With --revert what drifted is put back, by a plan like any other; what the file changed is left
    to portal apply. Exits as portal apply does.
    """
    from reconciler import resultfile
    from reconciler.cli import adopting, planning
    from reconciler.errors import PortalError

    if only and not adopt:
        raise click.UsageError("--only says which findings to answer: give --adopt too.")
    if adopt and revert:
        raise click.UsageError("Give --adopt or --revert: they go opposite ways.")
    if revert:
        manner = applying.Manner(output_format, no_color, quiet, yes, lock_wait, lock_ttl)
        return _revert(file, (workspace_url, seed), allow, out, manner)
    if yes or allow or out:
        raise click.UsageError("--yes, --allow and --out are for --revert.")
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


def _revert(
    file: str, where: tuple[str | None, str | None], allow: tuple[str, ...], out: str | None, manner: applying.Manner
) -> int:
    from reconciler import planfile
    from reconciler.cli import planning
    from reconciler.commit import current_commit
    from reconciler.guards import Risk
    from reconciler.planning import plan_revert

    with planning.document_on_failure(manner.output_format):
        config = options.read_config(file)
        with options.open_target(*where) as target:
            plan = plan_revert(
                config,
                target,
                now=datetime.now(UTC),
                commit=current_commit(config.document.file),
                allowed=[Risk(one) for one in allow],
            )
            document = planfile.to_document(plan)
            if out is None:
                return applying.offer(document, target, manner)
        planning.save(document, out)
    return planning.print_document(document, manner.output_format, no_color=manner.no_color)


def _print_adopted(document: dict[str, Any], output_format: str, *, no_color: bool) -> None:
    if output_format == "json":
        options.print_json(document)
        return
    from reconciler.render.result import adopted

    options.print_text(adopted(document), no_color=no_color)
