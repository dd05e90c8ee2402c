"""`portal publish`: one comment for each plan, one issue for each environment that drifted."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from flask import Response

from reconciler.core.documents import digest
from reconciler.render.markdown import plan as markdown
from tests.reconciler.cli.test_end_to_end import document
from tests.reconciler.forge.conftest import OTHERS, Build
from tests.support.forge import github, gitlab
from tests.support.sample import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.reconciler.cli.conftest import Place
    from tests.support.forge.github import GitHub
    from tests.support.forge.gitlab import GitLab

PLAN = ROOT / "tests" / "cases" / "render" / "closing.json"


def plan(folder: Path, **changed: Any) -> dict[str, Any]:
    """Write a plan into a folder, and return it."""
    by_name = {**json.loads(PLAN.read_bytes()), **changed}
    by_name["digest"] = digest(by_name)
    (folder / "plan.json").write_text(json.dumps(by_name))
    return by_name


def answer(status: int, body: dict[str, Any], **headers: str) -> Callable[[], Response]:
    """Return what answers the next request."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: Response(json.dumps(body), status, named, mimetype="application/json")


def test_a_plan_becomes_one_comment_which_is_edited_in_place(on_github: Build, hub: GitHub) -> None:
    first = plan(on_github.folder, environment="staging")
    mark = markdown.marker(first["configuration"]["file"], "staging")
    # Others may write what they like, even the same mark; and this account has said other things before.
    hub.say(7, f"{mark}\nFake.", github.SOMEBODY)
    for number in range(3):
        hub.say(7, f"Hello {number}")
    hub.say(8, f"{mark}\nOf another pull request.")
    created = on_github.portal("publish", "plan.json", "--to", "github", "--format", "json")
    assert created.code == 0, created.err
    assert json.loads(created.out)["outcome"] == "created"
    again = on_github.portal("publish", "plan.json", "--to", "github")
    assert again.out == f"Comment unchanged: {json.loads(created.out)['url']}\n"
    plan(on_github.folder, environment="staging", created_at="2026-04-01T00:00:00Z")
    assert on_github.portal("publish", "plan.json", "--to", "github").out.startswith("Comment updated: https://")
    plan(on_github.folder, environment="production")
    assert on_github.portal("publish", "plan.json", "--to", "github").out.startswith("Comment created: ")
    path = f"/repos/{github.REPOSITORY}/issues"
    assert hub.written() == [
        ("POST", f"{path}/7/comments"),
        ("PATCH", f"{path}/comments/105"),
        ("POST", f"{path}/7/comments"),
    ]
    later = markdown.plan({**first, "created_at": "2026-04-01T00:00:00Z"})
    made = f"{mark}\n<!-- made 2026-04-01T00:00:00Z -->\n"
    assert hub.comments[105]["body"].replace("\r\n", "\n") == later.replace(f"{mark}\n", made, 1)


def test_an_older_plan_leaves_the_comment_of_a_newer_one(on_github: Build, hub: GitHub) -> None:
    plan(on_github.folder, created_at="2026-04-01T00:00:00Z")
    assert on_github.portal("publish", "plan.json", "--to", "github").code == 0
    plan(on_github.folder, created_at="2026-03-31T23:59:59Z")
    assert on_github.portal("publish", "plan.json", "--to", "github").out == "Comment: nothing to do.\n"
    assert len(hub.written()) == 1
    plan(on_github.folder, created_at="2026-04-01T00:00:01Z")
    assert on_github.portal("publish", "plan.json", "--to", "github").out.startswith("Comment updated: ")


def test_the_account_of_another_token_edits_only_its_own(on_github: Build, hub: GitHub) -> None:
    plan(on_github.folder)
    for token in ({}, {"GITHUB_TOKEN": OTHERS}, {"GITHUB_TOKEN": "", "MINE": OTHERS}):
        named = ["--token-variable", "MINE"] if "MINE" in token else []
        assert on_github.portal("publish", "plan.json", "--to", "github", *named, **token).code == 0
    assert [one["user"]["login"] for one in hub.comments.values()] == ["github-actions[bot]", "mallory"]


