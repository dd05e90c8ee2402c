"""`portal undo`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import applying, options
from reconciler.cli import help as manual

if TYPE_CHECKING:
    from reconciler.config.desired import Config
    from reconciler.plan.model import Plan
    from reconciler.target.protocol import Target


@click.command(
    cls=manual.Verb,
    examples={
        "portal undo r1": "Show what taking back r1 means, ask, and do it.",
        "portal undo r1 --yes --allow narrows_access": "Without asking, also where people lose access.",
        "portal undo r1 --allow narrows_access --out undo.json": "Keep the plan to be reviewed.",
    },
    exits={0: "taken back"},
    see=("history", "show", "apply"),
)
@click.argument("receipt", metavar="RECEIPT")
@options.together(options.file, options.workspace, options.seed, options.allow)
@click.option("--out", metavar="FILE", help="Write the plan to a file, for portal apply FILE, and change nothing.")
@applying.with_apply_flags
def command(
    receipt: str,
    file: str,
    workspace_url: str | None,
    seed: str | None,
    allow: tuple[str, ...],
    out: str | None,
    flags: applying.ApplyFlags,
) -> int:
    """Take back what one apply did.

    RECEIPT is an id that portal history lists, such as r12-3f9a0c. Its number alone, r12, means the
    receipt that has it now: after a restore of the workspace that may be another apply, and the plan
    tells which one is meant. The way back is a plan like any other: it is shown, guarded and
    confirmed, and leaves a receipt of its own. Where somebody has changed since what the apply had
    changed, it is refused, and every such field is named.
    """
    from reconciler.cli.commands import show
    from reconciler.operations.plan import plan_undo

    if not show.RECEIPT.fullmatch(receipt):
        message = f"{receipt!r} is not the id of a receipt, such as r12-3f9a0c"
        raise click.BadParameter(message, param_hint="RECEIPT")

    def plan_of_undo(config: Config, target: Target, **circumstances: Any) -> Plan:
        return plan_undo(config, target, show.receipt(target, receipt), **circumstances)

    return applying.plan_and_offer(file, (workspace_url, seed), allow, flags, out=out, maker=plan_of_undo)
