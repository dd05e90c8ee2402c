"""Shared by verbs that talk to a forge: its options, and the connection."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import options, output

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.config.desired import Config
    from reconciler.forge.approvals import Approvals
    from reconciler.forge.ci_environment import ForgeOptions
    from reconciler.forge.protocol import Forge, PullRequest

FORGES = ["github", "gitlab"]

where = options.together(
    click.option("--repository", metavar="NAME", help="OWNER/NAME, or a GitLab project; a build says it by itself."),
    click.option("--api", metavar="URL", help="The address of the API; a build says it by itself."),
    click.option(
        "--token-variable",
        metavar="NAME",
        help="The variable that has the token, instead of GITHUB_TOKEN or GITLAB_TOKEN.",
    ),
)


@contextmanager
def connected(forge_options: ForgeOptions) -> Iterator[Forge]:
    """Open a forge and close it on exit."""
    from reconciler.forge import ci_environment as context
    from reconciler.target.connect import limits

    forge = context.connect(forge_options, os.environ, limits(os.environ.get("PORTAL_PATIENCE")))
    try:
        yield forge
    finally:
        forge.close()


def approved(forge: Forge, request: PullRequest, config: Config) -> Approvals:
    """Read the approvals of a pull request, by the file's rule about whose labels count."""
    from reconciler.forge.approvals import approvals

    return approvals(forge, request, options.RISKS, whose=config.guards.approvals)


def approved_in_build(name: str, config: Config) -> Approvals:
    """Read the approvals of this build's pull request; raise UsageError where it has none."""
    from reconciler.forge import ci_environment as context

    number = context.subject(name, os.environ)
    if not isinstance(number, int):
        raise context.missing("which pull request", "--approved-on in a build of a pull request only")
    with connected(context.ForgeOptions(name)) as forge:
        return approved(forge, forge.request(number), config)


def finish(document: Mapping[str, Any], output_format: str, message: str) -> None:
    """Print the result."""
    if output_format == "json":
        output.print_json(document)
    else:
        output.print_text(f"{message}\n", no_color=True)
