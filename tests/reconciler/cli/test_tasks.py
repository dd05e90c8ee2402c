"""What a person meets at the command line: an apply that waits, tasks, and going on from another process."""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Self

import jsonschema_rs
import pytest

from reconciler.core.contract import load_json
from tests.support.golden import same_receipts

if TYPE_CHECKING:
    from tests.reconciler.cli.conftest import Place

FILE = """\
version: 1
name: acme
help_center: {identifier: acme}
portal: {enabled: true}
audience: {attribute: company.plan_tier, is: [team]}
data_attributes:
  company: {plan_tier: {type: string}}
environments:
  production: {intercom: {region: us, token: "${MY_TOKEN}"}}
"""
APPLY = ("apply", "-e", "production", "--yes", "--allow", "widens_access")
_PLAN = load_json("plan.schema.json")
_REGISTRY = jsonschema_rs.Registry([(_PLAN["$id"], _PLAN)])
RESULT = jsonschema_rs.validator_for(load_json("result.schema.json"), registry=_REGISTRY)


@pytest.fixture
def place(served: Place) -> Place:
    (served.folder / "portal.yaml").write_text(FILE, encoding="utf-8")
    token = served.environment["PORTAL_TOKEN"]
    served.environment = {"PORTAL_INTERCOM_URL": served.url, "MY_TOKEN": token}
    served.arguments = []
    return served


def printed(place: Place, code: int, *words: str) -> Any:
    ran = place.portal(*words, "-e", "production", "--format", "json")
    assert ran.code == code, ran.err + ran.out
    document = json.loads(ran.out)
    RESULT.validate(document)
    return document


def test_the_whole_way(place: Place) -> None:
    ran = place.portal(*APPLY)
    assert ran.code == 8, ran.err + ran.out
    assert "Waiting for a person: 0 of 2 changes are made." in ran.out
    for said in (
        "Task 1 of 2 (T1) · audience/acme · about 5 minutes · needs a person",
        "Settings › Helpdesk › Tickets › Tickets Portal › Configure access permissions › + Add new",
        "older accounts: Settings › Tickets › Tickets portal",
        "Note what is there now: portal task before T1 VALUE",
        "Company · plan_tier · is · team",
        "portal task done T1 --read-back VALUE",
        "people gain access (mirror of",
    ):
        assert said in ran.out, said
    (task,) = printed(place, 8, "tasks")["tasks"]
    people = task["screen"]["read_back"]["count"]["people"]
    assert place.portal("task", "before", "T1", "nobody", "-e", "production").code == 8
    assert 'rule: "nobody"    (noted by' in place.portal("task", "show", "T1", "-e", "production").out
    wrong = place.portal("task", "done", "T1", "--read-back", str(people + 500), "-e", "production")
    assert wrong.code == 3
    assert "contradicted by" in wrong.out
    assert "To open it again: portal apply -e production" in wrong.out
    assert printed(place, 0, "tasks")["tasks"] == []

    assert printed(place, 8, *APPLY[:1], *APPLY[3:])["task"]["id"] == "T2"
    assert place.portal("task", "before", "T2", "nobody", "-e", "production").code == 8
    assert printed(place, 0, "task", "done", "T2", "--read-back", str(people))["task"]["state"] == "done"
    waits = printed(place, 8, *APPLY[:1], *APPLY[3:])
    assert waits["task"]["address"] == "portal/acme"
    assert same_receipts(waits["receipt"]) == "r1-3f9a0c"
    url = f"https://{waits['task']['screen']['read_back']['expects'][0]}en/tickets-portal"
    assert place.portal("task", "done", "T3", "--read-back", url, "-e", "production").code == 0
    ran = place.portal(*APPLY)
    assert ran.code == 0, ran.err + ran.out
    assert "Applied 2 changes." in ran.out
    ran = place.portal("plan", "-e", "production")
    assert "2 rest on a person's word" in ran.out
    ran = place.portal("drift", "-e", "production")
    assert (ran.code, "as far as can be seen" in ran.out) == (0, True)

    # Nobody noted whether the portal was on before: an undo of that is refused before anything is done.
    ran = place.portal("undo", "r1", "-e", "production", "--yes", "--allow", "narrows_access")
    assert ran.code == 3
    assert "nobody knows what enabled of portal/acme was before r1-3f9a0c" in same_receipts(ran.err + ran.out)
    assert "audience/acme was before" not in ran.err + ran.out


