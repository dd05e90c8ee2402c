"""`portal history`."""

from __future__ import annotations

import click

from reconciler.cli import help as manual
from reconciler.cli import options, output


@click.command(
    cls=manual.Verb,
    examples={
        "portal history": "The last applies of this configuration.",
        "portal history --limit 5 --before r12": "The five before r12.",
        "portal history --all": "Those of every configuration of the workspace.",
        "portal history --check": "Was the log of what was changed itself changed?",
    },
    exits={0: "listed; with --check: and the log is whole", 1: "error; with --check: or the log is not whole"},
    see=("show", "undo"),
)
@options.together(options.file, options.workspace, options.seed)
@click.option("--all", "everything", is_flag=True, help="Every configuration of the workspace; no file is read.")
@click.option(
    "--limit", type=click.IntRange(1, 100), default=20, show_default=True, help="How many receipts to list at most."
)
@click.option("--before", metavar="RECEIPT", help="Only those before this one.")
@click.option("--check", is_flag=True, help="Check, too, that the log of every change was not changed itself.")
@options.together(options.output_format, options.no_color)
def command(
    file: str,
    workspace_url: str | None,
    seed: str | None,
    limit: int,
    before: str | None,
    output_format: str,
    *,
    everything: bool,
    check: bool,
    no_color: bool,
) -> int:
    """List what was applied: when, by whom, from which commit, and what it came to.

    Every apply leaves a receipt in the workspace. portal show RECEIPT tells what it did, and
    portal undo RECEIPT takes it back. The workspace also keeps a log of every change, whoever
    made it; its entries are a chain, which --check goes through.
    """
    from reconciler.operations.applies.history import history_document, log_problems

    query = {"limit": str(limit)} | ({"before": before} if before else {})
    with output.document_on_failure(output_format, "history"):
        config = None if everything else options.read_config(file)
        if config is not None:
            query |= {"configuration": config.name, "help_center": config.help_center}
        with options.open_target(workspace_url, seed) as target:
            log = target.check_activity() if check else None
            document = history_document(config.name if config else "", target.name, target.receipts(**query), log)
    if output_format == "json":
        output.print_json(document)
    else:
        from reconciler.render.text.history import history

        output.print_text(history(document, output.width()), no_color=no_color)
    if problems := log_problems(log):
        output.print_problems(problems, no_color=no_color)
    return 1 if problems else 0
