"""Doctor of a build: addresses, tokens with the right scope, rights on the forge."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from reconciler.core.documents import head
from reconciler.core.errors import PortalError
from reconciler.forge import ci_environment as context
from reconciler.target.connect import connect, limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.config.environments.environment import Environment

Purpose = Literal["plan", "apply"]
SIGNING = "PORTAL_IDENTITY_SECRET"
"""The variable with which `portal verify` logs in as real people."""
_MARK = {"github": "GITHUB_ACTIONS", "gitlab": "GITLAB_CI"}
"""The variable by which a forge tells a program that it runs in a build."""


@dataclass(frozen=True, slots=True)
class Check:
    """One requirement of a build: `ok`, `missing`, or `warning` for what works and could be better."""

    what: str
    outcome: Literal["ok", "missing", "warning"]
    said: str
    remedy: str = ""


def forge_of(variables: Mapping[str, str]) -> str:
    """Return the forge of this build; empty outside of one."""
    return next((name for name, mark in _MARK.items() if variables.get(mark) == "true"), "")


def checks(
    forge: str, environments: Sequence[Environment], purpose: Purpose, variables: Mapping[str, str]
) -> Iterator[Check]:
    """Check every requirement of a build that plans, or applies, in some environments."""
    yield _forge(forge, variables)
    for environment in environments:
        yield from _workspace(environment, purpose, variables)
    if purpose == "apply" and not variables.get(SIGNING):
        remedy = f"Set {SIGNING} in the environment of this job; portal secret create makes one."
        yield Check(SIGNING, "warning", "not set: portal verify works out access, and logs in as nobody", remedy)


def _forge(name: str, variables: Mapping[str, str]) -> Check:
    words = context.WORDS[name]
    what = f"{words.token} for {'GitHub' if name == 'github' else 'GitLab'}"
    try:
        forge = context.connect(context.ForgeOptions(name), variables, limits(variables.get("PORTAL_PATIENCE")))
        try:
            number = context.subject(name, variables)
            if isinstance(number, int):
                forge.labels(forge.request(number))
                return Check(what, "ok", f"reads pull request {number} and its labels")
            forge.merged(context.commit(name, None, variables))
        finally:
            forge.close()
    except PortalError as problem:
        return _failed(what, problem)
    return Check(what, "ok", "finds the pull request of a commit")


def _workspace(environment: Environment, purpose: Purpose, variables: Mapping[str, str]) -> Iterator[Check]:
    where = f"the workspace of {environment.name}"
    try:
        url = environment.address(variables)
    except PortalError as problem:
        yield _failed(where, problem)
        return
    what = f"{environment.variable} for {environment.name}"
    try:
        token = environment.secret(variables)
        target = connect(
            url, token=token, seed=None, retry_seconds=variables.get("PORTAL_PATIENCE"), variable=environment.variable
        )
        try:
            whoami = target.whoami()
        finally:
            target.close()
    except PortalError as problem:
        yield _failed(what, problem)
        return
    yield Check(where, "ok", f"answers at {url}")
    yield _scoped(what, whoami, purpose)


def _scoped(what: str, entry: Mapping[str, Any], purpose: Purpose) -> Check:
    writes = "write" in entry["scopes"]
    if purpose == "apply" and not writes:
        remedy = "Give this job a token that was made with --scope write."
        return Check(what, "missing", "may only read, and an apply writes", remedy)
    if purpose == "plan" and writes:
        remedy = "Give this job a token with --scope read: it runs the code of a pull request."
        return Check(what, "warning", "may write, and a plan only reads", remedy)
    return Check(what, "ok", "may write" if writes else "may read")


def _failed(what: str, problem: PortalError) -> Check:
    first = problem.diagnostics[0]
    return Check(what, "missing", first.summary, first.remedy or "")


def document(forge: str, checks: Sequence[Check]) -> dict[str, Any]:
    """Build the document of the checks."""
    outcome = "incomplete" if any(check.outcome == "missing" for check in checks) else "in_order"
    return {
        **head("ci_check", outcome),
        "forge": forge,
        "checks": [asdict(check) for check in checks],
        "diagnostics": [],
    }
