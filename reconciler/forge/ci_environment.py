"""The environment of a build: repository, pull request and commit, as the forge's variables tell them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.core.diagnostics import error
from reconciler.core.errors import NotAllowed, UsageError
from reconciler.core.secrets import checked
from reconciler.forge import github, gitlab

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.forge.protocol import Forge
    from reconciler.target.http.retry import Timeouts


@dataclass(frozen=True, slots=True)
class Words:
    """The variables in which one forge tells its builds where they run, and the API's address where none is set."""

    repository: str
    commit: str
    api: str
    usual_api: str
    token: str


WORDS = {
    "github": Words("GITHUB_REPOSITORY", "GITHUB_SHA", "GITHUB_API_URL", github.API, "GITHUB_TOKEN"),
    "gitlab": Words("CI_PROJECT_ID", "CI_COMMIT_SHA", "CI_API_V4_URL", gitlab.API, "GITLAB_TOKEN"),
}


@dataclass(frozen=True, slots=True)
class ForgeOptions:
    """Forge options of the command line; `None` for the build's value. `forge` is a key of `WORDS`."""

    forge: str
    repository: str | None = None
    api: str | None = None
    token_variable: str | None = None


def connect(forge_options: ForgeOptions, variables: Mapping[str, str], limits: Timeouts) -> Forge:
    """Open the named repository, or the build's; sends nothing yet; raise UsageError, or NotAllowed for the token."""
    words = WORDS[forge_options.forge]
    repository = forge_options.repository or variables.get(words.repository)
    if not repository:
        raise missing("which repository", f"--repository, or the variable {words.repository}")
    if forge_options.forge == "github" and not re.fullmatch(r"[\w.-]+/[\w.-]+", repository, re.ASCII):
        raise missing("a repository of GitHub", "--repository OWNER/NAME")
    name = forge_options.token_variable or words.token
    token = variables.get(name)
    if not token:
        message = f"there is no token: {name} is not set"
        remedy = f"Set {name} in the environment of this step, or name another variable with --token-variable."
        raise NotAllowed(error("forge-token-missing", message, remedy=remedy))
    api = forge_options.api or variables.get(words.api) or words.usual_api
    if forge_options.forge == "github":
        return github.GitHub(repository, checked(name, token), api, limits)
    return gitlab.GitLab(repository, checked(name, token), api, limits)


def commit(forge: str, given: str | None, variables: Mapping[str, str]) -> str:
    """Return the named commit, or the build's; raise UsageError where neither is known."""
    text = given or variables.get(WORDS[forge].commit)
    if not text:
        raise missing("which commit", f"--commit, or the variable {WORDS[forge].commit}")
    return text


@dataclass(frozen=True, slots=True)
class Head:
    """The branch of a finished build, its owner and commit: a following build finds the pull request by it."""

    owner: str
    branch: str
    commit: str


def subject(forge: str, variables: Mapping[str, str]) -> int | Head | None:
    """Return the pull request of a build on a forge of `WORDS`: its number, or its branch; `None` for none."""
    if forge == "gitlab":
        return _number(variables.get("CI_MERGE_REQUEST_IID"))
    event = _event(variables.get("GITHUB_EVENT_PATH"))
    if run := event.get("workflow_run"):
        # A fork that is gone by now has no owner any more; its commit is still looked for.
        owner = ((run.get("head_repository") or {}).get("owner") or {}).get("login", "")
        return Head(owner, run["head_branch"], run["head_sha"])
    number = (event.get("pull_request") or {}).get("number")
    in_name = re.fullmatch(r"refs/pull/(\d+)/\w+", variables.get("GITHUB_REF", ""), re.ASCII)
    return _number(number or (in_name[1] if in_name else None))


def build(forge: str, variables: Mapping[str, str]) -> str:
    """Return the URL of the build that made a plan, this one or the one that it follows; empty for none."""
    if forge == "gitlab":
        address = variables.get("CI_JOB_URL", "")
    else:
        followed = (_event(variables.get("GITHUB_EVENT_PATH")).get("workflow_run") or {}).get("id")
        run = _number(followed or variables.get("GITHUB_RUN_ID"))
        server, repository = variables.get("GITHUB_SERVER_URL"), variables.get("GITHUB_REPOSITORY")
        address = f"{server}/{repository}/actions/runs/{run}" if server and repository and run else ""
    return address if _ADDRESS.fullmatch(address) else ""


_ADDRESS = re.compile(r"https?://[\w.-]+(:\d+)?(/[\w.-]+)+", re.ASCII)
"""An address that a link in Markdown cannot be left of."""


def missing(what: str, how: str) -> UsageError:
    """Build the error for a value that neither the command line nor the build has."""
    return UsageError(error("forge-context-missing", f"nobody says {what}", remedy=f"Give {how}."))


def _number(text: object) -> int | None:
    return int(str(text)) if text is not None and re.fullmatch(r"[1-9]\d{0,15}", str(text), re.ASCII) else None


def _event(path: str | None) -> dict[str, Any]:
    """Read the event that triggered a build, from GitHub's file."""
    if not path:
        return {}
    try:
        event = json.loads(Path(path).read_bytes())
    except (OSError, ValueError):
        return {}
    return event if isinstance(event, dict) else {}
