"""GitLab's API."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reconciler.forge import problems
from reconciler.forge.client import ForgeClient
from reconciler.forge.protocol import Label, Post, PullRequest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.target.http.retry import Timeouts

API = "https://gitlab.com/api/v4"

_PROGRAM = re.compile(r"(project|group)_\d+_bot", re.ASCII)
"""The names of GitLab's accounts for access tokens."""
_understood = problems.understood("GitLab")


class GitLab:
    """One project on GitLab."""

    name = "GitLab"

    def __init__(self, project: str, token: str, api: str, limits: Timeouts) -> None:
        """Open a project, by number or path; sends nothing yet."""
        self._wire = ForgeClient(self.name, api, {"PRIVATE-TOKEN": token}, limits)
        self._at = f"projects/{quote(project, safe='')}"
        self._me: int | None = None

    @_understood
    def comments(self, number: int) -> Sequence[Post]:
        """List this account's notes on a merge request, oldest first."""
        me = self._account()
        notes = self._wire.pages(f"{self._at}/merge_requests/{number}/notes", sort="asc", order_by="created_at")
        return [_entry(note) for note in notes if note["author"]["id"] == me and not note.get("system")]

    @_understood
    def comment(self, number: int, body: str) -> Post:
        """Comment on a merge request."""
        return _entry(self._wire.write("POST", f"{self._at}/merge_requests/{number}/notes", {"body": body}))

    @_understood
    def edit_comment(self, number: int, entry: int, body: str) -> Post:
        """Replace an earlier note."""
        return _entry(self._wire.write("PUT", f"{self._at}/merge_requests/{number}/notes/{entry}", {"body": body}))

    @_understood
    def issues(self) -> Sequence[Post]:
        """List the open issues of this account."""
        pages = self._wire.pages(f"{self._at}/issues", state="opened", author_id=str(self._account()), scope="all")
        return [_issue(page) for page in pages]

    @_understood
    def open_issue(self, title: str, body: str) -> Post:
        """Open an issue."""
        return _issue(self._wire.write("POST", f"{self._at}/issues", {"title": title, "description": body}))

    @_understood
    def edit_issue(self, number: int, title: str, body: str, *, closed: bool) -> Post:
        """Change an open issue, and close it on request."""
        end = {"state_event": "close"} if closed else {}
        return _issue(
            self._wire.write("PUT", f"{self._at}/issues/{number}", {"title": title, "description": body, **end})
        )

    @_understood
    def request(self, number: int) -> PullRequest:
        """Get a merge request."""
        return _request(self._wire.get(f"{self._at}/merge_requests/{number}"))

    @_understood
    def labels(self, request: PullRequest) -> Sequence[Label]:
        """List who set each label of a merge request, removed labels included."""
        labels: dict[str, Label] = {}
        me = self._account()
        for page in self._wire.pages(f"{self._at}/merge_requests/{request.number}/resource_label_events"):
            if page["action"] == "add" and page.get("label"):
                who = page.get("user") or {}
                name, login = page["label"]["name"], str(who.get("username", ""))
                # The newest comes last. Our own token is that of every build.
                labels[name] = Label(name, login, who.get("id") != me and not _PROGRAM.match(login))
        return tuple(labels.values())

    @_understood
    def merged(self, commit: str) -> PullRequest | None:
        """Find the merge request that was merged as a commit."""
        for page in self._wire.pages(f"{self._at}/repository/commits/{quote(commit, safe='')}/merge_requests"):
            # A fast-forward has no commit of its own: the branch's last one is it.
            ends = [page.get(name) for name in ("merge_commit_sha", "squash_commit_sha", "sha")]
            if page["state"] == "merged" and commit in ends:
                return _request(page)
        return None

    @_understood
    def kept(self, request: PullRequest, name: str) -> bytes | None:
        """Return the newest file of that name kept by a build of a merge request; `None` for none."""
        pipelines = self._wire.pages(f"{self._at}/merge_requests/{request.number}/pipelines")
        for pipeline in sorted(pipelines, key=lambda value: int(value["id"]), reverse=True):
            jobs = [
                job
                for job in self._wire.pages(f"{self._at}/pipelines/{pipeline['id']}/jobs")
                if job["name"] == name and job.get("artifacts_file")
            ]
            if jobs:
                newest = max(int(job["id"]) for job in jobs)
                return self._wire.download(f"{self._at}/jobs/{newest}/artifacts/{quote(name, safe='')}.json")
        return None

    def close(self) -> None:
        """Close connections."""
        self._wire.close()

    def _account(self) -> int:
        if self._me is None:
            self._me = int(self._wire.get("user")["id"])
        return self._me


def _request(entry: Mapping[str, Any]) -> PullRequest:
    foreign = entry["source_project_id"] != entry["target_project_id"]
    author = (entry.get("author") or {}).get("username", "")
    return PullRequest(entry["iid"], entry["sha"], author, tuple(entry["labels"]), foreign)


def _entry(entry: Mapping[str, Any]) -> Post:
    return Post(int(entry["id"]), entry.get("body") or "", "")


def _issue(entry: Mapping[str, Any]) -> Post:
    return Post(int(entry["iid"]), entry.get("description") or "", entry.get("web_url", ""))