def test_a_plan_becomes_one_note_on_gitlab(on_gitlab: Build, lab: GitLab) -> None:
    body = markdown.plan(plan(on_gitlab.folder))
    lab.say(7, body, gitlab.SOMEBODY)
    lab.say(7, body, system=True)
    for outcome in ("created", "unchanged"):
        done = on_gitlab.portal("publish", "plan.json", "--to", "gitlab")
        assert done.out == f"Comment {outcome}: on 7\n", done.err
    plan(on_gitlab.folder, created_at="2026-04-01T00:00:00Z")
    assert on_gitlab.portal("publish", "plan.json", "--to", "gitlab").code == 0
    at = "/projects/42/merge_requests/7/notes"
    assert lab.written() == [("POST", at), ("PUT", f"{at}/102")]


def test_a_failure_is_told_in_the_same_comment(on_github: Build, hub: GitHub, embedded: Place) -> None:
    (embedded.folder / "portal.yaml").write_text("version: 1\nname: acme\n")
    (on_github.folder / "plan.json").write_text(embedded.portal("plan", "--format", "json").out)
    assert on_github.portal("publish", "plan.json", "--to", "github").code == 0
    (comment,) = hub.comments.values()
    assert "No plan could be made" in comment["body"]


def test_drift_becomes_an_issue_that_is_closed_when_it_is_gone(
    embedded: Place, on_github: Build, hub: GitHub, on_gitlab: Build, lab: GitLab
) -> None:
    def both() -> list[str]:
        printed = embedded.portal("drift", "--format", "json").out
        (on_github.folder / "drift.json").write_text(printed)
        done = [build.portal("publish", "drift.json", "--to", to, "--format", "json") for build, to in builds]
        assert [one.code for one in done] == [0, 0], done
        return [document(one, "result.schema.json")["outcome"] for one in done]

    builds = [(on_github, "github"), (on_gitlab, "gitlab")]
    assert both() == ["nothing", "nothing"]
    embedded.portal("apply", "--yes", "--allow", "widens_access")
    assert both() == ["nothing", "nothing"]
    embedded.meddle("help_centers/acme/audience", {"mode": "everyone", "rule": None})
    mark = "<!-- portal drift name=acme-support -->"
    hub.open("portal drift", f"{mark}\nFake.", github.SOMEBODY)
    hub.open("A pull request", mark, pull_request={})
    assert both() == ["created", "created"]
    assert both() == ["unchanged", "unchanged"]
    embedded.meddle("help_centers/acme", {"live": False})
    assert both() == ["updated", "updated"]
    issue, other = hub.issues[52], lab.issues[50]
    assert issue["title"] == other["title"] == "portal drift: acme-support in Acme Support"
    assert issue["body"] == other["description"]
    mark_of_now, _, said = issue["body"].partition(" -->\n<!-- made ")
    assert f"{mark_of_now} -->" == mark
    assert said.partition(" -->\n")[2].startswith("People who can open the portal: 26 → 0 of 100 (+0 −26)\n")
    assert "\nSomebody changed 2 managed fields in <code>Acme Support</code>" in issue["body"]
    assert "Mara Lindholm" in issue["body"]
    assert "portal drift --file portal.yaml --revert --out plan.json" in issue["body"]
    assert embedded.portal("drift", "--revert", "--yes", "--allow", "widens_access").code == 0
    assert both() == ["closed", "closed"]
    assert both() == ["nothing", "nothing"]
    assert (issue["state"], other["state"]) == ("closed", "closed")
    assert " -->\nNo drift any more" in issue["body"]
    assert [hub.issues[number]["state"] for number in (50, 51)] == ["open", "open"]


