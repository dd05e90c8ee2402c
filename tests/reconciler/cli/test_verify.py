"""`portal verify` against real pages: it passes where the chain holds, and names the link that is broken."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest

from reconciler.core.contract import load_json
from tests.reconciler.cli.conftest import Place, serving
from tests.support.golden import assert_golden
from tests.support.sample import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.reconciler.cli.conftest import Run

pytestmark = pytest.mark.slow

SECRET = "PORTAL_IDENTITY_SECRET"


@pytest.fixture
def live(place: Place) -> Place:
    """Give a workspace where the example was applied, and the secret that its web application signs with."""
    assert place.portal("apply", "--yes", "--allow", "widens_access").code == 0
    place.environment[SECRET] = made_secret(place, "jwt")
    return place


def made_secret(place: Place, kind: str) -> str:
    with place.somebody_else() as client:
        answer = client.post("identity/secrets", json={"kind": kind, "name": f"{kind} of the tests"})
    assert answer.status_code == 201, answer.text
    value: str = answer.json()["value"]
    return value


def document(run: Run) -> dict[str, Any]:
    contents: dict[str, Any] = json.loads(run.out)
    registry = jsonschema_rs.Registry(
        [("https://portal.example/schemas/plan.schema.json", load_json("plan.schema.json"))]
    )
    jsonschema_rs.validator_for(load_json("result.schema.json"), registry=registry).validate(contents)
    return contents


def failed(run: Run) -> set[tuple[str, str]]:
    return {(one["step"], one["known"]) for one in document(run)["checks"] if one["outcome"] == "failed"}


def test_the_chain_holds(live: Place) -> None:
    done = live.portal("verify")
    assert done.code == 0, done.out + done.err
    assert_golden(ROOT / "tests" / "cases" / "cli" / "verify.txt", done.out)
    assert live.environment[SECRET] not in done.out + done.err
    contents = document(live.portal("verify", "--format", "json"))
    assert contents["outcome"] == "passed"
    assert contents["counts"]["failed"] == 0
    assert {one["known"] for one in contents["checks"]} == {"evaluated", "observed"}


def test_somebody_who_must_not_get_in(live: Place) -> None:
    assert live.portal("verify", "--not-as", "aiko.suzuki@tanaka-robotics.example").code == 0
    let_in = live.portal("verify", "--not-as", "felix.brandt@freelance.example", "--format", "json")
    assert let_in.code == 3
    assert {("conditions", "evaluated"), ("url", "observed"), ("banner", "observed")} <= failed(let_in)


def test_hashes_instead_of_tokens(embedded: Place) -> None:
    file = embedded.folder / "portal.yaml"
    file.write_text(
        file.read_text().replace("identity: jwt", "identity: hmac").replace("enabled: true", "enabled: false")
    )
    # Hashes do not meet the newest required settings, so the portal stays closed: nobody gets in, and that is seen.
    assert embedded.portal("apply", "--yes").code == 3
    text = file.read_text()
    file.write_text(text[: text.index("expectations:")] + text[text.index("guards:") :])
    assert embedded.portal("apply", "--yes").code == 0
    secret = made_secret(embedded, "hmac")
    done = embedded.portal("verify", "--not-as", "ada@examply.com", "--format", "json", **{SECRET: secret})
    assert done.code == 0, done.out
    assert ("sign_in", "passed") in {(one["step"], one["outcome"]) for one in document(done)["checks"]}


BROKEN = {
    "the portal is switched off": (
        "help_centers/acme/portal",
        {"enabled": False},
        {("url", "observed"), ("card", "observed")},
    ),
    "the audience is somebody else": (
        "help_centers/acme/audience",
        {"mode": "nobody"},
        {("conditions", "evaluated"), ("url", "observed")},
    ),
    "a required setting is broken": (
        "site",
        {"certificate_valid": False},
        {("conditions", "evaluated"), ("url", "observed")},
    ),
    "the tickets space is off": ("messenger_spaces", {"tickets": False}, {("banner", "observed")}),
    "identities are not proven any more": (
        "identity",
        {"mode": "off"},
        {("conditions", "evaluated"), ("sign_in", "observed")},
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_link_is_named(embedded: Place, name: str) -> None:
    path, body, expected = BROKEN[name]
    assert embedded.portal("apply", "--yes", "--allow", "widens_access").code == 0
    embedded.environment[SECRET] = made_secret(embedded, "jwt")
    embedded.meddle(path, body)
    done = embedded.portal("verify", "--format", "json")
    assert done.code == 3
    assert expected <= failed(done)


def test_somebody_without_a_company_is_named(embedded: Place) -> None:
    assert embedded.portal("apply", "--yes", "--allow", "widens_access").code == 0
    done = embedded.portal("verify", "--evaluate-only", "--as", "felix.brandt@freelance.example", "--format", "json")
    assert done.code == 3
    assert failed(done) == {("companies", "evaluated")}


def test_a_card_that_is_not_shown_is_named(embedded: Place) -> None:
    file = embedded.folder / "portal.yaml"
    text = file.read_text()
    file.write_text(
        text.replace("[search, tickets_portal, collections]", "[search, {type: tickets_portal, enabled: false}]")
    )
    assert embedded.portal("apply", "--yes", "--allow", "widens_access").code == 3
    file.write_text(text)
    assert embedded.portal("apply", "--yes", "--allow", "widens_access").code == 0
    embedded.environment[SECRET] = made_secret(embedded, "jwt")
    page = embedded.live_page()
    for row in page:
        row["enabled"] = row["type"] != "tickets_portal"
    embedded.meddle("help_centers/acme/homepage/draft", {"sections": page})
    embedded.publish()
    done = embedded.portal("verify", "--format", "json")
    assert done.code == 3
    assert failed(done) == {("conditions", "evaluated"), ("card", "observed")}


def test_a_wrong_secret_and_an_unknown_person(live: Place) -> None:
    wrong = live.portal("verify", "--format", "json", **{SECRET: "wrong"})
    assert wrong.code == 3
    assert ("sign_in", "observed") in failed(wrong)
    nobody = live.portal("verify", "--as", "nobody@nowhere.example", "--format", "json")
    assert nobody.code == 3
    assert failed(nobody) == {("identify", "evaluated")}


def test_the_sample_web_application_logs_people_in_where_there_is_one(folder: Path) -> None:
    place = Place(folder)
    assert place.portal("apply", "--yes", "--allow", "widens_access").code == 0
    made = place.portal("secret", "list", "--db", ".portal/workspace.db", workspace=False).out
    assert sorted([part.strip() for part in line.split("  ")[1:3]] for line in made.splitlines()) == [
        ["Sample web application", "hmac"],
        ["Sample web application", "jwt"],
    ]
    done = place.portal("verify")
    assert done.code == 0, done.out + done.err
    assert_golden(ROOT / "tests" / "cases" / "cli" / "verify.txt", done.out)
    with serving(str(folder / ".portal" / "workspace.db"), "--demo", PORTAL_ADMIN_TOKEN="portal_" + "t" * 43) as url:
        over_there = place.portal("verify", "--workspace", url, "--format", "json", PORTAL_TOKEN="portal_" + "t" * 43)
    assert over_there.code == 0, over_there.out + over_there.err
    assert document(over_there)["counts"] == document(place.portal("verify", "--format", "json"))["counts"]


def test_without_a_secret_nothing_is_claimed(served: Place) -> None:
    assert served.portal("apply", "--yes", "--allow", "widens_access").code == 0
    refused = served.portal("verify")
    assert refused.code == 64
    assert "identity-secret-missing" in refused.err
    evaluated = served.portal("verify", "--evaluate-only")
    assert evaluated.code == 0
    assert "Nothing was observed end to end." in evaluated.out


def test_junit(live: Place) -> None:
    done = live.portal("verify", "--format", "junit")
    suites = ET.fromstring(done.out)  # noqa: S314 (our own output)
    names = [suite.get("name") for suite in suites]
    assert names == ["ada@examply.com", "eve@elsewhere.example", "nobody signed in"]
    assert {suite.get("failures") for suite in suites} == {"0"}
    cases = [case.get("name") for case in suites[0]]
    assert {"conditions (evaluated)", "tickets (observed)", "hidden (observed)"} <= set(cases)
    assert len(cases) == len(set(cases))
    is_as_reports_expect_it(suites)


def test_junit_says_what_failed(embedded: Place) -> None:
    # Nothing was applied: nobody gets in, and the portal has no address.
    done = embedded.portal("verify", "--as", "nobody@nowhere.example", "--evaluate-only", "--format", "junit")
    assert done.code == 3
    suites = ET.fromstring(done.out)  # noqa: S314 (our own output)
    is_as_reports_expect_it(suites)
    messages = [one.get("message") for one in suites.iter("failure")]
    assert "the workspace has no such person" in messages
    assert suites.get("failures") == str(len(messages))


# What readers of such reports know: the attributes of each element, and what may stand inside it.
REPORT = {
    "testsuites": ({"name", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped"}, {"testcase"}),
    "testcase": ({"name", "classname"}, {"failure", "skipped", "system-out"}),
    "failure": ({"type", "message"}, set()),
    "skipped": ({"message"}, set()),
    "system-out": (set(), set()),
}


def is_as_reports_expect_it(suites: ET.Element) -> None:
    for element in suites.iter():
        attributes, children = REPORT[element.tag]
        assert element.keys() == [name for name in element.keys() if name in attributes]  # noqa: SIM118 (an element)
        assert {child.tag for child in element} <= children
    for suite in suites:
        assert int(suite.get("tests", "")) == len(suite)
        for outcome, kind in (("failures", "failure"), ("skipped", "skipped")):
            assert int(suite.get(outcome, "")) == len(list(suite.iter(kind)))
    for count in ("tests", "failures"):
        assert int(suites.get(count, "")) == sum(int(suite.get(count, "")) for suite in suites)
