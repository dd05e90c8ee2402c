"""What stands in for the actions of others: they bring files from one place to another, and so do these."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.forge import github
from tests.support.forge.server import Account
from tests.workflows.runner import copied

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.forge.github import GitHub
    from tests.workflows.runner import Job


def actions(hub: GitHub) -> dict[str, Callable[[Job, Mapping[str, str]], None]]:
    """Return the stand-ins, by the names of what they stand in for."""
    return {
        "actions/checkout": _checkout,
        "actions/setup-python": _setup_python,
        "actions/upload-artifact": lambda job, given: _upload(hub, job, given),
        "actions/download-artifact": lambda job, given: _download(hub, job, given),
    }


def token_for(hub: GitHub) -> Callable[[Mapping[str, str]], str]:
    """Return what makes the token of a job: it may do what the job is granted, and nothing else."""

    def make(permissions: Mapping[str, str]) -> str:
        token = f"token-of-job-{len(hub.accounts)}"
        may = frozenset(f"{area}: {level}" for area, level in permissions.items())
        hub.accounts[token] = Account(41898282, "github-actions[bot]", may, knows_itself=False)
        return token

    return make


def _checkout(job: Job, given: Mapping[str, str]) -> None:
    # Only what set the build off is checked out, and nothing is left behind that could push.
    assert given == {"persist-credentials": "false"}, given
    assert {"contents: read", "contents: write"} & {f"{area}: {may}" for area, may in job.done.permissions.items()}
    copied(job.runner.root, job.workspace)


def _setup_python(_: Job, given: Mapping[str, str]) -> None:
    assert given == {"python-version": "3.12"}


def _upload(hub: GitHub, job: Job, given: Mapping[str, str]) -> None:
    assert set(given) == {"name", "path", "retention-days"}
    path = Path(given["path"])
    assert path.name == f"{given['name']}.json"
    request = job.contexts["github"]["event"].get("pull_request")
    head = request["head"] if request else {"sha": job.contexts["github"]["sha"], "repo": {"id": github.HERE}}
    key = hub.keep(given["name"], path.read_bytes(), head=head["sha"], repo=head["repo"]["id"])
    hub.artifacts[key][0]["workflow_run"]["id"] = job.contexts["github"]["run_id"]


def _download(hub: GitHub, job: Job, given: Mapping[str, str]) -> None:
    run = given.get("run-id", str(job.contexts["github"]["run_id"]))
    if "run-id" in given:
        assert "actions: read" in hub.accounts[given["github-token"]].may
    entries = [one for one in hub.artifacts.values() if str(one[0]["workflow_run"]["id"]) == run]
    if "pattern" in given:
        assert given["merge-multiple"] == "true"
        entries = [one for one in entries if one[0]["name"].startswith(given["pattern"].removesuffix("*"))]
    else:
        entries = [one for one in entries if one[0]["name"] == given["name"]]
        assert len(entries) == 1
    for _, data in entries:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            archive.extractall(given["path"])
