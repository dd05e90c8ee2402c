"""`portal publish`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

import click

from reconciler.cli import help as manual
from reconciler.cli import options
from reconciler.cli.support import forge as forges

if TYPE_CHECKING:
    from reconciler.core.document_types.plan import FailedPlan, PlanDocument
    from reconciler.core.document_types.result import DriftDocument, FailedResult, PublicationDocument, TaskList
    from reconciler.core.errors import PortalError
    from reconciler.forge.protocol import Forge
    from reconciler.forge.publish import Published


@click.command(
    cls=manual.Verb,
    examples={
        "portal publish plan.json --to github --pull-request 7": "One comment, edited in place.",
        "portal publish drift.json --to gitlab": "One issue, closed when the drift is gone.",
        "portal publish tasks.json --to github": "One issue for as long as a person is waited for.",
    },
    exits={0: "published, or nothing to say", 7: "the token of the forge is missing, wrong, or not sufficient"},
    see=("plan", "drift", "fetch"),
)
@click.argument("document", metavar="DOCUMENT")
@click.option("--to", type=click.Choice(forges.FORGES), required=True, help="The forge.")
@click.option(
    "--pull-request", type=click.IntRange(1), metavar="NUMBER", help="The pull request, or the merge request on GitLab."
)
@options.together(forges.where, options.output_format)
def command(
    document: str,
    to: str,
    pull_request: int | None,
    repository: str | None,
    api: str | None,
    token_variable: str | None,
    output_format: str,
) -> int:
    """Put a plan on its pull request, or drift or tasks into an issue.

    DOCUMENT is a file that portal plan --out, portal drift --format json or portal tasks --format json wrote.
    A plan becomes one comment for each file and environment, found again by a hidden line and edited in
    place. Drift becomes one open issue for each configuration and environment, which is closed when the
    drift is gone; so do tasks, for as long as a person is waited for. Only what the same account wrote is
    ever edited.

    In a build on GitHub or GitLab, repository, number, address and token are those of the build.
    """
    from reconciler.cli import output
    from reconciler.forge.ci_environment import ForgeOptions
    from reconciler.forge.documents import kept
    from reconciler.forge.documents.results import publication_document

    with output.document_on_failure(output_format, "publication"):
        contents = kept.load(document)
        with forges.connected(ForgeOptions(to, repository, api, token_variable)) as forge:
            if contents["kind"] == "plan":
                published = _plan(forge, to, pull_request, contents)
            elif "tasks" in contents:
                published = _tasks(forge, cast("TaskList", contents))
            else:
                published = _drift(forge, contents)
            result = publication_document(forge.name, published)
    forges.finish(result, output_format, _summary(result))
    return 0


def _tasks(forge: Forge, document: TaskList) -> Published:
    from reconciler.forge import publish as publishing
    from reconciler.render.markdown import tasks

    title, body = tasks.title(document), tasks.body(document)
    return publishing.issue(forge, title, body, document["created_at"], desired=tasks.is_needed(document))


def _drift(forge: Forge, document: DriftDocument | FailedResult) -> Published:
    from reconciler.forge import publish as publishing
    from reconciler.render.markdown import issue

    if document["outcome"] == "failed":
        raise _nothing_known()
    title, body = issue.title(document), issue.body(document)
    return publishing.issue(forge, title, body, document["created_at"], desired=issue.is_needed(document))


def _plan(forge: Forge, to: str, number: int | None, document: PlanDocument | FailedPlan) -> Published:
    from reconciler.forge import ci_environment as context
    from reconciler.forge import publish as publishing
    from reconciler.forge.github import GitHub
    from reconciler.render.markdown import plan as markdown

    subject = number or context.subject(to, os.environ)
    build = context.build(to, os.environ)
    if isinstance(subject, int):
        return publishing.comment(
            forge, subject, markdown.plan(document, forge=to, build=build), document["created_at"]
        )
    if subject is None or not isinstance(forge, GitHub):
        raise context.missing("which pull request", "--pull-request")
    request = forge.headed(subject.owner, subject.branch, subject.commit)
    if request is None:
        # The branch has moved on, or the pull request was closed: a later build speaks for it, or none has to.
        return publishing.Published("nothing", "comment", None)
    body = _of_a_fork(document) if request.foreign else markdown.plan(document, forge=to, build=build)
    return publishing.comment(forge, request.number, body, document["created_at"])


def _of_a_fork(document: PlanDocument | FailedPlan) -> str:
    """Write the comment about a plan from a fork's build: nobody else can vouch for it.

    Raises PortalError where it claims an environment, which a fork cannot know.
    """
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import PortalError
    from reconciler.render.markdown import plan as markdown

    if document["environment"] is not None:
        raise PortalError(
            error(
                "plan-of-a-fork",
                f"a build of a fork made a plan for the environment {document['environment']}",
                remedy="A fork has no tokens, so its plan proves nothing. Let somebody of this repository make one.",
            )
        )
    note = "> ⚠️ Made by a build of a fork, and tried on sample people. What it says is what that build wanted to say."
    return markdown.plan(document, note, forge="github")


def _nothing_known() -> PortalError:
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import PortalError

    message = "it is not known whether anything drifted: portal drift came to nothing"
    return PortalError(error("drift-not-known", message, remedy="The document says why; issues were left as they are."))


def _summary(document: PublicationDocument) -> str:
    what = {"comment": "Comment", "issue": "Issue"}[document["what"]]
    if document["outcome"] == "nothing":
        return f"{what}: nothing to do."
    where = document["url"] or f"on {document['number']}" if document["what"] == "comment" else document["url"]
    return f"{what} {document['outcome']}: {where or document['number']}"
