"""`portal fetch`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import help as manual
from reconciler.cli import options
from reconciler.cli.support import forge as forges

if TYPE_CHECKING:
    from reconciler.forge.protocol import Forge, PullRequest


@click.command(
    cls=manual.Verb,
    examples={
        "portal fetch --from github -e staging --commit 0123abc --out plan.json": "Get the plan that was "
        "reviewed with the pull request of a commit, for portal apply plan.json.",
    },
    exits={
        0: "the plan was written",
        3: "the plan that would be made now is blocked",
        4: "it would be another plan now",
    },
    see=("publish", "plan", "apply"),
)
@click.option("--from", "source", type=click.Choice(forges.FORGES), required=True, help="The forge.")
@options.together(options.file, options.workspace, options.seed)
@click.option("--commit", metavar="SHA", help="The commit that the pull request was merged as; a build says it.")
@click.option("--artifact", metavar="NAME", help="Under what name it was kept, instead of portal-plan-ENVIRONMENT.")
@click.option("--out", metavar="FILE", required=True, help="Where to write the plan, for portal apply FILE.")
@options.together(forges.where, options.output_format)
def command(
    source: str,
    file: str,
    workspace_url: str | None,
    seed: str | None,
    commit: str | None,
    artifact: str | None,
    out: str,
    repository: str | None,
    api: str | None,
    token_variable: str | None,
    output_format: str,
) -> int:
    """Get the plan that was reviewed with the pull request of a commit.

    Finds the pull request that was merged as the commit, and the plan that its last build kept.
    Then makes a plan of the file as it is now, and refuses with 4 unless both would do the same: a
    plan file cannot say who wrote it. Where nothing is left to do, the plan that is written says so.
    A label such as portal:widens_access on the pull request allows what --allow widens_access does; one that its
    author set counts only where the file says guards.approvals: anyone.
    """
    from reconciler.cli import output, planning
    from reconciler.forge import ci_environment as context
    from reconciler.forge import reviewed_plan as reviewed
    from reconciler.forge.documents.results import fetch_document

    forge_options = context.ForgeOptions(source, repository, api, token_variable)
    with output.document_on_failure(output_format, "fetched"):
        sha = context.commit(source, commit, os.environ)
        with forges.connected(forge_options) as forge:
            request = reviewed.request(forge, sha)
            fresh = _fresh(file, workspace_url, seed, forge, request)
            planned = fresh
            if fresh["changes"]:
                planned = _kept(forge, request, artifact or f"portal-plan-{options.chosen() or 'default'}")
                reviewed.refuse_other(planned, fresh, request.number)
        planning.save(planned, out)
        result = fetch_document(forge.name, request.number, planned, reviewed=planned is not fresh)
    message = "Reviewed with" if result["outcome"] == "reviewed" else "Nothing is left to do of"
    forges.finish(result, output_format, f"{message} pull request {request.number}: {out}")
    return 0


def _fresh(
    file: str, workspace_url: str | None, seed: str | None, forge: Forge, request: PullRequest
) -> dict[str, Any]:
    """Make a fresh plan, past the guards that labels allow; a blocked one is refused."""
    from reconciler.cli import planning
    from reconciler.plan.document import read as planfile_reading

    config = options.read_config(file)
    approved = forges.approved(forge, request, config)
    with options.open_target(workspace_url, seed) as target:
        document = planning.document(config, target, approved.risks, remarks=approved.remarks)
    planfile_reading.refuse_blocked("The plan that would be made now", document)
    return document


def _kept(forge: Forge, request: Any, name: str) -> dict[str, Any]:
    from reconciler.forge import reviewed_plan as reviewed
    from reconciler.plan.document import read as planfile_reading

    data = reviewed.kept(forge, request, name)
    document = planfile_reading.check(name, planfile_reading.parsed(name, data))
    planfile_reading.refuse_blocked(name, document)
    return document
