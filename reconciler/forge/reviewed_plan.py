"""The reviewed plan of a pull request, where a fresh plan would do the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.core.diagnostics import error
from reconciler.core.errors import NotFound, Stale

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.forge.protocol import Forge, PullRequest


def request(forge: Forge, commit: str) -> PullRequest:
    """Find the pull request that was merged as a commit; raise NotFound for none, or one from a fork."""
    merged = forge.merged(commit)
    if merged is None:
        raise _missing(f"no pull request was merged as {commit}", "What was pushed past review has no reviewed plan.")
    if merged.foreign:
        message = f"pull request {merged.number} came from a fork, whose builds anybody may have changed"
        raise _missing(message, "Its plans were made without any workspace.")
    return merged


def kept(forge: Forge, pull_request: PullRequest, name: str) -> bytes:
    """Return a file kept by the builds of a pull request; raise NotFound where there is none, or it is too old."""
    data = forge.kept(pull_request, name)
    if data is None:
        raise _missing(f"no build of pull request {pull_request.number} kept {name}", "It may have expired.")
    return data


def refuse_other(planned: Mapping[str, Any], fresh: Mapping[str, Any], number: int) -> None:
    """Refuse a plan that would not do exactly what a fresh one would; raise Stale."""
    # A plan file says of itself that it is whole, and not who wrote it: what was merged is planned anew.
    different = [name for name, part in _PARTS.items() if part(planned) != part(fresh)]
    if different:
        raise Stale(
            error(
                "reviewed-plan-differs",
                f"the plan that was reviewed with pull request {number} is not the one that would be made now: "
                f"{', '.join(different)} differ",
                remedy="Have a new plan of the merged commit reviewed: portal plan --out FILE shows it.",
            )
        )


def _configuration(plan: Mapping[str, Any]) -> Any:
    return plan["configuration"]["name"], plan["configuration"]["digest"]


def _workspace(plan: Mapping[str, Any]) -> Any:
    return tuple(plan["workspace"][name] for name in ("id", "target", "help_center"))


def _changes(plan: Mapping[str, Any]) -> Any:
    """Return the changes to compare, without lines of the file and revisions."""
    return [
        {name: change[name] for name in ("id", "address", "action", "risks", "needs", "operations")}
        | {"fields": [{name: field.get(name) for name in ("field", "before", "after")} for field in change["fields"]]}
        for change in plan["changes"]
    ]


_PARTS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "the environments": lambda plan: plan["environment"],
    "the configurations": _configuration,
    "the workspaces": _workspace,
    "the purposes": lambda plan: (plan["purpose"], plan["undoes"]),
    "what is promoted": lambda plan: plan["promotion"],
    "the changes": _changes,
    "who gains and loses access": lambda plan: plan["views"],
    "the guards": lambda plan: [(guard["name"], guard["risk"], guard["limit"]) for guard in plan["guards"]],
    "the ways back": lambda plan: plan["way_back"],
    "the records": lambda plan: plan["record"]["after"]["values"],
    "what is managed": lambda plan: plan["managed"],
}
"""The executable parts of a plan, with their names in a refusal."""


def _missing(what: str, why: str) -> NotFound:
    remedy = f"{why} Make a plan of the merged commit, have it reviewed, and apply it: portal plan --out FILE."
    return NotFound(error("reviewed-plan-missing", what, remedy=remedy))
