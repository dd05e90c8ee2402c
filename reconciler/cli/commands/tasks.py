"""`portal tasks`."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from reconciler.cli import help as manual
from reconciler.cli import options, output


@click.command(
    cls=manual.Verb,
    examples={
        "portal tasks -e production": "The open tasks.",
        "portal tasks -e production --all": "Those that have ended, too: who confirmed what, and when.",
    },
    exits={0: "no task is open", 8: "a task is open"},
    see=("task show", "task done", "apply"),
)
@options.together(options.file, options.workspace)
@click.option("--all", "everything", is_flag=True, help="List those that have ended, too.")
@options.together(options.output_format, options.no_color)
def command(file: str, workspace_url: str | None, output_format: str, *, everything: bool, no_color: bool) -> int:
    """List what a person has to do at the vendor behind a workspace.

    A task is one screen. The next one of an apply is not there before this one is confirmed.
    """
    from reconciler.operations.applies.tasks import tasks_document

    with output.document_on_failure(output_format, "tasks"):
        config = options.read_config(file)
        with options.open_target(workspace_url, None) as target:
            desired = {} if everything else {"state": "open"}
            document = tasks_document(config, target, desired, datetime.now(UTC))
    if output_format == "json":
        output.print_json(document)
    else:
        from reconciler.render.text import tasks as text

        output.print_text(text.tasks(document["tasks"]), no_color=no_color)
    return 8 if document["outcome"] == "waiting" else 0
