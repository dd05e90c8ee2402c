"""`portal intercom doctor` as a first customer runs it, against a workspace of this repository that plays Intercom."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.reconciler.cli.conftest import Place

FILE = """\
version: 1
name: acme
help_center: {identifier: acme}
environments:
  production: {intercom: {region: us, token: "${MY_TOKEN}"}}
  elsewhere: {workspace: "https://workspace.acme.example", token: "${TOKEN}"}
"""


@pytest.fixture
def place(served: Place) -> Place:
    (served.folder / "portal.yaml").write_text(FILE, encoding="utf-8")
    token = served.environment["PORTAL_TOKEN"]
    served.environment = {"PORTAL_INTERCOM_URL": served.url, "INTERCOM_TOKEN": token, "MY_TOKEN": token}
    served.arguments = []
    return served


def test_the_doctor_says_what_works(place: Place) -> None:
    ran = place.portal("intercom", "doctor")
    assert ran.code == 0, ran.err + ran.out
    assert "ok        token: Intercom takes it" in ran.out
    assert "Next: portal init --from intercom --ask" in ran.out
    assert "Help Center is live" in ran.out
    assert "endpoints were asked; --format json" in ran.out
    assert place.environment["INTERCOM_TOKEN"] not in ran.out + ran.err


def test_a_report_has_shapes_and_no_values(place: Place) -> None:
    ran = place.portal("intercom", "doctor", "-e", "production", "--format", "json")
    assert ran.code == 0, ran.err
    report = json.loads(ran.out)
    assert report["usable"] is True
    assert report["shapes"]["POST /contacts/search 2.16"]["fields"]["data[].email"] == ["string"]
    assert "Acme Support" not in ran.out


def test_a_token_that_is_not_taken_is_code_7(place: Place) -> None:
    ran = place.portal("intercom", "doctor", INTERCOM_TOKEN="wrong")
    assert ran.code == 7
    assert "failed    token: Intercom refuses the token [vendor-token]" in ran.out


def test_without_a_token_it_says_where_to_put_it(place: Place) -> None:
    ran = place.portal("intercom", "doctor", INTERCOM_TOKEN="")
    assert ran.code == 7
    assert "token-missing" in ran.err
    assert "INTERCOM_TOKEN" in ran.err


def test_an_environment_that_is_not_intercom_is_refused(place: Place) -> None:
    ran = place.portal("intercom", "doctor", "-e", "elsewhere")
    assert ran.code == 64
    assert "the workspace of the environment elsewhere is not Intercom's" in ran.err
