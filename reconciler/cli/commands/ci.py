"""`portal ci`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

import click

from reconciler.cli import help as manual
from reconciler.cli import options, output
from reconciler.cli.support import forge as forges

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.config.environments.environment import Environment
    from reconciler.core.document_types.result import CiCheckDocument
    from reconciler.forge.doctor import Purpose
    from reconciler.forge.github import GitHub


@click.group(
    cls=manual.Verbs,
    examples={
        "portal ci doctor --for apply -e staging": "In a build: has it all that an apply needs?",
        "portal ci command --applies staging": "What does the comment ask for that set the build off?",
    },
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
        checks = list(checking.checks(forge, _environments(file), cast("Purpose", purpose), os.environ))
        document = cast("CiCheckDocument", checking.document(forge, checks))
    if output_format == "json":
        output.print_json(document)
    else:
        from reconciler.render.text.ci_check import text

        output.print_text(text(document), no_color=no_color)
    return 1 if document["outcome"] == "incomplete" else 0


@command.command(
    "command",
    cls=manual.Verb,
    examples={"portal ci command --applies staging": "In a build started by a comment: the command to run."},
    exits={
        0: "the command may run, or the comment is no command",
        1: "it is not to be done",
        7: "who asks may not write",
    },
    see=("plan", "apply", "publish"),
)
@click.option(
    "--applies", multiple=True, metavar="NAME", help="An environment that a comment may apply to. Repeatable."
)
@click.option("--commit", metavar="COMMIT", help="The commit of the default branch. [default: from the build]")
@forges.where
def hear(
    applies: tuple[str, ...],
    commit: str | None,
    repository: str | None,
    api: str | None,
    token_variable: str | None,
) -> int:
    """Hear a command in a comment on a pull request on GitHub: /portal plan, or /portal apply -e NAME.

    Only who may write to the repository is heard, and told on the pull request what is done, or why nothing is. A
    plan is made again by the build that made the last one. What is applied is the pull request that was merged
    last, with the plan that was reviewed.

    Prints verb, environment and number, each as a line NAME=VALUE, as GitHub takes outputs; they are empty where
    the comment is no command.
    """
    from reconciler.forge import ci_environment as context
    from reconciler.forge import commands

    comment, heard = commands.comment_of(os.environ), commands.Command("", "", 0)
    if comment is not None:
        with forges.connected(context.ForgeOptions("github", repository, api, token_variable)) as forge:
            head = context.commit("github", commit, os.environ)
            heard = commands.heard(cast("GitHub", forge), comment, head, applies)
    for name, value in (("verb", heard.verb), ("environment", heard.environment), ("number", heard.number or "")):
        click.echo(f"{name}={value}")
    return 0


@command.command(
    cls=manual.Verb,
    examples={"portal ci plan-again --pull-request 7": "Run the build again that planned this pull request."},
    exits={0: "it runs", 1: "there is no build of it"},
    see=("plan", "publish"),
)
@click.option("--pull-request", type=click.IntRange(1), metavar="NUMBER", required=True, help="The pull request.")
@click.option("--workflow", default="portal-plan.yml", show_default=True, metavar="FILE", help="Its workflow.")
@forges.where
def plan_again(
    pull_request: int, workflow: str, repository: str | None, api: str | None, token_variable: str | None
) -> int:
    """Have GitHub run the newest build again that planned a pull request, with what that build was given."""
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import PortalError
    from reconciler.forge.ci_environment import ForgeOptions

    with forges.connected(ForgeOptions("github", repository, api, token_variable)) as forge:
        if not cast("GitHub", forge).build_again(workflow, pull_request):
            summary = f"no build of {workflow} planned pull request {pull_request} as it is now"
            raise PortalError(error("command-refused", summary, remedy="Push to it, or set a label: that plans it."))
    click.echo(f"The build that planned pull request {pull_request} runs again.", err=True)
    return 0


def _environments(file: str) -> Sequence[Environment]:
    from reconciler.config.environments import environment as environments
    from reconciler.config.environments import files

    chosen = options.chosen()
    names = None if chosen is None else (chosen,)
    document = files.load(file, names)
    from reconciler.config import validate

    validate.require_valid(document)
    desired = [chosen] if chosen is not None else list(document.values.get("environments", {}))
    return [environments.environment(document, name) for name in desired]


def _no_build() -> Exception:
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import UsageError

    remedy = "Run it in a job on GitHub or GitLab, in the place of the plan or the apply that does not work."
    return UsageError(error("forge-context-missing", "this is no build of GitHub or GitLab", remedy=remedy))
