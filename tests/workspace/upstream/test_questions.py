"""`portal preview` and `portal explain` ask about people with every attribute that their rule names."""

from __future__ import annotations

import re

import pytest

from tests.reconciler.cli.conftest import Place, served

__all__ = ["served"]

FILE = """\
version: 1
name: acme
help_center: {identifier: acme}
audience: {attribute: company.plan_tier, is: [team]}
data_attributes: {company: {plan_tier: {type: string}}}
portal: {enabled: true}
environments:
  production: {intercom: {region: us, token: "${INTERCOM_TOKEN}"}}
"""


@pytest.fixture
def place(served: Place) -> Place:
    (served.folder / "portal.yaml").write_text(FILE, encoding="utf-8")
    environment = {"PORTAL_INTERCOM_URL": served.url, "INTERCOM_TOKEN": served.environment["PORTAL_TOKEN"]}
    return Place(served.folder, environment=environment)


def test_a_preview_has_the_attributes_of_its_rule(place: Place) -> None:
    ran = place.portal("preview", "-e", "production")
    assert ran.code == 0, ran.err
    assert re.search(r"\b36 people", ran.out), ran.out
    assert "100 people as of" in ran.err
    other = place.portal("preview", "-e", "production", "--rule", "{attribute: company.plan_tier, is: free}")
    assert not re.search(r"\b(0|36) people", other.out), other.out


def test_an_explanation_has_the_attributes_of_its_rule(place: Place) -> None:
    somebody = re.search(r"\S+@\S+\.example|\S+@\S+\.com", place.portal("preview", "-e", "production").out)
    assert somebody
    place.portal("mirror", "forget", "-e", "production")
    ran = place.portal("explain", somebody[0], "-e", "production")
    assert ran.code == 0, ran.err
    assert "plan_tier" in ran.out
    assert "team" in ran.out