def test_an_older_look_leaves_the_issue_of_a_newer_one(embedded: Place, on_github: Build, hub: GitHub) -> None:
    embedded.portal("apply", "--yes", "--allow", "widens_access")
    embedded.meddle("help_centers/acme/audience", {"mode": "everyone", "rule": None})
    contents = json.loads(embedded.portal("drift", "--format", "json").out)
    agreed = {**contents, "outcome": "no_drift", "findings": [], "access": None}
    given = (
        ("2026-04-01T00:00:01Z", contents, "created"),
        ("2026-04-01T00:00:00Z", agreed, "nothing"),
        ("2026-04-01T00:00:03Z", contents, "unchanged"),
        # The same was there until later than this.
        ("2026-04-01T00:00:02Z", agreed, "nothing"),
        ("2026-04-01T00:00:04Z", agreed, "closed"),
    )
    for made, told, outcome in given:
        (on_github.folder / "drift.json").write_text(json.dumps({**told, "created_at": made}))
        done = on_github.portal("publish", "drift.json", "--to", "github", "--format", "json")
        assert done.code == 0, done
        assert document(done, "result.schema.json")["outcome"] == outcome, made


def waiting(*tasks: str) -> str:
    """Return what `portal tasks` prints where these wait."""
    screen = {
        "place": {"path": ["Settings", "Tickets Portal"], "dated": "an article", "older": [], "older_dated": ""},
        "enter": ["Turn the switch on"],
        "save": "It counts at once.",
        "read_back": {"kind": "none", "question": "", "expects": [], "count": None},
        "minutes": 2,
        "place_in_order": {"number": 1, "of": 2},
        "change_reason": "",
    }
    task = {
        "state": "open",
        "address": "portal/acme",
        "fields": ["enabled"],
        "receipt": "r1",
        "screen": screen,
        "reason": None,
        "before": {"known": False, "values": {}, "noted": None},
        "after": {"enabled": True},
        "policy": {"days": 90, "people": 1, "author": None},
        "confirmations": [],
        "why": None,
    }
    return json.dumps(
        {
            "format_version": "1.0",
            "kind": "tasks",
            "generator": "portal 0.1.0",
            "outcome": "waiting" if tasks else "nothing_to_do",
            "created_at": f"2026-03-01T12:00:0{len(tasks)}Z" if tasks else "2026-03-01T13:00:00Z",
            "configuration": "acme",
            "environment": "production",
            "workspace": "Intercom",
            "tasks": [{"id": one, **task} for one in tasks],
            "diagnostics": [],
        }
    )


def test_tasks_become_an_issue_for_as_long_as_a_person_is_waited_for(on_github: Build, hub: GitHub) -> None:
    def published(text: str) -> str:
        (on_github.folder / "tasks.json").write_text(text)
        done = on_github.portal("publish", "tasks.json", "--to", "github", "--format", "json")
        assert done.code == 0, done.err
        return str(document(done, "result.schema.json")["outcome"])

    assert published(waiting()) == "nothing"
    assert published(waiting("T1")) == "created"
    assert published(waiting("T1", "T2")) == "updated"
    assert published(waiting()) == "closed"


def test_drift_that_nobody_knows_of_leaves_issues_alone(embedded: Place, on_github: Build, hub: GitHub) -> None:
    (embedded.folder / "portal.yaml").write_text("version: 1\nname: acme\n")
    (on_github.folder / "drift.json").write_text(embedded.portal("drift", "--format", "json").out)
    done = on_github.portal("publish", "drift.json", "--to", "github")
    assert (done.code, hub.sent) == (1, [])
    assert "drift-not-known" in done.err


# --- builds that follow another, and forks --------------------------------------------------------

HEAD = "a" * 40


def follows(build: Build, hub: GitHub, *, repo: int = github.HERE, stands_at: str = HEAD) -> dict[str, str]:
    """Return what tells a build that it follows one of a pull request's branch."""
    owner = "acme" if repo == github.HERE else "mallory"
    hub.pull(7, stands_at, repo=repo)
    run = {"head_sha": HEAD, "head_branch": "change", "head_repository": {"owner": {"login": owner}}}
    (build.folder / "event.json").write_text(json.dumps({"workflow_run": run}))
    return {"GITHUB_REF": "refs/heads/main", "GITHUB_EVENT_PATH": "event.json"}


