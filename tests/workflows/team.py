"""What people do on GitHub, and what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.forge import github
from tests.workflows.runner import load

if TYPE_CHECKING:
    from tests.support.forge.github import GitHub
    from tests.workflows.runner import Done, Runner

HEAD, MERGED = "a" * 40, "c" * 40
"""Commits, where it does not matter which."""


class Team:
    """What people do on GitHub."""

    def __init__(self, hub: GitHub, runner: Runner) -> None:
        self.hub, self.runner = hub, runner

    def opens(
        self, number: int, *, head: str = HEAD, repo: int = github.HERE, labels: list[str] | None = None
    ) -> list[Done]:
        """Open a pull request: a plan is made, and then what follows it has its turn."""
        named = [{"name": one} for one in labels or []]
        self.hub.pull(number, head, repo=repo, labels=named)
        return self._plans(number, "opened")

    def labels(self, number: int, name: str, by: str) -> list[Done]:
        """Set a label of a pull request, and see what follows from it."""
        self.hub.label(number, name, by)
        return self._plans(number, "labeled")

    def unlabels(self, number: int, name: str, by: str) -> list[Done]:
        """Take a label away, and see what follows from it."""
        self.hub.unlabel(number, name, by)
        return self._plans(number, "unlabeled")

    def _plans(self, number: int, action: str) -> list[Done]:
        triggers = load(self.runner.root / ".github" / "workflows" / "portal-plan.yml")["on"]
        assert action in triggers["pull_request"]["types"], f"nothing follows when a pull request is {action}"
        head = self.hub.pulls[number]["head"]["sha"]
        owner = self.hub.pulls[number]["head"]["label"].partition(":")[0]
        told = self.hub.pulls[number]["head"]
        told = {**told, "repo": {**told["repo"], "full_name": f"{owner}/support"}}
        event = {"action": action, "pull_request": {**self.hub.pulls[number], "head": told}}
        ref = f"refs/pull/{number}/merge"
        made = self.runner.run("portal-plan.yml", "pull_request", event, ref=ref, run_id=number, sha=head)
        self.hub.runs[number] = number
        followed = {
            "id": number,
            "event": "pull_request",
            "conclusion": "success" if all(one.result == "success" for one in made) else "failure",
            "head_sha": head,
            "head_branch": "change",
            "head_repository": {"full_name": told["repo"]["full_name"], "owner": {"login": owner}},
        }
        (said,) = self.runner.run("portal-comment.yml", "workflow_run", {"workflow_run": followed}, run_id=number + 100)
        assert said.result == "success", said.said()
        return made

    def merges(self, number: int, commit: str = MERGED) -> list[Done]:
        """Merge a pull request."""
        self.hub.pulls[number] |= {"state": "closed", "merged_at": "2026-11-22", "merge_commit_sha": commit}
        self.runner.github["sha"] = commit
        return self.runner.run("portal-apply.yml", "push", {}, run_id=number + 200)

    def says(self, number: int, body: str, by: str) -> list[Done]:
        """Write a comment on a pull request, and see what follows from it."""
        known = "MEMBER" if by in self.hub.may_write else "NONE"
        event = {
            "action": "created",
            "issue": {"number": number, "pull_request": {"url": f"https://github.example/pulls/{number}"}},
            "comment": {"body": body, "user": {"login": by}, "author_association": known},
        }
        done = self.runner.run("portal-command.yml", "issue_comment", event, run_id=number + 300)
        again, self.hub.rerun = self.hub.rerun, []
        for run in again:
            self._plans(self.hub.runs[run], "synchronize")
        return done

    def waits_for_the_morning(self) -> list[Done]:
        """Let the schedule come round."""
        return self.runner.run("portal-drift.yml", "schedule", {})

    def asks_the_doctor(self) -> list[Done]:
        """Start the check of what each job has been given."""
        return self.runner.run("portal-doctor.yml", "workflow_dispatch", {}, run_id=900)

    def promotes(self, **inputs: str) -> list[Done]:
        """Start a promotion by hand."""
        given = {"waive": "", "reason": "", "allow": "", **inputs}
        return self.runner.run("portal-promote.yml", "workflow_dispatch", {"inputs": given}, run_id=1000 + len(inputs))

    def comments(self, number: int) -> list[str]:
        """Return what stands on a pull request."""
        return [one["body"] for one in self.hub.comments.values() if one["on"] == number]

    def issues(self) -> list[tuple[str, str]]:
        """Return the titles of all issues, and how they stand."""
        return [(one["title"], one["state"]) for one in self.hub.issues.values()]
