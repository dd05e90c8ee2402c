"""`portal status`."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from reconciler.cli import help as manual
from reconciler.cli import options, output


@click.command(
    cls=manual.Verb,
    examples={
        "portal status": "Is it open, for how many, and is it as the file says?",
        "portal status -e production --format json": "The same of an environment, for a program.",
    },
    exits={0: "as the file says", 2: "something drifted, is pending, was left behind, or keeps the portal shut"},
    see=("plan", "drift", "verify"),
)
@options.together(options.file, options.workspace, options.seed, options.output_format, options.no_color)
def command(file: str, workspace_url: str | None, seed: str | None, output_format: str, *, no_color: bool) -> int:
    """Say how the portal stands.

    Tells the address, who can open it, required settings that are not met, the last apply and by whom, what drifted,
    what is not applied yet, the last verification, who applies at the moment, and who is waited for. Reads only.
    """
    from reconciler.cli import planning
    from reconciler.operations.observe import observe
    from reconciler.operations.status import status_document

    with output.document_on_failure(output_format, "status"):
        config = options.read_config(file)
        with options.open_target(workspace_url, seed) as target:
            plan = planning.make(config, target, ())
            document = status_document(plan, observe(config, target), target, datetime.now(UTC).date())
    if output_format == "json":
        output.print_json(document)
    else:
        from reconciler.render.text.status import status

        output.print_text(status(document), no_color=no_color)
    return 2 if document["outcome"] == "attention" else 0
