"""A stand-in for GitHub: comments, issues, pull requests and artifacts of one repository."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from flask import Response, jsonify, redirect, request

from tests.support.forge.server import Account, Refused, Server

REPOSITORY = "acme/support"
WORKFLOW = Account(
    41898282,
    "github-actions[bot]",
    frozenset({"issues: write", "pull-requests: write", "actions: read", "contents: read"}),
    knows_itself=False,
)
ADA, MARA = "ada", "mara"
"""The author of pull requests, and their reviewer."""
SOMEBODY = Account(7, "mallory", frozenset({"issues: write", "pull-requests: write"}))
HERE, FORK = 1001, 2002
"""The ids of the repository and of a fork of it."""


@dataclass
class GitHub(Server):
    """GitHub on loopback."""

    comments: dict[int, dict[str, Any]] = field(default_factory=dict)
    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    pulls: dict[int, dict[str, Any]] = field(default_factory=dict)
    events: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    artifacts: dict[int, tuple[dict[str, Any], bytes]] = field(default_factory=dict)
    may_write: tuple[str, ...] = (ADA, MARA)
    runs: dict[int, int] = field(default_factory=dict)
    """The build that planned last, by its id: of which pull request."""
    rerun: list[int] = field(default_factory=list)
    """The builds that are to run again."""

    def pull(self, number: int, head: str, *, merged_as: str | None = None, repo: int = HERE, **more: Any) -> None:
        """Add a pull request, with labels set by a reviewer."""
        owner = "acme" if repo == HERE else "mallory"
        self.pulls[number] = {
            "number": number,
            "state": "closed" if merged_as else "open",
            "merged_at": "2026-11-22T10:00:00Z" if merged_as else None,
            "merge_commit_sha": merged_as or "f" * 40,
            "labels": [],
            "user": {"login": ADA, "type": "User"},
            "head": {"sha": head, "ref": "change", "label": f"{owner}:change", "repo": {"id": repo}},
            "base": {"sha": "0" * 40, "ref": "main", "repo": {"id": HERE}},
            **more,
        }
        for one in self.pulls[number]["labels"]:
            self._event(number, "labeled", one["name"], MARA, "User")

    def label(self, number: int, name: str, by: str = MARA, kind: str = "User") -> None:
        """Set a label of a pull request."""
        self._event(number, "labeled", name, by, kind)
        self.pulls[number]["labels"] = [*self.pulls[number]["labels"], {"name": name}]

    def unlabel(self, number: int, name: str, by: str = MARA) -> None:
        """Remove a label of a pull request."""
        self._event(number, "unlabeled", name, by, "User")
        self.pulls[number]["labels"] = [one for one in self.pulls[number]["labels"] if one["name"] != name]

    def _event(self, number: int, event: str, name: str, by: str, kind: str) -> None:
        told = {"id": 800 + len(self.events), "event": event, "actor": {"login": by, "type": kind}}
        self.events.append((number, {**told, "label": {"name": name, "color": "ededed"}}))

    def keep(self, name: str, content: bytes, *, head: str, repo: int = HERE, **more: Any) -> int:
        """Have an artifact with one file of its name."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(f"{name}.json", content)
        data = packed.getvalue()
        number = 5000 + len(self.artifacts)
        run = {"id": 900 + number, "repository_id": HERE, "head_repository_id": repo, "head_sha": head}
        promised = f"sha256:{sha256(data).hexdigest()}"
        told = {"id": number, "name": name, "expired": False, "workflow_run": run, "digest": promised, **more}
        self.artifacts[number] = (told, data)
        return number

    def say(self, number: int, body: str, account: Account = WORKFLOW) -> int:
        """Have a comment on a pull request."""
        key = 100 + len(self.comments)
        url = f"https://github.example/{REPOSITORY}/pull/{number}#issuecomment-{key}"
        told = {"id": key, "body": body, "user": {"login": account.login}, "html_url": url}
        self.comments[key] = {**told, "on": number}
        return key

    def routes(self) -> None:
        """Register GitHub's routes."""
        at = f"/repos/{REPOSITORY}"
        add = self.app.add_url_rule
        add("/user", view_func=self._user)
        add(f"{at}/issues/<int:number>/comments", view_func=self._comments, methods=["GET", "POST"])
        add(f"{at}/issues/comments/<int:key>", view_func=self._comment, methods=["PATCH"])
        add(f"{at}/issues", view_func=self._issues, methods=["GET", "POST"])
        add(f"{at}/issues/<int:number>", view_func=self._issue, methods=["PATCH"])
        add(f"{at}/issues/<int:number>/events", view_func=self._events)
        add(f"{at}/pulls/<int:number>", view_func=self._pull)
        add(f"{at}/pulls", view_func=self._pulls)
        add(f"{at}/commits/<sha>/pulls", view_func=self._pulls_of)
        add(f"{at}/collaborators/<login>/permission", view_func=self._permission)
        add(f"{at}/actions/workflows/<file>/runs", view_func=self._runs)
        add(f"{at}/actions/runs/<int:key>/rerun", view_func=self._again, methods=["POST"])
        add(f"{at}/actions/artifacts", view_func=self._artifacts)
        add(f"{at}/actions/artifacts/<int:key>/zip", view_func=self._zip)
        add("/blobs/<int:key>", view_func=self._blob)

    def _user(self) -> Response:
        account = self.account()
        if not account.knows_itself:
            raise Refused(403, "Resource not accessible by integration")
        return jsonify({"login": account.login, "id": account.id})

    def _comments(self, number: int) -> Response:
        if request.method == "POST":
            account = self.account("pull-requests: write")
            return jsonify(self.comments[self.say(number, _taken(request.json["body"]), account)])
        self.account("pull-requests: read")
        return self.page([one for one in self.comments.values() if one["on"] == number])

    def _comment(self, key: int) -> Response:
        account = self.account("pull-requests: write")
        if self.comments[key]["user"]["login"] != account.login:
            raise Refused(403, "Must be the author")
        self.comments[key]["body"] = _taken(request.json["body"])
        return jsonify(self.comments[key])

    def _issues(self) -> Response:
        if request.method == "POST":
            account = self.account("issues: write")
            return jsonify(self.issues[self.open(request.json["title"], request.json["body"], account)])
        self.account("issues: read")
        wanted = [one for one in self.issues.values() if one["state"] == request.args["state"]]
        return self.page([one for one in wanted if one["user"]["login"] == request.args["creator"]])

    def open(self, title: str, body: str, account: Account = WORKFLOW, **more: Any) -> int:
        """Have an open issue."""
        number = 50 + len(self.issues)
        url = f"https://github.example/{REPOSITORY}/issues/{number}"
        told = {"number": number, "title": title, "body": body, "html_url": url, "state": "open"}
        self.issues[number] = {**told, "user": {"login": account.login}, "id": 70000 + number, **more}
        return number

    def _issue(self, number: int) -> Response:
        self.account("issues: write")
        self.issues[number].update(request.json)
        return jsonify(self.issues[number])

    def _events(self, number: int) -> Response:
        self.account("pull-requests: read")
        # Of a pull request other things happen, too.
        closed = {"id": 700, "event": "renamed", "actor": None}
        return self.page([closed, *(one for on, one in self.events if on == number)])

    def _pull(self, number: int) -> Response:
        self.account("pull-requests: read")
        if number not in self.pulls:
            raise Refused(404, "Not Found")
        return jsonify(self.pulls[number])

    def _pulls(self) -> Response:
        self.account("pull-requests: read")
        entries = [one for one in self.pulls.values() if one["state"] == request.args["state"]]
        return self.page([one for one in entries if one["head"]["label"] == request.args["head"]])

    def _pulls_of(self, sha: str) -> Response:
        self.account("pull-requests: read", "contents: read")
        return self.page([one for one in self.pulls.values() if sha in (one["merge_commit_sha"], one["head"]["sha"])])

    def _permission(self, login: str) -> Response:
        self.account()
        may = "write" if login in self.may_write else "read"
        return jsonify({"permission": may, "role_name": may, "user": {"login": login}})

    def _runs(self, file: str) -> Response:
        self.account("actions: read")
        assert file == "portal-plan.yml"
        assert request.args["event"] == "pull_request"
        heads = {key: self.pulls[number]["head"]["sha"] for key, number in self.runs.items()}
        entries = [{"id": key, "head_sha": head} for key, head in heads.items() if head == request.args["head_sha"]]
        return self.page(entries, "workflow_runs")

    def _again(self, key: int) -> Response:
        self.account("actions: write")
        self.rerun.append(key)
        return Response(status=201)

    def _artifacts(self) -> Response:
        self.account("actions: read")
        named = [told for told, _ in self.artifacts.values() if told["name"] == request.args["name"]]
        return self.page(named, "artifacts")

    def _zip(self, key: int) -> Any:
        self.account("actions: read")
        return redirect(f"/blobs/{key}?signature=abc", 302)

    def _blob(self, key: int) -> Response:
        if "Authorization" in request.headers:
            raise Refused(400, "a token was sent to where files are kept")
        return Response(self.artifacts[key][1], mimetype="application/zip")


def _taken(body: str) -> str:
    if len(body) > 65_536:
        raise Refused(422, "Body is too long (maximum is 65536 characters)")
    # As GitHub keeps texts.
    return body.replace("\n", "\r\n")
