"""GitHub's API."""

from __future__ import annotations

import io
import zipfile
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reconciler.core.errors import NotAllowed
from reconciler.forge import problems
from reconciler.forge.client import ForgeClient
from reconciler.forge.protocol import Label, Post, PullRequest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.target.http.retry import Timeouts

API = "https://api.github.com"
WORKFLOW_ACCOUNT = "github-actions[bot]"
"""The account of a workflow's token; unlike others, it may not ask."""
_WRITING = ("admin", "maintain", "write")
_MOST_BYTES = 64 * 1024 * 1024

_understood = problems.understood("GitHub")


class GitHub:
    """One repository on GitHub."""

    name = "GitHub"

    def __init__(self, repository: str, token: str, api: str, limits: Timeouts) -> None:
        """Open a repository, `OWNER/NAME`; sends nothing yet."""
        credentials = {"Authorization": f"Bearer {token}", "X-GitHub-Api-Version": "2022-11-28"}
        self._wire = ForgeClient(self.name, api, credentials, limits)
        self._at = f"repos/{quote(repository, safe='/')}"
        self._me: str | None = None

    @_understood
    def comments(self, number: int) -> Sequence[Post]:
        """List this account's comments on a pull request, oldest first."""
        return self._mine(self._wire.pages(f"{self._at}/issues/{number}/comments"))

    @_understood
    def comment(self, number: int, body: str) -> Post:
        """Comment on a pull request."""
        return _entry(self._wire.write("POST", f"{self._at}/issues/{number}/comments", {"body": body}))

    @_understood
    def edit_comment(self, number: int, entry: int, body: str) -> Post:  # noqa: ARG002 (GitLab needs the number)
        """Replace an earlier comment."""
        return _entry(self._wire.write("PATCH", f"{self._at}/issues/comments/{entry}", {"body": body}))

    @_understood
    def issues(self) -> Sequence[Post]:
        """List the open issues of this account."""
        pages = self._wire.pages(f"{self._at}/issues", state="open", creator=self._account())
        return self._mine((page for page in pages if "pull_request" not in page), key="number")

    @_understood
    def open_issue(self, title: str, body: str) -> Post:
        """Open an issue."""
        return _entry(self._wire.write("POST", f"{self._at}/issues", {"title": title, "body": body}), "number")

    @_understood
    def edit_issue(self, number: int, title: str, body: str, *, closed: bool) -> Post:
        """Change an open issue, and close it on request."""
        end = {"state": "closed", "state_reason": "completed"} if closed else {}
        changed = self._wire.write("PATCH", f"{self._at}/issues/{number}", {"title": title, "body": body, **end})
        return _entry(changed, "number")

    @_understood
    def request(self, number: int) -> PullRequest:
        """Get a pull request."""
        return _request(self._wire.get(f"{self._at}/pulls/{number}"))

    @_understood
    def labels(self, request: PullRequest) -> Sequence[Label]:
        """List who set each label of a pull request, removed labels included."""
        labels: dict[str, Label] = {}
        for page in self._wire.pages(f"{self._at}/issues/{request.number}/events"):
            if page["event"] == "labeled":
                who = page.get("actor") or {}
                name = page["label"]["name"]
                # The newest comes last.
                labels[name] = Label(name, who.get("login", ""), who.get("type") == "User")
        return tuple(labels.values())

    @_understood
    def merged(self, commit: str) -> PullRequest | None:
        """Find the pull request that was merged as a commit."""
        for page in self._wire.pages(f"{self._at}/commits/{quote(commit, safe='')}/pulls"):
            if page.get("merged_at") and page.get("merge_commit_sha") == commit:
                return _request(page)
        return None

    @_understood
    def headed(self, owner: str, branch: str, commit: str) -> PullRequest | None:
        """Find the open pull request whose branch stands at a build's commit; one that has moved on does not count."""
        for page in self._wire.pages(f"{self._at}/pulls", state="open", head=f"{owner}:{branch}"):
            if page["head"]["sha"] == commit:
                return _request(page)
        return None

    @_understood
    def may_write(self, login: str) -> bool:
        """Tell whether an account may write to the repository."""
        answer = self._wire.get(f"{self._at}/collaborators/{quote(login, safe='')}/permission")
        return answer["permission"] in _WRITING

    @_understood
    def build_again(self, workflow: str, number: int) -> bool:
        """Rerun the newest build of a pull request by a workflow's file; tell whether there was one."""
        head = self.request(number).head
        at = f"{self._at}/actions/workflows/{quote(workflow, safe='')}/runs"
        runs = [page["id"] for page in self._wire.pages(at, "workflow_runs", head_sha=head, event="pull_request")]
        if runs:
            self._wire.order(f"{self._at}/actions/runs/{max(map(int, runs))}/rerun")
        return bool(runs)

    @_understood
    def kept(self, request: PullRequest, name: str) -> bytes | None:
        """Return the newest file of that name kept by a build of a pull request; `None` for none."""
        pages = [
            page
            for page in self._wire.pages(f"{self._at}/actions/artifacts", "artifacts", name=name)
            if not page["expired"] and _is_of(page.get("workflow_run") or {}, request)
        ]
        if not pages:
            return None
        newest = max(pages, key=lambda page: int(page["id"]))
        data = self._wire.download(f"{self._at}/actions/artifacts/{newest['id']}/zip")
        promised = newest.get("digest")
        if promised and promised != f"sha256:{sha256(data).hexdigest()}":
            raise problems.unreadable(self.name, f"the artifact {name} has another digest than GitHub announced")
        return _only_file(data, name)

    def close(self) -> None:
        """Close connections."""
        self._wire.close()

    def _mine(self, entries: Any, key: str = "id") -> Sequence[Post]:
        me = self._account()
        return [_entry(value, key) for value in entries if (value.get("user") or {}).get("login") == me]

    def _account(self) -> str:
        if self._me is None:
            try:
                self._me = str(self._wire.get("user")["login"])
            except NotAllowed as refused:
                if refused.diagnostics[0].code != "forge-permission-missing":
                    raise
                self._me = WORKFLOW_ACCOUNT
        return self._me


def _entry(entry: Mapping[str, Any], key: str = "id") -> Post:
    return Post(int(entry[key]), entry.get("body") or "", entry.get("html_url", ""))


def _request(entry: Mapping[str, Any]) -> PullRequest:
    head, base = entry["head"], entry["base"]
    # A fork that was deleted since has no repository any more.
    foreign = not head["repo"] or head["repo"]["id"] != base["repo"]["id"]
    labels = tuple(label["name"] for label in entry["labels"])
    author = (entry.get("user") or {}).get("login", "")
    return PullRequest(entry["number"], head["sha"], author, labels, foreign)


def _is_of(run: Mapping[str, Any], request: PullRequest) -> bool:
    """Tell whether a run was of the branch of a pull request, as it was merged, and not of a fork."""
    ours = run.get("head_repository_id") == run.get("repository_id")
    return ours and run.get("head_sha") == request.head


def _only_file(data: bytes, name: str) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            zip_infos = [zip_info for zip_info in archive.infolist() if zip_info.filename == f"{name}.json"]
            if len(zip_infos) == 1 and zip_infos[0].file_size <= _MOST_BYTES:
                return archive.read(zip_infos[0])
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as problem:
        raise problems.unreadable("GitHub", f"the artifact {name} is no archive") from problem
    raise problems.unreadable("GitHub", f"the artifact {name} does not have the one file {name}.json")
