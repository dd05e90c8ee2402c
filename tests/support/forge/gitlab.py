"""A stand-in for GitLab: notes, issues, merge requests, pipelines and artifacts of one project."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Response, jsonify, request

from tests.support.forge.server import Account, Refused, Server

PROJECT = "42"
BOT = Account(900, "project_42_bot", frozenset({"api"}))
ADA, MARA = Account(11, "ada", frozenset()), Account(12, "mara", frozenset())
"""The author of merge requests, and their reviewer."""
SOMEBODY = Account(7, "mallory", frozenset({"api"}))


@dataclass
class GitLab(Server):
    """GitLab on loopback."""

    notes: dict[int, dict[str, Any]] = field(default_factory=dict)
    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    merge_requests: dict[int, dict[str, Any]] = field(default_factory=dict)
    pipelines: dict[int, list[int]] = field(default_factory=dict)
    jobs: dict[int, dict[str, Any]] = field(default_factory=dict)
    events: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    files: dict[tuple[int, str], bytes] = field(default_factory=dict)

    def merge_request(self, iid: int, head: str, *, merged_as: str | None = None, **more: Any) -> None:
        """Add a merge request, with labels set by a reviewer."""
        self.merge_requests[iid] = {
            "iid": iid,
            "state": "merged" if merged_as else "opened",
            "sha": head,
            "merge_commit_sha": merged_as,
            "squash_commit_sha": None,
            "source_project_id": int(PROJECT),
            "target_project_id": int(PROJECT),
            "labels": [],
            "author": {"id": ADA.id, "username": ADA.login},
            **more,
        }
        for one in self.merge_requests[iid]["labels"]:
            self._event(iid, "add", one, MARA)

    def label(self, iid: int, name: str, by: Account = MARA) -> None:
        """Set a label of a merge request."""
        self._event(iid, "add", name, by)
        self.merge_requests[iid]["labels"] = [*self.merge_requests[iid]["labels"], name]

    def unlabel(self, iid: int, name: str, by: Account = MARA) -> None:
        """Remove a label of a merge request."""
        self._event(iid, "remove", name, by)
        self.merge_requests[iid]["labels"] = [one for one in self.merge_requests[iid]["labels"] if one != name]

    def _event(self, iid: int, action: str, name: str, by: Account) -> None:
        told = {"id": 800 + len(self.events), "action": action, "user": {"id": by.id, "username": by.login}}
        self.events.append((iid, {**told, "label": {"id": 1, "name": name}}))

    def keep(self, iid: int, name: str, content: bytes) -> None:
        """Have a pipeline of a merge request with one job that kept a file of its name."""
        pipeline, job = 300 + len(self.jobs), 600 + len(self.jobs)
        self.pipelines.setdefault(iid, []).append(pipeline)
        self.jobs[job] = {
            "id": job,
            "name": name,
            "pipeline": pipeline,
            "artifacts_file": {"filename": "artifacts.zip"},
        }
        self.files[job, f"{name}.json"] = content

    def say(self, iid: int, body: str, account: Account = BOT, *, system: bool = False) -> int:
        """Have a note on a merge request."""
        key = 100 + len(self.notes)
        self.notes[key] = {"id": key, "body": body, "author": {"id": account.id}, "system": system, "on": iid}
        return key

    def routes(self) -> None:
        """Register GitLab's routes."""
        at = f"/projects/{PROJECT}"
        add = self.app.add_url_rule
        add("/user", view_func=self._user)
        add(f"{at}/merge_requests/<int:iid>/notes", view_func=self._notes, methods=["GET", "POST"])
        add(f"{at}/merge_requests/<int:iid>/notes/<int:key>", view_func=self._note_of, methods=["PUT"])
        add(f"{at}/merge_requests/<int:iid>", view_func=self._merge_request)
        add(f"{at}/merge_requests/<int:iid>/resource_label_events", view_func=self._label_events)
        add(f"{at}/issues", view_func=self._issues, methods=["GET", "POST"])
        add(f"{at}/issues/<int:iid>", view_func=self._issue, methods=["PUT"])
        add(f"{at}/repository/commits/<sha>/merge_requests", view_func=self._merged)
        add(f"{at}/merge_requests/<int:iid>/pipelines", view_func=self._pipelines)
        add(f"{at}/pipelines/<int:key>/jobs", view_func=self._jobs)
        add(f"{at}/jobs/<int:key>/artifacts/<name>", view_func=self._file)

    def _user(self) -> Response:
        account = self.account()
        return jsonify({"id": account.id, "username": account.login})

    def _notes(self, iid: int) -> Response:
        account = self.account("api")
        if request.method == "POST":
            return jsonify(self.notes[self.say(iid, request.json["body"], account)])
        return self.page([one for one in self.notes.values() if one["on"] == iid])

    def _note_of(self, iid: int, key: int) -> Response:
        account = self.account("api")
        if self.notes[key]["author"]["id"] != account.id or self.notes[key]["on"] != iid:
            raise Refused(403, "403 Forbidden")
        self.notes[key]["body"] = request.json["body"]
        return jsonify(self.notes[key])

    def _merge_request(self, iid: int) -> Response:
        self.account("api")
        if iid not in self.merge_requests:
            raise Refused(404, "404 Not Found")
        return jsonify(self.merge_requests[iid])

    def _label_events(self, iid: int) -> Response:
        self.account("api")
        # A label that was deleted since leaves its event behind.
        gone = {"id": 700, "action": "add", "user": None, "label": None}
        return self.page([gone, *(one for on, one in self.events if on == iid)])

    def _issues(self) -> Response:
        account = self.account("api")
        if request.method == "POST":
            key = 50 + len(self.issues)
            url = f"https://gitlab.example/acme/support/-/issues/{key}"
            self.issues[key] = {**request.json, "iid": key, "state": "opened", "author": account.id, "web_url": url}
            return jsonify(self.issues[key])
        wanted = [one for one in self.issues.values() if one["state"] == request.args["state"]]
        return self.page([one for one in wanted if str(one["author"]) == request.args["author_id"]])

    def _issue(self, iid: int) -> Response:
        self.account("api")
        given = dict(request.json)
        if given.pop("state_event", None) == "close":
            given["state"] = "closed"
        self.issues[iid].update(given)
        return jsonify(self.issues[iid])

    def _merged(self, sha: str) -> Response:
        self.account("api")
        ends = ("merge_commit_sha", "squash_commit_sha", "sha")
        return self.page([one for one in self.merge_requests.values() if sha in [one[end] for end in ends]])

    def _pipelines(self, iid: int) -> Response:
        self.account("api")
        return self.page([{"id": key} for key in self.pipelines.get(iid, [])])

    def _jobs(self, key: int) -> Response:
        self.account("api")
        return self.page([one for one in self.jobs.values() if one["pipeline"] == key])

    def _file(self, key: int, name: str) -> Response:
        self.account("api")
        if (key, name) not in self.files:
            raise Refused(404, "404 Not Found")
        return Response(self.files[key, name], mimetype="application/json")