def test_a_build_that_follows_another_finds_the_pull_request(on_github: Build, hub: GitHub) -> None:
    plan(on_github.folder, environment="staging")
    told = follows(on_github, hub)
    assert on_github.portal("publish", "plan.json", "--to", "github", **told).out.startswith("Comment created")
    assert [one["on"] for one in hub.comments.values()] == [7]


def test_a_branch_that_moved_on_is_not_commented(on_github: Build, hub: GitHub) -> None:
    plan(on_github.folder, environment="staging")
    told = follows(on_github, hub, stands_at="b" * 40)
    done = on_github.portal("publish", "plan.json", "--to", "github", **told)
    assert (done.code, done.out, hub.comments) == (0, "Comment: nothing to do.\n", {})


def test_a_fork_that_is_gone_is_not_commented(on_github: Build, hub: GitHub) -> None:
    plan(on_github.folder)
    told = follows(on_github, hub)
    event = json.loads((on_github.folder / "event.json").read_bytes())
    event["workflow_run"]["head_repository"] = None
    (on_github.folder / "event.json").write_text(json.dumps(event))
    done = on_github.portal("publish", "plan.json", "--to", "github", **told)
    assert (done.code, done.out, hub.comments) == (0, "Comment: nothing to do.\n", {})


def test_what_a_fork_says_is_told_apart_and_is_about_no_environment(on_github: Build, hub: GitHub) -> None:
    told = follows(on_github, hub, repo=github.FORK)
    plan(on_github.folder, environment="production")
    refused = on_github.portal("publish", "plan.json", "--to", "github", **told)
    assert refused.code == 1
    assert "plan-of-a-fork" in refused.err
    assert hub.comments == {}
    plan(on_github.folder)
    assert on_github.portal("publish", "plan.json", "--to", "github", **told).code == 0
    (comment,) = hub.comments.values()
    assert comment["body"].splitlines()[2].startswith("> ⚠️ Made by a build of a fork")


# --- what goes wrong ------------------------------------------------------------------------------


def publish(build: Build, **told: str) -> tuple[int, str]:
    plan(build.folder)
    done = build.portal("publish", "plan.json", "--to", "github", **told)
    return done.code, done.err


@pytest.mark.parametrize(
    ("told", "code", "said"),
    [
        ({"GITHUB_TOKEN": ""}, 7, "forge-token-missing"),
        ({"GITHUB_TOKEN": "wrong"}, 7, "forge-token-not-accepted"),
        ({"GITHUB_REPOSITORY": ""}, 64, "forge-context-missing"),
        ({"GITHUB_REPOSITORY": "acme/../../user"}, 64, "forge-context-missing"),
        ({"GITHUB_REPOSITORY": "acme/other"}, 1, "forge-not-found"),
        ({"GITHUB_REF": "refs/heads/main"}, 64, "forge-context-missing"),
        ({"GITHUB_API_URL": "http://github.example"}, 64, "forge-url-insecure"),
        ({"GITHUB_API_URL": "https://user:pass@github.example"}, 64, "forge-url-insecure"),
        ({"GITHUB_API_URL": "http://127.0.0.1:9", "PORTAL_PATIENCE": "0"}, 1, "forge-unreachable"),
    ],
)
def test_what_is_missing_or_wrong_is_named(on_github: Build, told: dict[str, str], code: int, said: str) -> None:
    ended, err = publish(on_github, **told)
    assert ended == code
    assert said in err
    assert "pass" not in err


