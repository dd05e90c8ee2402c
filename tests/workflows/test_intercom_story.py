"""The whole story with Intercom: two workspaces at the vendor, a repository, a pull request, tasks, and people.

Of each of the vendor's workspaces only the public API and the settings pages are open; a server of the team holds its
token. Builds and people have a checkout each, and a token of the team's servers.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import yaml
from sqlalchemy import update

from tests.reconciler.cli.conftest import PORTAL, serving
from tests.support.console.desk import Admin
from tests.support.databases import copied
from tests.support.faults.child import Child, clean_environment
from tests.support.forge import github
from tests.support.forge.github import GitHub
from tests.support.sample import fill
from tests.support.upstream.office import Office
from tests.workflows.test_story import ADA
from workspace.database.engine import engine_for, writing
from workspace.database.tables import attestations, knowledge, upstreams

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.faults.child import Ended

DAY = 86_400
CHOSEN, FORGE = "a-token-that-somebody-chose", "token-of-the-forge"
ENVIRONMENTS = """\
environments:
  test:
    workspace: {test}
    token: ${{PORTAL_TEST_TOKEN}}
    overrides: {{help_center: {{custom_domain: help.test.acme.example}}}}
  production:
    workspace: {production}
    token: ${{PORTAL_PRODUCTION_TOKEN}}
    promote_from: test
"""
WIDENS = ("--yes", "--allow", "widens_access")
ANSWERS = (
    *("yes", "https://help.acme.example/en/tickets-portal"),
    *("{attribute: company.plan_tier, is: team}", "", "PEOPLE"),
    *("all", "", "", "", ""),
)
"""The portal and its address; the audience and how many its preview shows; visibility. The rest is not answered."""


def audience(**condition: Any) -> dict[str, Any]:
    return {"mode": "rule", "rule": {"attribute": "company.custom_attributes.plan_tier", "type": "text", **condition}}


@dataclass
class Machine:
    """A checkout, and whoever sits in front of it: somebody with tokens of their own, or a build."""

    folder: Path
    tokens: dict[str, str]

    def portal(self, *arguments: str, code: int = 0, **more: str) -> str:
        """Run a command that has to end with a code, and return what it printed."""
        ended: Ended = Child(self.folder, list(arguments), {**self.tokens, **more}).wait()
        assert ended.code == code, f"{arguments} ended with {ended.code}, not {code}\n{ended.err}\n{ended.out}"
        return ended.out

    def document(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.portal(*arguments, "--format", "json", code=code))

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.folder, env=ADA, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        self.git("add", "portal.yaml")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")


class Story:
    """Everything and everybody in it."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        """Have both workspaces at the vendor: the live one as it has been for long, the test one with a shut portal."""
        self.folder, self._stack = folder, stack
        domain = {"help_center/acme": {"custom_domain": "help.test.acme.example"}}
        shut = {"portal/acme": {"enabled": False}, "audience/acme": {"mode": "nobody"}}
        team = {"audience/acme": audience(comparison="eq", value="team")}
        self.offices = {
            "test": stack.enter_context(Office(stack.enter_context(copied("sqlite", fill)), domain | shut)),
            "production": stack.enter_context(Office(stack.enter_context(copied("sqlite", fill)), team)),
        }
        self.mates = {name: office.teammate() for name, office in self.offices.items()}
        for mate in self.mates.values():
            stack.callback(mate.admin.http.close)
        self.hub = stack.enter_context(GitHub({FORGE: github.WORKFLOW}))
        self.urls: dict[str, str] = {}
        self.ada = Machine(folder / "ada", {})

    def database(self, environment: str) -> Path:
        return self.folder / f"{environment}.db"

    def serves(self) -> None:
        """Have a server for each environment, and a token of each for everybody."""
        for name, office in self.offices.items():
            given = {"INTERCOM_TOKEN": office.token, "PORTAL_INTERCOM_URL": office.url, "PORTAL_ADMIN_TOKEN": CHOSEN}
            server = serving(str(self.database(name)), "--upstream", "intercom", "--region", "us", **given)
            self.urls[name] = self._stack.enter_context(server)
        self.ada.tokens = self.tokens_of("Ada")

    def tokens_of(self, name: str) -> dict[str, str]:
        by_name = {}
        for environment, url in self.urls.items():
            asked = {"name": name, "scope": "write"}
            headers = {"Authorization": f"Bearer {CHOSEN}"}
            answer = httpx.post(f"{url}/portal_admin/v1/tokens", json=asked, headers=headers)
            by_name[f"PORTAL_{environment.upper()}_TOKEN"] = answer.json()["token"]
        return by_name

    def machine(self, name: str) -> Machine:
        """Return another machine: a clone of the repository, and tokens of somebody's own."""
        folder = self.folder / name
        self.ada.git("clone", "--quiet", str(self.ada.folder), str(folder))
        return Machine(folder, self.tokens_of(name))

    def console(self, environment: str, tokens: dict[str, str]) -> Admin:
        """Sign somebody in to the console of a team's server."""
        url = self.urls[environment]
        admin = Admin(self._stack.enter_context(httpx.Client(base_url=url)), url)
        token = tokens[f"PORTAL_{environment.upper()}_TOKEN"]
        assert admin.http.post("/admin/sign-in", data={"token": token}, headers={"Origin": url}).status_code == 303
        return admin

    def people(self, *tiers: str) -> int:
        """Count, by the vendor's API alone, the users of whom a company has one of some tiers."""
        office = self.offices["production"]
        firms = {
            one["id"]
            for one in office.asked("/companies/scroll")["data"]
            if one["custom_attributes"].get("plan_tier") in tiers
        }
        listed = office.asked("/contacts", per_page="150")
        assert listed["pages"]["total_pages"] == 1
        users = [one for one in listed["data"] if one["role"] == "user"]
        return sum(any(firm["id"] in firms for firm in one["companies"]["data"]) for one in users)


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    with ExitStack() as stack:
        told = Story(tmp_path, stack)
        yield told
        assert all(office.refused == [] for office in told.offices.values())


