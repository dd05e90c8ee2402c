"""Commands in comments on a pull request of GitHub: `/portal plan`, or `/portal apply -e staging`.

Only accounts with write access are heard. Nothing of a pull request is run for it: a plan is made again by the build
that made it before, with what that build has; what is applied was merged, and was reviewed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.core.diagnostics import error
from reconciler.core.errors import NotAllowed, PortalError
from reconciler.core.wording import listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.core.diagnostics import Diagnostic
    from reconciler.forge.github import GitHub

_BEGINS = "/portal"
_COMMAND = re.compile(r"(?P<plan>plan)|apply +(?:-e|--env)[ =](?P<environment>[\w-]+)", re.ASCII)
_KNOWN = ("OWNER", "MEMBER", "COLLABORATOR")
"""The accounts that are told why nothing happens; others get no answer, so that nobody makes this speak."""
_MOST = 4096


@dataclass(frozen=True, slots=True)
class Command:
    """A command: `plan` or `apply` on a pull request, with the environment of an apply."""

    verb: str
    environment: str
    number: int


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a pull request that begins like a command; `known` if its author belongs to the repository."""

    number: int
    author: str
    known: bool
    command: str


def comment_of(variables: Mapping[str, str]) -> Comment | None:
    """Return the comment that triggered a build; `None` where it is no command, or on no pull request."""
    try:
        event: dict[str, Any] = json.loads(Path(variables.get("GITHUB_EVENT_PATH", "")).read_bytes())
        issue, comment = event["issue"], event["comment"]
        first, *_ = str(comment["body"])[:_MOST].splitlines() or [""]
        word, _, command = first.strip().partition(" ")
        if event["action"] != "created" or "pull_request" not in issue or word != _BEGINS:
            return None
        known = comment.get("author_association") in _KNOWN
        return Comment(int(issue["number"]), str(comment["user"]["login"]), known, command.strip())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def heard(forge: GitHub, comment: Comment, commit: str, environments: Sequence[str]) -> Command:
    """Read the command of a comment, and answer on the pull request: accepted, or why not; raise PortalError.

    Only the merge at `commit`, the head of the default branch, is applied, and only to the named environments.
    """
    try:
        command = _allowed(forge, comment, commit, environments)
    except PortalError as refused:
        if comment.known:
            diagnostic = refused.diagnostics[0]
            forge.comment(comment.number, f"⛔ {diagnostic.summary}. {diagnostic.remedy}")
        raise
    todo = "planned again" if command.verb == "plan" else f"applied to {command.environment}, as it was reviewed"
    forge.comment(comment.number, f"▶️ This is {todo}: {comment.author} asked for it.")
    return command


def _allowed(forge: GitHub, comment: Comment, commit: str, environments: Sequence[str]) -> Command:
    if not forge.may_write(comment.author):
        summary = f"{comment.author} may not write to this repository, so nothing is done"
        raise NotAllowed(error("command-refused", summary, remedy="Ask somebody who may write to it."))
    match = _COMMAND.fullmatch(comment.command)
    if match is None:
        remedy = "There are /portal plan, and /portal apply -e ENVIRONMENT."
        raise PortalError(error("command-refused", "this is no command that is known here", remedy=remedy))
    if match["plan"]:
        return Command("plan", "", comment.number)
    environment = match["environment"]
    if problem := _not_applied(forge, comment, commit, environment, environments):
        raise PortalError(problem)
    return Command("apply", environment, comment.number)


def _not_applied(
    forge: GitHub, comment: Comment, commit: str, environment: str, environments: Sequence[str]
) -> Diagnostic | None:
    """Return why a merged change may not be applied; nothing where it may."""
    if environment not in environments:
        there = listed(environments, "and") or "no environment"
        summary = f"a comment applies to {there}, and not to {environment}"
        return error("command-refused", summary, remedy="Production gets what was proven: start the promotion by hand.")
    merged = forge.merged(commit)
    if merged is None or merged.number != comment.number:
        summary = f"pull request {comment.number} is not what was merged last, and only that can be applied"
        return error("command-refused", summary, remedy="Merge it first, or comment on the one that was merged last.")
    return None
