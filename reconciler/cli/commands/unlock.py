"""`portal unlock`."""

from __future__ import annotations

import click

from reconciler.cli import help as manual
from reconciler.cli import options, output


@click.command(
    cls=manual.Verb,
    examples={
        "portal unlock": "Who holds the lock, since when and until when?",
        "portal unlock --fence 7": "End the lock number 7, and no other.",
    },
    exits={0: "not locked, or the lock was ended", 6: "locked"},
    see=("apply", "history"),
)
@options.together(options.file, options.workspace, options.seed)
@click.option("--fence", type=click.IntRange(min=1), metavar="NUMBER", help="The number of the lock that is to end.")
@options.together(options.output_format, options.no_color)
def command(
    file: str,
    workspace_url: str | None,
    seed: str | None,
    fence: int | None,
    output_format: str,
    *,
    no_color: bool,
) -> int:
    """Show who has locked the configuration, and end the lock of a run that is gone.

    Without --fence it only tells; with the number that it told, it ends that lock and no other. A
    run that lives after all can then write nothing more. Locks also end by themselves.
    """
    from reconciler.operations.applies.history import unlock_document
    from reconciler.operations.observe import observe

    with output.document_on_failure(output_format, "unlock"):
        config = options.read_config(file)
        with options.open_target(workspace_url, seed) as target:
            lease = observe(config, target).lease
            ends = lease is not None and fence is not None
            if ends and fence is not None:
                target.break_lease(config.name, fence)
            document = unlock_document(config.name, lease, ended=ends)
    if output_format == "json":
        output.print_json(document)
    else:
        from reconciler.render.text.history import unlock

        output.print_text(unlock(document), no_color=no_color)
    return 6 if document["outcome"] == "locked" else 0
