"""`portal undo`."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import click

from reconciler.cli import applying, options


@click.command(epilog="Example: portal undo r1 --yes --allow narrows_access")
@click.argument("receipt", metavar="RECEIPT")
@options.together(options.file, options.workspace, options.seed, options.allow)
@click.option("--out", metavar="FILE", help="Write the plan to a file, for portal apply FILE, and change nothing.")
@options.together(
    options.output_format, options.no_color, options.quiet, applying.yes, applying.lock_wait, applying.lock_ttl
)
def command(
    receipt: str,
    file: str,
    workspace_url: str | None,
    seed: str | None,
    allow: tuple[str, ...],
    out: str | None,
    output_format: str,
    *,
    no_color: bool,
    quiet: bool,
    yes: bool,
    lock_wait: int,
    lock_ttl: int,
) -> int:
    """Take back what one apply did.

    RECEIPT is an id that portal history lists. The way back is a plan like any other: it is shown,
    guarded and confirmed, and leaves a receipt of its own. Where somebody has changed since what the
    apply had changed, it is refused, and every such field is named.
    """
    from reconciler import planfile
    from reconciler.cli import planning, show
    from reconciler.commit import current_commit
    from reconciler.guards import Risk
    from reconciler.planning import plan_undo

    manner = applying.Manner(output_format, no_color, quiet, yes, lock_wait, lock_ttl)
    with planning.document_on_failure(output_format):
        config = options.read_config(file)
        with options.open_target(workspace_url, seed) as target:
            plan = plan_undo(
                config,
                target,
                show.receipt(target, _checked(receipt)),
                now=datetime.now(UTC),
                commit=current_commit(config.document.file),
                allowed=[Risk(one) for one in allow],
            )
            document = planfile.to_document(plan)
            if out is None:
                return applying.offer(document, target, manner)
        planning.save(document, out)
    return planning.print_document(document, output_format, no_color=no_color)


def _checked(receipt: str) -> str:
    if re.fullmatch(r"r[0-9]{1,18}", receipt, re.ASCII):
        return receipt
    raise click.BadParameter(f"{receipt!r} is not the id of a receipt, such as r12", param_hint="RECEIPT")
