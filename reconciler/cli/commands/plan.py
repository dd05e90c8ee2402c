"""`portal plan`."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import click

from reconciler.cli import help as manual
from reconciler.cli import options
from reconciler.cli.fleet import options as fleet_options
from reconciler.cli.fleet import run as fleets
from reconciler.cli.support import forge as forges
from reconciler.cli.support import notifying

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.core.diagnostics import Diagnostic
    from reconciler.target.protocol import Target


@click.command(
    cls=manual.Verb,
    examples={
        "portal plan": "What would the file change, and who would gain or lose access?",
        "portal plan --allow widens_access --out plan.json": "Keep a plan to be reviewed, for portal apply plan.json.",
        "portal plan --detailed-exitcode": "In a script: does the workspace differ from the file?",
        "portal plan --format markdown > comment.md": "A comment for a pull request.",
        "portal plan -f portals --jobs 8": "All configurations below a directory: one summary, one document.",
        "portal plan --people all": "Name everybody who gains or loses access, not the first few.",
        "portal plan --simulate": "Try it on a sandbox, and see who can get in after each step.",
    },
    exits={
        0: "nothing forbids the changes, or there are none",
        2: "with --detailed-exitcode: there are changes, and nothing forbids them",
        3: "something forbids the changes",
    },
    usual=(
        *("--file", "--env", "--workspace", "--allow", "--format", "--out", "--people", "--simulate"),
        *("--detailed-exitcode", "--help"),
    ),
    see=("apply", "access diff", "show", "explain", "publish"),
)
@options.together(
    fleet_options.file, options.workspace, options.seed, options.allow, options.plan_format, options.no_color
)
@click.option(
    "--approved-on",
    type=click.Choice(forges.FORGES),
    help="In a build of a pull request: allow the risks, too, that its labels name, such as portal:widens_access.",
)
@click.option("--out", metavar="FILE", help="Also write the plan's document to a file, for portal apply FILE.")
@click.option(
    "--simulate",
    is_flag=True,
    help="Also apply it to a sandbox, and show who can open the portal at each step.",
)
@click.option(
    "--people",
    type=click.Choice(["some", "all"]),
    default="some",
    show_default=True,
    help="Whom to name: the first few, or everybody who gains or loses access, with what decides.",
)
@click.option("--save-observation", metavar="FILE", help="Also write what the workspace answered, to plan from again.")
@click.option("--from-observation", metavar="FILE", help="Ask no workspace: plan from what one answered before.")
@notifying.option
@click.option("--strict-preview", is_flag=True, help="Forbid a plan whose people may not all be counted.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 where changes are pending.")
@fleet_options.cache
@fleet_options.with_fleet_options
def command(
    file: tuple[str, ...],
    workspace_url: str | None,
    seed: str | None,
    allow: tuple[str, ...],
    output_format: str,
    approved_on: str | None,
    out: str | None,
    *,
    no_color: bool,
    people: str,
    detailed_exitcode: bool,
    simulate: bool,
    notify: str | None,
    strict_preview: bool,
    save_observation: str | None,
    from_observation: str | None,
    cache: str | None,
    fleet_flags: fleet_options.FleetOptions,
) -> int:
    """Show what applying a file would change, and whom it touches.

    Reads only; nothing can change, and --simulate changes only the sandbox. Exits with 0, or 3 where
    something forbids the changes; with --detailed-exitcode also with 2 where there are changes.
    """
    from reconciler.cli import output, planning

    single = fleets.single(file, fleet_flags)
    if single is None:
        _refuse_of_fleet(
            {
                "--simulate": simulate,
                "--people all": people == "all",
                "--strict-preview": strict_preview,
                "--save-observation": save_observation,
                "--from-observation": from_observation,
                "--approved-on": approved_on,
            }
        )
        query = fleets.query("plan", allow, detailed=detailed_exitcode)
        where = workspace_url, seed
        return fleets.run(
            file, where, fleet_flags, query, output_format, no_color=no_color, out=out, cached=cache, notify=notify
        )
    with output.document_on_failure(output_format):
        config = options.read_config(single)
        remarks: tuple[Diagnostic, ...] = ()
        if approved_on:
            approved_in_build = forges.approved_in_build(approved_on, config)
            allow, remarks = (*allow, *approved_in_build.risks), approved_in_build.remarks
        with _observed(workspace_url, seed, save_observation, from_observation) as (target, now):
            document = planning.document(config, target, allow, remarks=remarks, strict=strict_preview, now=now)
            if simulate:
                document = planning.simulated(document, target)
            if people == "all":
                document = planning.with_everybody(document, target)
        if out is not None:
            planning.save(document, out)
    code = output.print_document(document, output_format, no_color=no_color)
    notifying.tell(notify, document)
    return code or (2 if detailed_exitcode and document["changes"] else 0)


def _refuse_of_fleet(given: Mapping[str, object]) -> None:
    """Refuse options for one configuration."""
    if name := next((name for name, value in given.items() if value), None):
        raise click.UsageError(f"{name} takes one configuration, and this is a fleet.")


@contextmanager
def _observed(
    url: str | None, seed: str | None, save: str | None, saved: str | None
) -> Iterator[tuple[Target, datetime | None]]:
    """Open the target of a plan, live, recorded to `save` or replayed from `saved`, and its moment (None: now)."""
    if save is None and saved is None:
        with options.open_target(url, seed) as target:
            yield target, None
        return
    from reconciler.cli.support import observation
    from reconciler.config.edit import files

    if saved is not None:
        if save is not None or url is not None:
            raise click.UsageError(
                "--from-observation asks no workspace: leave --workspace and --save-observation away."
            )
        yield observation.read(saved)
        return
    now = datetime.now(UTC)
    with options.open_target(url, seed) as target:
        recording = observation.Recording(target)
        yield cast("Target", recording), now
    files.write_document(str(save), observation.text(recording, now).encode(), options.named_files())