def test_the_story_of_a_team_with_intercom(story: Story) -> None:
    begins_from_the_live_workspace(story)
    build, mara = is_reviewed_with_real_people(story)
    is_applied_in_test_by_machine_and_by_people(story, build, mara)
    is_changed_by_hand_and_found(story, build, mara)
    is_looked_at_again_when_a_word_ends(story, build, mara)
    is_promoted(story, build, mara)
    is_taken_back_where_the_value_before_is_known(story, build, mara)


def begins_from_the_live_workspace(story: Story) -> None:
    """Ada lets a first file be written; the workspace of her machine becomes the team's server."""
    ada, live = story.ada, story.offices["production"]
    ada.folder.mkdir()
    ada.git("init", "--quiet", "--initial-branch", "main")
    answers = [one.replace("PEOPLE", str(story.people("team"))) for one in ANSWERS]
    done = subprocess.run(
        [str(PORTAL), "init", "--from", "intercom", "--ask"],
        cwd=ada.folder,
        env={**clean_environment(), "PORTAL_INTERCOM_URL": live.url, "INTERCOM_TOKEN": live.token},
        input="\n".join(answers),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "3 answers are kept as yours." in done.stderr, done.stderr
    shutil.move(ada.folder / ".portal" / "intercom-production.db", story.database("production"))
    story.serves()

    path = ada.folder / "portal.yaml"
    text = path.read_text(encoding="utf-8")
    values = yaml.safe_load(text)
    assert values["portal"] == {"enabled": True, "ticket_visibility": "company"}
    assert values["audience"] == {"attribute": "company.plan_tier", "is": "team"}
    before, _, _ = text.partition("environments:\n")
    path.write_text(before + ENVIRONMENTS.format(**story.urls), encoding="utf-8")
    ada.commit("Describe the portal as it is")
    out = ada.portal("plan", "-e", "production", "--detailed-exitcode")
    assert "3 rest on a person's word" in out


def is_reviewed_with_real_people(story: Story) -> tuple[Machine, Machine]:
    """A pull request widens the audience; its comments count people whom nobody typed in."""
    ada, path = story.ada, story.ada.folder / "portal.yaml"
    ada.git("switch", "--quiet", "--create", "enterprise")
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"is: team\b", "is: [team, enterprise]", text)
    text = text.replace("    plan_tier:", "    tier: {type: string}\n    plan_tier:", 1)
    path.write_text(text, encoding="utf-8")
    head = ada.commit("Let the enterprise plan in")
    story.hub.pull(1, head)
    for name in story.urls:
        plan = ada.portal("plan", "-e", name, "--format", "json", "--allow", "widens_access")
        (story.folder / f"plan-{name}.json").write_text(plan, encoding="utf-8")
        build = {"GITHUB_SERVER_URL": "https://github.example", "GITHUB_RUN_ID": "7"}
        forge = {
            **build,
            "GITHUB_TOKEN": FORGE,
            "GITHUB_API_URL": story.hub.url,
            "GITHUB_REPOSITORY": github.REPOSITORY,
        }
        published = ("publish", f"../plan-{name}.json", "--to", "github", "--pull-request", "1")
        ada.portal(*published, GITHUB_SHA=head, **forge)
    comments = [one["body"] for one in story.hub.comments.values()]
    assert len(comments) == 2
    (production,) = [one for one in comments if "environment=production" in one]
    gained = story.people("team", "enterprise") - story.people("team")
    assert gained > 5
    assert f"gain access: {gained} (" in production
    assert (
        "**A person does** · [planned by this build](https://github.example/acme/support/actions/runs/7)" in production
    )
    assert "data_attribute/company.tier" in production
    ada.git("switch", "--quiet", "main")
    ada.git("merge", "--quiet", "--no-ff", "--message", "Merge enterprise", "enterprise")
    return story.machine("build"), story.machine("Mara")


