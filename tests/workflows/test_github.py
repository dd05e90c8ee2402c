"""The portal's workflows on GitHub, from the pull request to production: every step of them, as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.forge import github
from tests.support.sample import ROOT
from tests.workflows.runner import every_step
from tests.workflows.team import Team

if TYPE_CHECKING:
    from tests.support.forge.github import GitHub
    from tests.workflows.conftest import Site
    from tests.workflows.runner import Done, Runner


def results(done: list[Done]) -> list[tuple[str, str | None, str]]:
    """Return what became of jobs: which, with the secrets of which environment, how."""
    return [(one.name, one.environment, one.result) for one in done]


def asks_the_doctor(team: Team, runner: Runner) -> None:
    # Every job has been given what it needs; where one has not, it is told what.
    asked = team.asks_the_doctor()
    assert [one.environment for one in asked] == ["staging-plan", "production-plan", "staging", "production"]
    assert {one.result for one in asked} == {"success"}, "\n".join(one.said() for one in asked)
    given = runner.secrets["staging"].pop("PORTAL_STAGING_TOKEN")
    assert [one.result for one in team.asks_the_doctor()] == ["success", "success", "failure", "success"]
    runner.secrets["staging"]["PORTAL_STAGING_TOKEN"] = given


def somebody_else_has_to_label(team: Team) -> None:
    # Whoever wrote it cannot let it through alone; somebody else can, and can think again.
    made = team.labels(7, "portal:widens_access", by=github.ADA)
    assert [one.result for one in made] == ["success", "failure", "failure"]
    assert sum("label-not-counted" in one for one in team.comments(7)) == 2
    team.unlabels(7, "portal:widens_access", by=github.MARA)
    assert {one.result for one in team.labels(7, "portal:widens_access", by=github.MARA)} == {"success"}
    made = team.unlabels(7, "portal:widens_access", by=github.MARA)
    assert [one.result for one in made] == ["success", "failure", "failure"]


def only_who_may_write_is_heard(hub: GitHub, team: Team) -> None:
    # Whoever may write has a plan made again, by the build that made it; nobody else is heard, or even answered.
    before = len(team.comments(7))
    stranger = team.says(7, "/portal plan", by="mallory")
    assert results(stranger) == [("command", None, "failure")]
    assert "mallory may not write to this repository" in stranger[0].said()
    assert team.says(7, "Should we say /portal plan now?", by=github.MARA)[0].outputs["portal"]["verb"] == ""
    assert len(team.comments(7)) == before
    hub.pulls[7]["labels"] = []
    done = team.says(7, "/portal plan", by=github.MARA)
    assert results(done) == [("command", None, "success"), ("plan", None, "success")], done[-1].said()
    assert "This is planned again: mara asked for it." in team.comments(7)[-1]
    # It was: without its label the plan is blocked again.
    assert sum("⛔ Blocked" in one for one in team.comments(7)) == 2
    hub.pulls[7]["labels"] = [{"name": "portal:widens_access"}]
    team.says(7, "/portal plan", by=github.MARA)
    assert sum("⛔ Blocked" in one for one in team.comments(7)) == 0


def what_is_open_is_not_applied(team: Team) -> None:
    refused = team.says(7, "/portal apply -e staging", by=github.MARA)
    assert results(refused) == [("command", None, "failure")]
    assert "is not what was merged last" in team.comments(7)[-1]
    for asked, said in (("apply -e production", "not to production"), ("applly", "no command that is known")):
        assert results(team.says(7, f"/portal {asked}", by=github.MARA)) == [("command", None, "failure")]
        assert said in team.comments(7)[-1]


def what_was_merged_is_applied_again(team: Team, site: Site) -> None:
    # Staging was put back by hand; whoever may write has what was reviewed applied once more.
    site.place.meddle("help_centers/acme", {"custom_domain": "help.other.example"})
    done = team.says(7, "/portal apply -e staging", by=github.ADA)
    assert results(done) == [("command", None, "success"), ("apply", "staging", "failure")], done[-1].said()
    # What somebody changed meanwhile was in no reviewed plan.
    assert site.domain() == "help.other.example"
    site.place.meddle("help_centers/acme", {"custom_domain": "help.staging.acme.example"})
    done = team.says(7, "/portal apply -e staging", by=github.ADA)
    assert results(done) == [("command", None, "success"), ("apply", "staging", "success")], done[-1].said()


def test_from_a_pull_request_to_production(hub: GitHub, runner: Runner, sites: dict[str, Site]) -> None:
    team = Team(hub, runner)

    asks_the_doctor(team, runner)

    # A fork is tried on sample people: no job of it has an environment, so none has a secret.
    made = team.opens(6, repo=github.FORK)
    assert results(made) == [("sample", None, "success")], made[0].said()
    (comment,) = team.comments(6)
    assert "Made by a build of a fork" in comment
    assert "Changes" in made[0].summary

    # A branch is planned for each environment, with tokens that read; the guard holds until a label says otherwise.
    made = team.opens(7)
    assert results(made) == [
        ("sample", None, "success"),
        ("plan", "staging-plan", "failure"),
        ("plan", "production-plan", "failure"),
    ], made[0].said()
    assert sum("⛔ Blocked" in one for one in team.comments(7)) == 2
    assert "::error file=examples/environments/portal.yaml,line=" in made[1].said()
    assert sum("adds the label <code>portal:widens_access</code>" in one for one in team.comments(7)) == 2
    somebody_else_has_to_label(team)
    made = team.labels(7, "portal:widens_access", by=github.MARA)
    assert {one.result for one in made} == {"success"}, made[1].said()
    assert [one.outputs["portal"]["changed"] for one in made] == ["true"] * 3
    assert len(team.comments(7)) == 3
    assert sum("⛔ Blocked" in one for one in team.comments(7)) == 0
    only_who_may_write_is_heard(hub, team)
    what_is_open_is_not_applied(team)

    # What was merged past review is not applied; what was reviewed is, and works.
    pushed = runner.run("portal-apply.yml", "push", {}, sha="d" * 40)
    assert results(pushed) == [("apply", "staging", "failure")]
    assert "reviewed-plan-missing" in pushed[0].said()
    applied = team.merges(7)
    assert results(applied) == [("apply", "staging", "success")], applied[0].said()
    assert "portal apply: applied" in applied[0].summary
    assert "observed" in applied[0].said()
    what_was_merged_is_applied_again(team, sites["staging"])

    # Drift in staging becomes one issue, which is closed when it is gone.
    looked = team.waits_for_the_morning()
    assert results(looked) == [("drift", "staging-plan", "success"), ("drift", "production-plan", "success")]
    assert team.issues() == []
    sites["staging"].place.meddle("help_centers/acme", {"custom_domain": "help.other.example"})
    assert {one.result for one in team.waits_for_the_morning()} == {"success"}
    assert team.issues() == [("portal drift: acme-support in staging", "open")]
    sites["staging"].place.meddle("help_centers/acme", {"custom_domain": "help.staging.acme.example"})
    team.waits_for_the_morning()
    assert team.issues() == [("portal drift: acme-support in staging", "closed")]

    # Production gets what staging has proven, by hand: not before its time, unless somebody answers for it.
    soaking = team.promotes()
    assert results(soaking) == [("plan", "production-plan", "failure")]
    assert "::error title=" in soaking[0].said()
    promoted = team.promotes(waive="soak", reason="A leak is mended.", allow="widens_access")
    assert results(promoted) == [("plan", "production-plan", "success"), ("apply", "production", "success")], promoted[
        -1
    ].said()
    assert "ada" in promoted[0].summary
    assert sites["production"].domain() == "help.acme.example"

    # Nothing was written to GitHub but these, and no token stands anywhere.
    assert {path.rpartition("/")[0] for _, path in hub.written()} == {
        f"/repos/{github.REPOSITORY}/{where}" for where in ("issues/6", "issues/7", "issues/comments", "issues")
    } | {f"/repos/{github.REPOSITORY}", f"/repos/{github.REPOSITORY}/actions/runs/7"}
    for site in sites.values():
        for token in (site.writes, site.reads):
            assert not any(token in str(one.body) for one in hub.sent)

    assert sorted(set(every_step(ROOT)) - runner.executed) == []
