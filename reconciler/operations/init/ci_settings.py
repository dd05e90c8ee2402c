"""Settings that a forge needs for the workflows of `portal init --ci`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.plan.checks.guards import ALLOWABLE, LABEL

if TYPE_CHECKING:
    from collections.abc import Iterator

_READS, _WRITES = "reads", "writes"
_ENVIRONMENTS = {
    "github": {"staging": "staging-plan", "production": "production-plan"},
    "gitlab": {"staging": "staging/plan", "production": "production/plan"},
}
"""The names of the environments of a forge in which each workspace is only planned for."""


def lines(forge: str) -> Iterator[str]:
    """Yield the list of environments, secrets, variables and labels of `github` or `gitlab`, for people."""
    called = "secret" if forge == "github" else "variable"
    plan = _ENVIRONMENTS[forge]
    yield "Set in the settings of the repository:" if forge == "github" else "Set in the settings of the project:"
    if forge == "gitlab":
        yield "  variable     GITLAB_TOKEN, masked: a project access token with the scope api and the role Reporter"
    yield "  variable     PORTAL_STAGING_WORKSPACE, PORTAL_PRODUCTION_WORKSPACE: the URLs of the workspaces"
    for environment, secrets in (
        (plan["staging"], [("PORTAL_STAGING_TOKEN", _READS)]),
        (plan["production"], [("PORTAL_PRODUCTION_TOKEN", _READS), ("PORTAL_STAGING_TOKEN", _READS)]),
        ("staging", [("PORTAL_STAGING_TOKEN", _WRITES), ("PORTAL_IDENTITY_SECRET", "for portal verify")]),
        ("production", [("PORTAL_PRODUCTION_TOKEN", _WRITES), ("PORTAL_STAGING_TOKEN", _READS)]),
    ):
        protected = "" if "plan" in environment else "; main only, with reviewers"
        yield f"  environment  {environment}{protected}"
        yield from (f"    {called:<9}  {name} ({what})" for name, what in secrets)
    yield f"  labels       {', '.join(f'{LABEL}{risk.value}' for risk in ALLOWABLE)}"
    yield "portal token create NAME --scope read|write makes a token. portal ci doctor checks all of it in a build."