def is_applied_in_test_by_machine_and_by_people(story: Story, build: Machine, mara: Machine) -> None:
    """The build does what the API takes; Mara does the rest at the vendor's pages, from another machine."""
    office = story.offices["test"]
    ended = build.document("apply", "-e", "test", *WIDENS, code=8)
    made = {one["address"]: one["outcome"] for one in ended["changes"]}
    assert made["data_attribute/company.tier"] == "applied"
    attributes = office.asked("/data_attributes", model="company")["data"]
    assert "tier" in {one["name"] for one in attributes}
    addresses = does_everything(story, "test", mara)
    assert sorted(set(addresses)) == ["audience/acme", "portal/acme", "ticket_visibility/acme"]
    assert addresses[-1] == "portal/acme"
    assert "as far as can be seen" in build.portal("plan", "-e", "test", "--detailed-exitcode")
    said = {one["by"][0] for one in attested(story, "test")}
    assert said == {"Mara"}


def does_everything(story: Story, environment: str, mara: Machine, *go_on: str) -> list[str]:
    """Do task after task until an apply has nothing to wait for, and return what they were about."""
    console = story.console(environment, mara.tokens)
    addresses: list[str] = []
    for number in range(12):
        tasks = mara.document("tasks", "-e", environment, code=8)["tasks"]
        (task,) = tasks
        addresses.append(task["address"])
        said = story.mates[environment].does(task)
        if number % 2:
            mara.portal("task", "done", task["id"], "--read-back", said, "-e", environment)
        else:
            form = console.form(f"tasks/{task['id']}", f"tasks/{task['id']}/done").set(read_back=said)
            answer = console.send(form)
            assert f"{task['id']} is done." in answer.text, answer.text
        ended = Child(mara.folder, [*(go_on or ("apply", *WIDENS)), "-e", environment], mara.tokens).wait()
        if ended.code == 0:
            return addresses
        assert ended.code == 8, ended.err + ended.out
    raise AssertionError(addresses)


