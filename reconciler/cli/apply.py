"""`portal apply`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from reconciler.cli import applying, manual, options

if TYPE_CHECKING:
    from reconciler.errors import UsageError


@click.command(
    cls=manual.Verb,
    examples={
        "portal apply": "Show the plan of portal.yaml, ask, and do it.",
        "portal apply --yes --allow widens_access": "Do it without asking, also where people gain access.",
        "portal apply plan.json --yes": "Do exactly what a saved plan says, or nothing.",
    },
    exits={0: "applied, or nothing to do"},
    see=("plan", "history", "undo", "unlock"),
)
@click.argument("plan", required=False, metavar="[PLAN]")
@options.together(options.file, options.workspace, options.seed, options.allow, applying.with_manner)
@click.pass_context
def command(
    ctx: click.Context,
    plan: str | None,
    file: str,
    workspace_url: str | None,
    seed: str | None,
    allow: tuple[str, ...],
    manner: applying.Manner,
) -> int:
    """Make the workspace what the file describes, or do what a saved plan says.

    Shows the plan, asks, and does exactly what the plan shows. Asks only where both ends are a
    terminal; anywhere else --yes has to be given. With --format json, stdout is the document of
    the result, and the plan is part of it.

    PLAN is a file that portal plan --out wrote. Exactly the operations in it are done, or none:
    where somebody changed meanwhile what the plan changes too, it is refused.
    """
    from reconciler.cli import planning

    if plan is None:
        return applying.plan_and_offer(file, (workspace_url, seed), allow, manner)
    named = ctx.get_parameter_source("file") is not ParameterSource.DEFAULT
    with planning.document_on_failure(manner.output_format):
        document = _saved(plan, file if named else None, workspace_url, allow)
        with options.open_target(workspace_url, seed) as target:
            return applying.offer(document, target, replace(manner, saved=True))


def _saved(path: str, file: str | None, workspace_url: str | None, allow: tuple[str, ...]) -> dict[str, Any]:
    """Return a saved plan that may be applied.

    Args:
        path: Where it is.
        file: The configuration that it must be of; `None` for the one that it names, where that is there.
        workspace_url: The workspace that the command line names.
        allow: What the command line permits; a plan that was made cannot be permitted more.
    """
    from reconciler import planfile_reading

    document = planfile_reading.load(path)
    if allow:
        raise _usage("a saved plan was made with what was allowed then", "Give --allow to portal plan --out.")
    if document["environment"] != options.chosen():
        planfile_reading.refuse_environment(path, document, options.chosen())
    where = document["workspace"]["target"]
    if workspace_url is None and document["environment"] is None and where.startswith(("https://", "http://")):
        # The token must not go to an address that only a file names.
        raise _usage(f"the plan is for the workspace at {where}", f"Name it: --workspace {where}.")
    planfile_reading.refuse_blocked(path, document)
    configuration = document["configuration"]
    if file is not None or Path(configuration["file"]).is_file():
        found = options.read_config(file or configuration["file"])
        promoted = document["promotion"] is not None
        digest = configuration["digest"] if promoted else found.digest
        planfile_reading.refuse_other(path, document, found.name, digest, file or configuration["file"])
    return document


def _usage(what: str, remedy: str) -> UsageError:
    from reconciler.diagnostics import error
    from reconciler.errors import UsageError

    return UsageError(error("plan-takes-no-options", what, remedy=remedy))