def test_what_was_noted_is_taken_back_by_tasks(place: Place) -> None:
    place.portal(*APPLY)
    place.portal("task", "before", "T1", "everyone", "-e", "production")
    people = printed(place, 8, "tasks")["tasks"][0]["screen"]["read_back"]["count"]["people"]
    assert place.portal("task", "done", "T1", "--read-back", str(people), "-e", "production").code == 0
    place.portal(*APPLY)
    assert place.portal("task", "before", "T2", "false", "-e", "production").code == 8
    place.portal(
        "task", "done", "T2", "--read-back", "https://intercom.help/acme/en/tickets-portal", "-e", "production"
    )
    assert place.portal(*APPLY).code == 0
    undo = ("undo", "r1", "-e", "production", "--yes", "--allow", "narrows_access")
    ran = place.portal(*undo, "--allow", "widens_access")
    assert ran.code == 8, ran.err + ran.out
    (task,) = printed(place, 8, "tasks")["tasks"]
    assert (task["address"], task["after"]) == ("portal/acme", {"enabled": False})
    # The undo goes on, and no other apply.
    again = re.search(r"portal undo r1-\w+ -e production", ran.out)
    assert again, ran.out
    assert "portal undo, with the same receipt, goes on" in place.portal("plan", "-e", "production").out
    ended = place.portal("task", "done", task["id"], "--read-back", "off", "-e", "production")
    assert f"Next: {again[0]}" in ended.out


def test_what_is_given_up_says_what_is_half_done(place: Place) -> None:
    place.portal(*APPLY)
    ran = place.portal("task", "abandon", "T1", "--why", "another plan", "-e", "production")
    assert ran.code == 0, ran.err + ran.out
    assert "r1-3f9a0c is given up: 0 of its 2 changes were made" in same_receipts(ran.out)
    (receipt,) = printed(place, 0, "history")["receipts"]
    assert receipt["outcome"] == "interrupted"
    assert place.portal("tasks", "-e", "production").out == "No tasks.\n"
    assert "abandoned" in place.portal("tasks", "--all", "-e", "production").out


def test_status_says_who_waits_for_what(place: Place) -> None:
    assert printed(place, 2, "status")["waiting"] == []
    place.portal(*APPLY)
    (waits,) = printed(place, 2, "status")["waiting"]
    assert (waits["task"], waits["state"], waits["configuration"]) == ("T1", "open", "acme")
    assert same_receipts(waits["receipt"]) == "r1-3f9a0c"
    assert "audience/acme" in waits["addresses"]
    out = place.portal("status", "-e", "production").out
    assert "for a person: portal task show T1" in out
    assert place.portal("task", "done", "T1", "--read-back", "7000", "-e", "production").code == 3
    assert "for portal apply: T1 is contradicted" in place.portal("status", "-e", "production").out


def answered(place: Place, task: Any) -> None:
    """Do what a task asks for, and read back what its screen shows then."""
    asked = task["screen"]["read_back"]
    shown = {
        "count": lambda: str(asked["count"]["people"]),
        "url": lambda: "https://intercom.help/acme/en/tickets-portal",
        "text": lambda: asked["expects"][0],
    }
    said = ("--read-back", shown[asked["kind"]]()) if asked["kind"] in shown else ()
    assert printed(place, 0, "task", "done", task["id"], *said)["task"]["state"] == "done"