def test_a_missing_permission_is_named(on_github: Build, hub: GitHub) -> None:
    refused = answer(403, {"message": "Resource not accessible by integration"})
    hub.faults = [refused, lambda: None, refused]
    code, err = publish(on_github)
    assert code == 7
    assert "forge-permission-missing" in err
    assert "pull-requests: write" in err
    needs = answer(403, {"message": "No"}, X_Accepted_GitHub_Permissions="issues=write; pull_requests=write")
    hub.faults = [lambda: None, lambda: None, needs]
    assert "issues: write, or  pull_requests: write" in publish(on_github)[1]


def test_a_missing_scope_is_named_on_gitlab(on_gitlab: Build, lab: GitLab) -> None:
    plan(on_gitlab.folder)
    lab.faults = [lambda: None, lambda: None, answer(403, {"message": "403 Forbidden"})]
    done = on_gitlab.portal("publish", "plan.json", "--to", "gitlab")
    assert done.code == 7
    assert "the scope api and the role Reporter" in done.err


def test_limits_of_the_rate_are_waited_for(on_github: Build, hub: GitHub) -> None:
    hub.faults = [
        answer(403, {"message": "You have exceeded a secondary rate limit"}, Retry_After="0"),
        answer(429, {"message": "slow"}, Retry_After="0"),
        answer(502, {"message": "bad gateway"}),
    ]
    assert publish(on_github)[0] == 0
    hub.faults = [answer(403, {"message": "API rate limit exceeded"}, Retry_After="100")]
    code, err = publish(on_github)
    assert code == 1
    assert "Run it again in 100 seconds." in err


def test_a_comment_that_may_have_been_made_is_not_made_twice(on_github: Build, hub: GitHub) -> None:
    hub.faults = [lambda: None, lambda: None, answer(502, {"message": "bad gateway"})]
    assert publish(on_github)[0] == 1
    assert hub.written() == [("POST", f"/repos/{github.REPOSITORY}/issues/7/comments")]


def test_what_is_no_api_is_told(on_github: Build, hub: GitHub) -> None:
    hub.faults = [lambda: Response("<html>", 200)] * 9
    code, err = publish(on_github)
    assert code == 1
    assert "forge-answer-unreadable" in err


@pytest.mark.parametrize("body", ["[1]", '"text"', "{}", '[{"id": 1}]', '{"login": "me"}'])
def test_an_answer_of_another_form_is_told(
    on_github: Build, hub: GitHub, on_gitlab: Build, lab: GitLab, body: str
) -> None:
    plan(on_github.folder)
    for build, forge, to in ((on_github, hub, "github"), (on_gitlab, lab, "gitlab")):
        forge.faults = [lambda: Response(body, 200, mimetype="application/json")] * 3
        done = build.portal("publish", "plan.json", "--to", to)
        assert done.code == 1, done
        assert "forge-answer-unreadable" in done.err


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[]", "plan-unreadable"),
        ("{}", "document-not-publishable"),
        ('{"kind": "history"}', "document-not-publishable"),
        ('{"kind": "drift", "format_version": "2.0"}', "document-not-publishable"),
        ('{"kind": "drift", "format_version": "1.0"}', "document-not-publishable"),
    ],
)
def test_only_plans_and_drift_are_published(on_github: Build, hub: GitHub, text: str, code: str) -> None:
    (on_github.folder / "it.json").write_text(text)
    done = on_github.portal("publish", "it.json", "--to", "github", "--format", "json")
    assert done.code == 1
    (problem,) = document(done, "result.schema.json")["diagnostics"]
    assert (problem["code"], hub.sent) == (code, [])


def test_an_edited_plan_is_not_published(on_github: Build, hub: GitHub) -> None:
    shutil.copy(PLAN, on_github.folder / "plan.json")
    edited = (on_github.folder / "plan.json").read_text().replace('"closes_portal"', '"none"', 1)
    (on_github.folder / "plan.json").write_text(edited)
    done = on_github.portal("publish", "plan.json", "--to", "github")
    assert done.code == 1
    assert "plan-edited" in done.err
    assert hub.sent == []
