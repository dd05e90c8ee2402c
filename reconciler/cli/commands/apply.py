"""`portal apply`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from reconciler.cli import applying, options
from reconciler.cli import help as manual
from reconciler.cli.fleet import options as fleet_options
from reconciler.cli.fleet import run as fleets

if TYPE_CHECKING:
    from reconciler.core.errors import UsageError


@click.command(
    cls=manual.Verb,
    examples={
        "portal apply": "Show the plan of portal.yaml, ask, and do it.",
        "portal apply --yes --allow widens_access": "Do it without asking, also where people gain access.",
        "portal apply plan.json --yes": "Do exactly what a saved plan says, or nothing.",
        "portal apply -f portals --yes": "All configurations below a directory, each with its own plan.",
    },
    exits={0: "applied, or nothing to do", 5: "applied in part; of a fleet: some portals, and others failed"},
    usual=(
        "--file",
        "--env",
        "--workspace",
        "--allow",
        "--yes",
        "--message",
        "--format",
        "--quiet",
        "--lock-wait",
        "--help",
    ),
    see=("plan", "history", "undo", "unlock"),
)
@click.argument("plan", required=False, metavar="[PLAN]")
@options.together(
    fleet_options.file,
    options.workspace,
    options.seed,
    options.allow,
    fleet_options.with_fleet_options,
    applying.with_apply_flags,
)
@click.pass_context
def command(
    ctx: click.Context,
    plan: str | None,
    file: tuple[str, ...],
    workspace_url: str | None,
    seed: str | None,
    allow: tuple[str, ...],
    fleet_flags: fleet_options.FleetOptions,
    flags: applying.ApplyFlags,
) -> int:
    """Make the workspace what the file describes, or do what a saved plan says.

    Shows the plan, asks, and does exactly what the plan shows. Asks only where both ends are a
    terminal; anywhere else --yes has to be given. With --format json, stdout is the document of
    the result, and the plan is part of it.

    PLAN is a file that portal plan --out wrote. Exactly the operations in it are done, or none:
    where somebody changed meanwhile what the plan changes too, it is refused.

    Several files, a directory or a pattern are a fleet: all of it is planned and shown, asked for once,
    and each portal is applied by its own plan; one that fails stops no other. Workspaces are worked on
    side by side, the portals of one after each other. PLAN may be what portal plan --out wrote of one.
    """
    where = workspace_url, seed
    if plan is None:
        single = fleets.single(file, fleet_flags)
        if single is not None:
            return applying.plan_and_offer(single, where, allow, flags)
        from reconciler.cli.fleet import apply as fleet_applying

        return fleet_applying.apply(file, where, allow, fleet_flags, flags)
    named = file if ctx.get_parameter_source("file") is not ParameterSource.DEFAULT else ()
    return _apply_saved(plan, named, where, allow, fleet_flags, replace(flags, saved=True))


def _apply_saved(
    path: str,
    named: tuple[str, ...],
    where: tuple[str | None, str | None],
    allow: tuple[str, ...],
    fleet_flags: fleet_options.FleetOptions,
    flags: applying.ApplyFlags,
) -> int:
    from reconciler.cli import output
    from reconciler.plan.document import read as planfile_reading

    if len(named) > 1 or fleet_flags.shard is not None:
        raise click.UsageError("A saved plan says what it is about: leave --shard and more than one --file away.")
    with output.document_on_failure(flags.output_format):
        document = planfile_reading.parsed(path, planfile_reading.read(path))
        if allow:
            raise _usage("a saved plan was made with what was allowed then", "Give --allow to portal plan --out.")
    if document.get("kind") == "fleet":
        from reconciler.cli.fleet import apply as fleet_applying

        if named:
            raise click.UsageError("The saved plans of a fleet name their files: leave --file away.")
        return fleet_applying.apply_saved(path, document, where, fleet_flags, flags)
    with output.document_on_failure(flags.output_format):
        document = _checked(path, planfile_reading.check(path, document), named[0] if named else None, where[0])
        with options.open_target(*where) as target:
            return applying.offer(document, target, flags)


def _checked(path: str, document: dict[str, Any], file: str | None, workspace_url: str | None) -> dict[str, Any]:
    """Check a saved plan before its apply, against `file`, or the file that it names, where that is there."""
    from reconciler.plan.document import read as planfile_reading

    if document["environment"] != options.chosen():
        planfile_reading.refuse_environment(path, document, options.chosen())
    where = document["workspace"]["target"]
    if workspace_url is None and document["environment"] is None and where.startswith(("https://", "http://")):
        # The token must not go to an address that only a file names.
        raise _usage(f"the plan is for the workspace at {where}", f"Name it: --workspace {where}.")
    planfile_reading.refuse_blocked(path, document)
    configuration = document["configuration"]
    if file is not None or Path(configuration["file"]).is_file():
        read_config = options.read_config(file or configuration["file"])
        promoted = document["promotion"] is not None
        digest = configuration["digest"] if promoted else read_config.digest
        planfile_reading.refuse_other(path, document, read_config.name, digest, file or configuration["file"])
    return document


def _usage(what: str, remedy: str) -> UsageError:
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import UsageError

    return UsageError(error("plan-takes-no-options", what, remedy=remedy))