def through(place: Place, *words: str) -> list[str]:
    """Apply, do and confirm until nothing waits any more; return the addresses of the tasks in their order."""
    seen = []
    for _ in range(9):
        ran = place.portal("apply", "-e", "production", "--yes", *words, "--format", "json")
        if ran.code != 8:
            assert ran.code == 0, ran.err + ran.out
            return seen
        task = json.loads(ran.out)["task"]
        seen.append(task["address"])
        answered(place, task)
    raise AssertionError(seen)


def narrowed(place: Place) -> str:
    """Apply a wide audience, write a narrower one that takes several screens, and return the wide file."""
    wide = FILE.replace("is: [team]", "is: [team, enterprise]")
    wide = wide.replace("{enabled: true}", "{enabled: true, ticket_visibility: company}")
    (place.folder / "portal.yaml").write_text(wide, encoding="utf-8")
    through(place, "--allow", "widens_access")
    narrow = wide.replace("[team, enterprise]", "[team]").replace("visibility: company", "visibility: own")
    (place.folder / "portal.yaml").write_text(f"{narrow}guards: {{max_access_gained: 0}}\n", encoding="utf-8")
    return wide


def test_an_apply_that_closed_the_portal_first_is_not_judged_by_that_when_it_goes_on(place: Place) -> None:
    narrowed(place)
    ran = place.portal("apply", "-e", "production", "--yes")
    assert ran.code == 8, ran.err + ran.out
    assert through(place) == ["portal/acme", "ticket_visibility/acme", "audience/acme", "portal/acme"]
    assert place.portal("plan", "-e", "production", "--detailed-exitcode").code == 0


def test_a_fleet_goes_on_with_an_apply_that_closed_the_portal_first(place: Place) -> None:
    wide = narrowed(place)
    fleet = ("apply", "-f", "*.yaml", "-e", "production", "--yes", "--format", "json")
    seen = []
    for _ in range(9):
        ran = place.portal(*fleet)
        (portal,) = json.loads(ran.out)["portals"]
        if ran.code != 8:
            break
        task = portal["document"]["task"]
        seen.append(task["address"])
        answered(place, task)
    assert ran.code == 0, ran.err + ran.out
    assert seen == ["portal/acme", "ticket_visibility/acme", "audience/acme", "portal/acme"]

    # A plan that no apply waits for is blocked by the same guard.
    (place.folder / "portal.yaml").write_text(f"{wide}guards: {{max_access_gained: 0}}\n", encoding="utf-8")
    ran = place.portal(*fleet)
    (portal,) = json.loads(ran.out)["portals"]
    assert (ran.code, portal["outcome"]) == (3, "blocked"), ran.err + ran.out


def test_a_read_back_that_is_missing_is_asked_for_with_the_command(place: Place) -> None:
    assert "portal task done T1 --read-back VALUE -e production" in place.portal(*APPLY).out
    ran = place.portal("task", "done", "T1", "-e", "production")
    assert ran.code == 64
    assert "T1 needs a read-back" in ran.err
    assert "portal task done T1 --read-back VALUE" in ran.err


def test_what_is_no_task_is_refused(place: Place) -> None:
    assert place.portal("task", "show", "3", "-e", "production").code == 64
    assert place.portal("task", "show", "T99", "-e", "production").code == 1


def test_the_lists_of_who_does_what_are_in_every_rendering(place: Place) -> None:
    path = place.folder / "portal.yaml"
    path.write_text(FILE.replace("plan_tier: {type: string}", "plan_tier: {type: string}, tier: {type: string}"))
    for output in ("text", "markdown", "html"):
        out = place.portal("plan", "-e", "production", "--format", output).out
        assert "The machine does" in out, output
        assert "A person does" in out, output
        assert "proven by the number of people on the screen" in out, output
        assert "data_attribute/company.tier" in out