def is_changed_by_hand_and_found(story: Story, build: Machine, mara: Machine) -> None:
    """What the API tells is drift; what it does not tell is called suspect, and looked at again."""
    mate = story.mates["test"]
    mate.takes_the_help_center(live=False)
    a_minute_passes(story.database("test"))
    contents = build.document("drift", "-e", "test", code=2)
    assert [(one["address"], one["field"]) for one in contents["findings"]] == [("help_center/acme", "live")]
    mate.takes_the_help_center(live=True)
    mate.sets_audience(["Company · plan_tier · has any value"])
    a_minute_passes(story.database("test"))
    contents = build.document("drift", "-e", "test", code=8)
    assert contents["findings"] == []
    assert {one["address"] for one in contents["doubts"] if one["doubt"] == "suspect"} >= {"audience/acme"}
    build.portal("apply", "-e", "test", *WIDENS, code=8)
    assert "audience/acme" in does_everything(story, "test", mara)
    assert build.document("drift", "-e", "test")["doubts"] == []


def is_looked_at_again_when_a_word_ends(story: Story, build: Machine, mara: Machine) -> None:
    """An attestation ends, and the next apply asks for it again."""
    ended = 91
    a_time_passes(story.database("test"), ended)
    contents = build.document("drift", "-e", "test", code=8)
    assert {one["doubt"] for one in contents["doubts"]} == {"expired"}
    build.portal("apply", "-e", "test", *WIDENS, code=8)
    does_everything(story, "test", mara)
    build.portal("drift", "-e", "test")


def is_promoted(story: Story, build: Machine, mara: Machine) -> None:
    """What the test workspace has proven goes to the live one, with one screen for a person."""
    promote = ("promote", "--from", "test", "--to", "production", "--allow", "widens_access")
    assert "verified" in build.portal(*promote, "--out", "../promotion.json", code=3)
    waived = ("--waive", "verified", "--waived-by", "Mara Lindholm", "--reason", "no machine logs in there")
    build.portal(*promote, *waived, "--out", "../promotion.json")
    saved = ("apply", "../promotion.json", "--yes")
    build.portal(*saved, "-e", "production", code=8)
    assert does_everything(story, "production", mara, *saved) == ["audience/acme"]
    assert "tier" in {
        one["name"] for one in story.offices["production"].asked("/data_attributes", model="company")["data"]
    }
    build.portal("plan", "-e", "production", "--detailed-exitcode")


def is_taken_back_where_the_value_before_is_known(story: Story, build: Machine, mara: Machine) -> None:
    """The live audience was known before, so it is put back; in the test workspace nobody noted it: refused."""
    receipt = build.document("history", "-e", "production")["receipts"][0]["id"]
    undo = ("undo", receipt, "--yes", "--allow", "narrows_access")
    build.portal(*undo, "-e", "production", code=8)
    assert does_everything(story, "production", mara, *undo) == ["audience/acme"]
    office = story.offices["production"]
    assert f">{story.people('team')}</span>" in story.mates["production"].admin.get("access").text
    assert "tier" not in {one["name"] for one in office.asked("/data_attributes", model="company")["data"]}
    first = build.document("history", "-e", "test")["receipts"][-1]["id"]
    refused = Child(build.folder, ["undo", first, "-e", "test", "--yes"], build.tokens).wait()
    assert refused.code == 3
    assert "nobody knows what" in refused.err + refused.out


def attested(story: Story, environment: str) -> list[Any]:
    headers = {"Authorization": f"Bearer {CHOSEN}"}
    items: list[Any] = httpx.get(f"{story.urls[environment]}/portal_admin/v1/attestations", headers=headers).json()[
        "data"
    ]
    return items


def a_minute_passes(database: Path) -> None:
    """Let the last look at the vendor be a minute old: a server does not look again for every request."""
    engine = engine_for(database)
    with writing(engine) as connection:
        connection.execute(update(upstreams).values(observed_at=upstreams.c.observed_at - 60))
    engine.dispose()


def a_time_passes(database: Path, days: int) -> None:
    """Let every word of a person end so much sooner: no test waits for it."""
    engine = engine_for(database)
    with writing(engine) as connection:
        for table in (knowledge, attestations):
            connection.execute(update(table).values(until=table.c.until - days * DAY))
    engine.dispose()
