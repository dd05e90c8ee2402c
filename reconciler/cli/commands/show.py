"""`portal show`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import help as manual
from reconciler.cli import options, output

if TYPE_CHECKING:
    from reconciler.target.protocol import Target

RECEIPT = re.compile(r"r[0-9]{1,18}(?:-[0-9a-f]{6})?", re.ASCII)

_LISTS = "portal history --all lists them. A workspace that was restored from a backup does not know later ones."


@click.command(
    cls=manual.Verb,
    examples={
        "portal show plan.json": "A plan that portal plan --out wrote.",
        "portal show r1": "What one apply did.",
        "portal show plan.json --format mermaid": "The changes of a plan and what they wait for, as a graph.",
        "portal show --resolved -e staging": "The effective configuration of an environment, with origins of values.",
    },
    exits={0: "shown"},
    see=("plan", "history", "undo"),
)
@click.argument("what", required=False, metavar="PLAN|RECEIPT")
@click.option("--resolved", is_flag=True, help="Show the effective configuration, with the origin of each value.")
@click.option(
    "-f", "--file", metavar="FILE", help="The configuration, for --resolved and --env; portal.yaml unless given."
)
@options.together(options.workspace, options.seed, options.plan_format, options.no_color)
def command(
    what: str | None,
    file: str | None,
    workspace_url: str | None,
    seed: str | None,
    output_format: str,
    *,
    resolved: bool,
    no_color: bool,
) -> int:
    """Show a saved plan, what one apply did, or what a file comes to.

    PLAN is a file that portal plan --out or --format json wrote, also of a fleet; no workspace is asked. RECEIPT is an
    id that portal history lists, such as r12-3f9a0c; its number alone, r12, means the one that has it now.

    With --resolved it is the configuration as it counts in the environment that -e names, or in none: the overrides
    laid over it, as YAML, with the place of each value behind it. No workspace is asked, and no placeholder is read.
    """
    from reconciler.operations.applies.history import receipt_document

    if resolved == (what is not None):
        raise click.UsageError("Name a plan or a receipt, or give --resolved.")
    if what is None:
        return _resolved(file or "portal.yaml", output_format, no_color=no_color)
    if not RECEIPT.fullmatch(what):
        return _plan(what, output_format, no_color=no_color)
    if output_format not in ("text", "json"):
        raise click.BadParameter(f"a receipt is shown as text or json, not as {output_format}", param_hint="--format")
    with output.document_on_failure(output_format, "receipt"), options.open_target(workspace_url, seed) as target:
        document = receipt_document(target.name, receipt(target, what))
    if output_format == "json":
        output.print_json(document)
    else:
        from reconciler.render.text.history import receipt as render

        output.print_text(render(document), no_color=no_color)
    return 0


def _plan(path: str, output_format: str, *, no_color: bool) -> int:
    from reconciler.plan.document import read as planfile_reading

    with output.document_on_failure(output_format):
        document = planfile_reading.parsed(path, planfile_reading.read(path))
        if document.get("kind") != "fleet":
            planfile_reading.check(path, document, failed=True)
            output.show_document(document, output_format, no_color=no_color)
            return 0
        from reconciler.cli.fleet import run as fleets
        from reconciler.fleet import saved as fleet_saved

        if output_format not in ("text", "json"):
            raise click.BadParameter(f"a fleet is shown as text or json, not as {output_format}", param_hint="--format")
        fleet_saved.check(path, document, plans=False)
    fleets.report(document, output_format, no_color=no_color)
    return 0


def _resolved(file: str, output_format: str, *, no_color: bool) -> int:
    from reconciler.operations.resolve import resolved_document

    if output_format not in ("text", "json"):
        raise click.BadParameter(f"a file is shown as text or json, not as {output_format}", param_hint="--format")
    with output.document_on_failure(output_format, "resolved"):
        whole = options.load(file)
        document = resolved_document(options.usable(whole), whole)
    if output_format == "json":
        output.print_json(document)
    else:
        from reconciler.render.text.resolved import resolved

        output.print_text(resolved(document), no_color=no_color, whole=True)
    return 0


def receipt(target: Target, name: str) -> dict[str, Any]:
    """Return a receipt, whole; raise NotFound for an unknown id."""
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import NotFound

    try:
        return dict(target.receipt(name))
    except NotFound as missing:
        summary = f"{target.name} has no receipt {name}"
        raise NotFound(error("receipt-unknown", summary, remedy=_LISTS)) from missing