def test_tasks_are_one_issue_for_as_long_as_they_wait(place: Place) -> None:
    from reconciler.render.markdown import tasks as issue

    place.portal(*APPLY)
    document = printed(place, 8, "tasks")
    assert issue.is_needed(document)
    assert issue.title(document) == "portal waits for a person: acme in production"
    body = issue.body(document)
    assert body.startswith("<!-- portal tasks name=acme environment=production -->\n")
    assert "Company · plan_tier · is · team" in body
    assert "is no evidence" in body
    place.portal("task", "abandon", "T1", "-e", "production")
    assert not issue.is_needed(printed(place, 0, "tasks"))


def test_a_fleet_goes_on_with_an_apply_that_waited(place: Place) -> None:
    folder = place.folder / "portals"
    folder.mkdir()
    (place.folder / "portal.yaml").rename(folder / "acme.yaml")
    fleet = ("apply", "-f", "portals", "-e", "production", "--yes", "--allow", "widens_access")
    ran = place.portal(*fleet)
    assert ran.code == 8, ran.err + ran.out
    assert "waiting for a person" in ran.out
    one = ("-f", "portals/acme.yaml", "-e", "production")
    ran = place.portal("tasks", *one, "--format", "json")
    (task,) = json.loads(ran.out)["tasks"]
    people = str(task["screen"]["read_back"]["count"]["people"])
    assert place.portal("task", "done", "T1", "--read-back", people, *one).code == 0
    ran = place.portal(*fleet)
    assert ran.code == 8, ran.err + ran.out
    ran = place.portal("tasks", *one, "--all", "--format", "json")
    contents = json.loads(same_receipts(ran.out))["tasks"]
    assert [(each["id"], each["receipt"]) for each in contents] == [("T2", "r1-3f9a0c"), ("T1", "r1-3f9a0c")]


def test_a_person_at_a_terminal_is_led_from_task_to_task(place: Place) -> None:
    with Terminal(place, "apply", "-e", "production", "--allow", "widens_access") as terminal:
        terminal.answer("Apply these 2 changes?", "y")
        shown = terminal.until("Type the number of people that the preview shows (empty to stop here)")
        assert "Task 1 of 2 (T1) · audience/acme" in shown
        people = re.search(r"\(we expect (\d+)", shown)
        assert people is not None
        terminal.type(people[1])
        terminal.answer("Type the address of the portal that the screen shows (empty to stop here)", "")
        assert terminal.code() == 8
    assert [one["address"] for one in printed(place, 8, "tasks")["tasks"]] == ["portal/acme"]
    with Terminal(place, "apply", "-e", "production", "--yes", "--allow", "widens_access") as terminal:
        terminal.answer("(empty to stop here)", "https://elsewhere.example/portal")
        terminal.until("contradicted by")
        assert terminal.code() == 3


class Terminal:
    """A command at both ends of which is a terminal."""

    def __init__(self, place: Place, *words: str) -> None:
        self._side, other = os.openpty()
        code = "from reconciler.cli import main; main()"
        environment = {**os.environ, **place.environment, "NO_COLOR": "1", "COLUMNS": "200"}
        self._process = subprocess.Popen(
            [sys.executable, "-c", code, *words],
            cwd=place.folder,
            env=environment,
            stdin=other,
            stdout=other,
            stderr=other,
            close_fds=True,
        )
        os.close(other)
        self._seen = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._side)

    def until(self, text: str) -> str:
        """Read until a text is there, and return all that came before it."""
        while text not in self._seen:
            ready, _, _ = select.select([self._side], [], [], 60)
            assert ready, self._seen
            self._seen += os.read(self._side, 65_536).decode("utf-8", "replace").replace("\r", "")
        before, _, self._seen = self._seen.partition(text)
        return before

    def type(self, text: str) -> None:
        os.write(self._side, f"{text}\n".encode())

    def answer(self, question: str, text: str) -> None:
        self.until(question)
        self.type(text)

    def code(self) -> int:
        return self._process.wait(timeout=60)
