"""`portal init --from intercom`: a first file of what is known, and an interview about what no API tells."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.reconciler.cli.conftest import PORTAL, Place, Run
from tests.support.faults.child import clean_environment

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.fixture
def place(served: Place) -> Place:
    (served.folder / "portal.yaml").unlink()
    token = served.environment["PORTAL_TOKEN"]
    served.environment = {"PORTAL_INTERCOM_URL": served.url, "INTERCOM_TOKEN": token}
    served.arguments = []
    return served


def asked(place: Place, answers: Sequence[str], *arguments: str) -> Run:
    done = subprocess.run(
        [str(PORTAL), "init", "--from", "intercom", "--ask", *arguments],
        cwd=place.folder,
        env={**clean_environment(), **place.environment},
        input="".join(f"{one}\n" for one in answers),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def written(place: Place) -> str:
    return (place.folder / "portal.yaml").read_text(encoding="utf-8")


def test_a_first_file_says_what_is_known_and_why_the_rest_is_left_out(place: Place) -> None:
    ran = place.portal("init", "--from", "intercom")
    assert ran.code == 0, ran.err
    assert "100 people and 40 companies were read." in re.sub(r"and \d+ companies", "and 40 companies", ran.err)
    assert "--ask asks you once." in ran.err
    text = written(place)
    values = yaml.safe_load(text)
    assert values["environments"] == {"production": {"intercom": {"region": "us", "token": "${INTERCOM_TOKEN}"}}}
    assert values["help_center"] == {"identifier": "acme", "live": False, "https": False}
    assert "plan_tier" in values["data_attributes"]["company"]
    assert not {"audience", "portal", "homepage"} & values.keys()
    for name in ("audience", "portal.enabled", "messenger.spaces.tickets", "homepage.sections"):
        assert f"# Left out: {name}: only a person can say how it is" in text
    assert place.environment["INTERCOM_TOKEN"] not in text + ran.err


def test_a_plan_of_it_finds_nothing_to_do_as_far_as_can_be_seen(place: Place) -> None:
    assert place.portal("init", "--from", "intercom").code == 0
    assert place.portal("validate", "-e", "production").code == 0
    ran = place.portal("plan", "-e", "production", "--detailed-exitcode")
    assert ran.code == 0, ran.out + ran.err
    assert "as far as can be seen" in ran.out


ANSWERS = {
    "portal": ["yes", "https://intercom.help/acme/en/tickets-portal"],
    "audience": ["Company plan_tier is team", ""],
    "count": ["{count}"],
    "visibility": ["own"],
    "spaces": ["yes"],
    "companies": ["yes"],
}


def answers(people: str, **other: list[str]) -> list[str]:
    by_name = {**ANSWERS, **other}
    return [line.format(count=people) if line == "{count}" else line for one in by_name.values() for line in one]


def team(place: Place) -> str:
    """How many people the rule means."""
    ran = place.portal("init", "--from", "intercom", "-f", "counted.yaml")
    assert ran.code == 0, ran.err
    rule = "{attribute: company.plan_tier, is: team}"
    text = (place.folder / "counted.yaml").read_text(encoding="utf-8") + f"audience: {rule}\n"
    (place.folder / "counted.yaml").write_text(text, encoding="utf-8")
    command = place.portal("preview", "-f", "counted.yaml", "-e", "production")
    match = re.search(r"(\d+) (?:person|people)", command.out)
    assert match, command.out + command.err
    return match[1]


def test_answers_are_a_baseline_for_the_first_plan(place: Place) -> None:
    ran = asked(place, answers(team(place)))
    assert ran.code == 0, ran.err
    assert "Look at Settings › Helpdesk › Tickets › Tickets Portal" in ran.err
    assert "5 answers are kept as yours." in ran.err, ran.err
    values = yaml.safe_load(written(place))
    assert values["audience"] == {"attribute": "company.plan_tier", "is": "team"}
    assert values["portal"] == {"enabled": True, "ticket_visibility": "own"}
    assert values["messenger"]["spaces"] == {"tickets": True}
    assert values["data_attributes"]["contact"]["companies"] == {"messenger_writable": False}
    plan = place.portal("plan", "-e", "production", "--detailed-exitcode")
    assert plan.code == 0, plan.out + plan.err
    assert "5 rest on a person's word" in plan.out


def test_the_sections_of_a_homepage_are_asked_for_by_their_names(place: Place) -> None:
    nothing = {name: [""] for name in ANSWERS} | {"count": []}
    page = ["Search, Advertisements", "search, tickets portal section, Collections", "yes"]
    ran = asked(place, answers("", **nothing, homepage=page))
    assert ran.code == 0, ran.err
    assert "Name each section once: Search, Tickets portal section" in ran.err
    assert "1 answer is kept as yours." in ran.err
    page = yaml.safe_load(written(place))["homepage"]
    assert page == {"sections": ["search", "tickets_portal", "collections"], "unlisted": "keep", "publish": True}
    plan = place.portal("plan", "-e", "production", "--detailed-exitcode")
    assert plan.code == 0, plan.out + plan.err
    assert "rest on a person's word" in plan.out


def test_a_count_that_does_not_fit_is_not_kept(place: Place) -> None:
    wrong = str(int(team(place)) + 20)
    again = ["{attribute: company.plan_tier, is: team}", "", wrong, ""]
    ran = asked(place, answers(wrong, count=["{count}", *again]))
    assert ran.code == 0, ran.err
    assert f"and the screen shows {wrong}: not kept" in ran.err
    assert "audience" not in yaml.safe_load(written(place))
    assert "# Left out: audience: only a person can say how it is" in written(place)


def test_words_of_the_screen_are_kept_as_they_are(place: Place) -> None:
    """`contains` lets in more people than `ends with`: what stands on the screen is not made better."""
    only = {name: [""] for name in ANSWERS} | {"audience": ["Email contains examply.com", ""], "count": [""]}
    ran = asked(place, answers("", **only))
    assert ran.code == 0, ran.err
    assert yaml.safe_load(written(place))["audience"] == {"attribute": "person.email", "contains": "examply.com"}


def test_who_stops_answering_leaves_the_rest_unknown(place: Place) -> None:
    ran = asked(place, ["no"])
    assert ran.code == 0, ran.err
    assert "The rest stays unknown." in ran.err
    assert yaml.safe_load(written(place))["portal"] == {"enabled": False}


def test_what_does_not_fit_is_asked_again_with_what_would(place: Place) -> None:
    elsewhere = [
        "yes",
        "https://help.elsewhere.example/en/tickets-portal",
        "https://intercom.help/acme/en/tickets-portal",
    ]
    rows = ["Company plan_tear is team", "", "Company · plan_tier · is · team, enterprise", "", ""]
    nothing = {name: [""] for name in ANSWERS} | {"count": []}
    ran = asked(place, answers("", **{**nothing, "portal": elsewhere, "audience": rows}))
    assert ran.code == 0, ran.err
    assert "help.elsewhere.example/en/tickets-portal is no address of this Help Center, …/acme/…: not kept." in ran.err
    assert "This is no condition: Company plan_tear is team. Type each as the screen shows it" in ran.err
    values = yaml.safe_load(written(place))
    assert values["portal"] == {"enabled": True}
    assert values["audience"] == {"attribute": "company.plan_tier", "is": ["enterprise", "team"]}


def test_a_rule_that_is_none_is_asked_again(place: Place) -> None:
    only = {name: [""] for name in ANSWERS} | {"audience": ["Shoe size is 43", "", "nobody"], "count": [""]}
    ran = asked(place, answers("", **only))
    assert ran.code == 0, ran.err
    assert yaml.safe_load(written(place))["audience"] == "nobody"


@pytest.mark.parametrize("token", ["", "not-a-token-of-anybody"])
def test_without_a_token_that_opens_it_nothing_is_written(place: Place, token: str) -> None:
    ran = place.portal("init", "--from", "intercom", INTERCOM_TOKEN=token)
    assert ran.code in {1, 7}
    assert "INTERCOM_TOKEN" in ran.err or "refuses the token" in ran.err
    assert not (place.folder / "portal.yaml").exists()


def test_ask_is_for_intercom_alone(place: Place) -> None:
    ran = place.portal("init", "--ask")
    assert ran.code == 64
    assert "--from intercom" in ran.err
