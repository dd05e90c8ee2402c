"""`portal ci`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

import click

from reconciler.cli import help as manual
from reconciler.cli import options, output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.config.environments.environment import Environment
    from reconciler.core.document_types.result import CiCheckDocument
    from reconciler.forge.doctor import Purpose


@click.group(
    cls=manual.Verbs,
    examples={"portal ci doctor --for apply -e staging": "In a build: has it all that an apply needs?"},
    see=("init", "publish", "fetch"),
)
def command() -> None:
    """Look after the builds that plan and apply."""


@command.command(
    cls=manual.Verb,
    examples={
        "portal ci doctor": "In a build that plans: is everything there, for each environment of the file?",
        "portal ci doctor --for apply -e staging": "In one that applies: may its token write?",
    },
    exits={0: "everything is there", 1: "something is missing", 7: "not authenticated, or not allowed"},
    see=("init", "plan", "apply"),
)
@options.together(options.file, options.environment)
@click.option(
    "--for",
    "purpose",
    type=click.Choice(["plan", "apply"]),
    default="plan",
    show_default=True,
    help="What the build is for: a plan reads, an apply writes.",
)
@options.together(options.output_format, options.no_color)
def doctor(file: str, purpose: str, output_format: str, *, no_color: bool) -> int:
    """Check, from inside a build, that it has been given what it needs.

    Asks the workspace of each environment, or of the one that -e names, who the token is and whether it may read or
    write; and the forge whether its token may read pull requests. Changes nothing, and shows no secret.
    """
    from reconciler.forge import doctor as checking

    with output.document_on_failure(output_format, "ci_check"):
        forge = checking.forge_of(os.environ)
        if not forge:
            raise _no_build()
        found = list(checking.checks(forge, _environments(file), cast("Purpose", purpose), os.environ))
        document = cast("CiCheckDocument", checking.document(forge, found))
    if output_format == "json":
        output.print_json(document)
    else:
        from reconciler.render.text.ci_check import text

        output.print_text(text(document), no_color=no_color)
    return 1 if document["outcome"] == "incomplete" else 0


def _environments(file: str) -> Sequence[Environment]:
    """Return the environment that was chosen, or each of the file."""
    from reconciler.config.environments import environment as environments
    from reconciler.config.environments import files

    chosen = options.chosen()
    names = None if chosen is None else (chosen,)
    document = files.load(file, names)
    from reconciler.config import validate

    validate.require_valid(document)
    wanted = [chosen] if chosen is not None else list(document.values.get("environments", {}))
    return [environments.environment(document, name) for name in wanted]


def _no_build() -> Exception:
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import UsageError

    remedy = "Run it in a job on GitHub or GitLab, in the place of the plan or the apply that does not work."
    return UsageError(error("forge-context-missing", "this is no build of GitHub or GitLab", remedy=remedy))
