"""`portal drift`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from reconciler.cli import applying, options, output
from reconciler.cli import help as manual
from reconciler.cli.fleet import options as fleet_options
from reconciler.cli.fleet import run as fleets
from reconciler.cli.support import notifying
from reconciler.config.edit import files
from reconciler.config.edit.several import replace_all
from reconciler.core.diagnostics import error
from reconciler.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.core.document_types.result import AdoptionDocument, DriftDocument


@click.command(
    cls=manual.Verb,
    examples={
        "portal drift": "Who changed what since the last apply?",
        "portal drift --adopt": "Write what they changed into the file.",
        "portal drift --adopt --only help_center/acme.custom_domain": "Only this finding.",
        "portal drift --revert": "Put back what was applied: shows the plan, and asks.",
    },
    exits={
        0: "no drift, or none is left",
        2: "there is drift, or some is left",
        8: "no drift is seen, but an attestation needs another look",
    },
    usual=("--file", "--env", "--workspace", "--adopt", "--revert", "--only", "--allow", "--yes", "--format", "--help"),
    see=("plan", "pull", "history"),
)
@options.together(fleet_options.file, options.workspace, options.seed)
@click.option("--revert", is_flag=True, help="Put back what was last applied: shows the plan, asks, and applies it.")
@options.allow
@click.option("--out", metavar="FILE", help="With --revert: write the plan to a file, and change nothing.")
@click.option("--adopt", is_flag=True, help="Write the live values of what drifted into the file.")
@click.option(
    "--only",
    multiple=True,
    metavar="ADDRESS[.FIELD]",
    help="Answer only this finding; may be given several times. Needed where the file changed too.",
)
@fleet_options.cache
@fleet_options.with_fleet_options
@applying.with_apply_flags_in("text", "json", "markdown", "html")
def command(
    file: tuple[str, ...],
    workspace_url: str | None,
    seed: str | None,
    *,
    adopt: bool,
    only: tuple[str, ...],
    revert: bool,
    allow: tuple[str, ...],
    out: str | None,
    cache: str | None,
    flags: applying.ApplyFlags,
    fleet_flags: fleet_options.FleetOptions,
) -> int:
    """Show what somebody else changed since the last apply.

    Compares the workspace with the record of what was applied; changes to the file that are not
    applied yet are not drift. Exits with 2 where there is drift, or where the portal is enabled
    but a required setting was broken.

    Where the settings live at a vendor, what nobody can read rests on a person's word. It has to be looked at
    again where that word has ended, or something speaks against it: then it exits with 8.

    With --adopt the file is made to say what the workspace has, and nothing else in it changes:
    comments, order, quotes and anchors stay. Either everything is written or nothing; what was
    written is printed, with who had changed it. What the file changed as well is left alone unless
    --only names it. Exits with 2 where drift is left.

    With --revert what drifted is put back, by a plan like any other; what the file changed is left
    to portal apply. Exits as portal apply does.
    """
    from reconciler.cli import planning
    from reconciler.operations.drift import drift_document, people
    from reconciler.operations.plan import plan_revert

    if flags.output_format in ("markdown", "html") and (adopt or revert or fleets.single(file, fleet_flags) is None):
        raise click.UsageError("--format markdown and html are for the drift of one configuration.")
    if only and not adopt:
        raise click.UsageError("--only says which findings to answer: give --adopt too.")
    if adopt and revert:
        raise click.UsageError("Give --adopt or --revert: they go opposite ways.")
    single = fleets.single(file, fleet_flags)
    if single is None and (adopt or revert):
        raise click.UsageError("--adopt and --revert take one configuration, and this is a fleet.")
    if revert:
        return applying.plan_and_offer(str(single), (workspace_url, seed), allow, flags, out=out, maker=plan_revert)
    if flags.yes or allow or out:
        raise click.UsageError("--yes, --allow and --out are for --revert.")
    if single is None:
        where, query = (workspace_url, seed), fleets.query("drift")
        return fleets.run(
            file,
            where,
            fleet_flags,
            query,
            flags.output_format,
            no_color=flags.no_color,
            cached=cache,
            notify=flags.notify,
        )
    # Markdown and HTML are for people: what forbids them is told on stderr.
    kept = "json" if flags.output_format == "json" else "text"
    with output.document_on_failure(kept, "adoption" if adopt else "drift"):
        document: DriftDocument | AdoptionDocument
        if adopt:
            document = _adopt(single, workspace_url, seed, only)
        else:
            config = options.read_config(single)
            with options.open_target(workspace_url, seed) as target:
                plan = planning.make(config, target, ())
                document = drift_document(plan, people(config, plan, target, now=datetime.now(UTC)))
    _print(document, flags)
    if document["kind"] == "adoption":
        return 2 if document["left"] else 0
    notifying.tell(flags.notify, document)
    return _EXITS.get(document["outcome"], 0)


_EXITS = {"drift": 2, "look_again": 8}


def _print(document: DriftDocument | AdoptionDocument, flags: applying.ApplyFlags) -> None:
    if flags.output_format == "json":
        output.print_json(document)
        return
    if document["kind"] == "drift" and flags.output_format in ("markdown", "html"):
        from reconciler.render.html import page
        from reconciler.render.markdown import issue

        render = issue.body if flags.output_format == "markdown" else page.drift
        click.echo(render(document), nl=False)
        return
    from reconciler.render.text import drift as result

    text = result.adopted(document) if document["kind"] == "adoption" else result.drift(document)
    output.print_text(text, no_color=flags.no_color)


def _adopt(file: str, url: str | None, seed: str | None, only: Sequence[str]) -> AdoptionDocument:
    """Adopt the named drift, or all that the file did not change too, and return its document.

    Raises UsageError for standard input or an unknown finding, ConfigurationInvalid where a file cannot hold a value.
    """
    from reconciler.config.environments import files as source_environments
    from reconciler.config.yaml import document as source
    from reconciler.operations import drift
    from reconciler.operations.adopt import adoption, adoption_document

    if file == source.STDIN:
        remedy = "Name the file with `--file`."
        raise UsageError(error("stdin-not-writable", "what comes from stdin cannot be written back", remedy=remedy))
    chosen = options.chosen()
    options.recover(file)
    before = source_environments.read(file, () if chosen is None else (chosen,))
    config = options.usable(before.document())
    with options.open_target(url, seed) as target:
        state, findings = drift.findings(config, target, now=datetime.now(UTC))
        adopted = adoption(before, config, state, findings, only)
        name = target.name
    replace_all({text: (before.contents[text], adopted.contents[text]) for text in adopted.written})
    shown = [
        line
        for text in adopted.written
        for line in files.difference(
            before.contents[text], adopted.contents[text], text, environment=text != before.main
        )
    ]
    return adoption_document(config, state, adopted, target=name, difference="\n".join(shown))
