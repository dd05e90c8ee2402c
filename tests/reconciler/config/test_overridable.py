"""What environments override, and what a file may name as a place where they may."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.config import desired as config
from reconciler.config.environments.overridable import overridden, suggest
from reconciler.config.yaml.document import parse

HEAD = "version: 1\nname: acme\nhelp_center: {identifier: acme, live: true}\n"
ENVIRONMENTS = """\
environments:
  staging:
    workspace: https://a.example
    token: ${T}
    overrides:
      help_center: {live: true, custom_domain: a.acme.example}
      data_attributes: {company: {plan_tier: {options: [free]}, seats: {type: integer}}}
      portal: {ticket_visibility: {own_for: {attribute: person.tag, is: a}, otherwise: company}}
      messenger: {}
  production:
    workspace: https://b.example
    token: ${T}
    overrides: {help_center: {custom_domain: b.acme.example}, audience: everyone}
  spare: {workspace: https://c.example, token: "${T}"}
"""
DOCUMENT = parse(HEAD + ENVIRONMENTS, "portal.yaml")
CENTER = ("help_center", "custom_domain")


def test_overrides_are_told_value_by_value() -> None:
    assert list(overridden(DOCUMENT, "staging")) == [
        ("help_center", "live"),
        CENTER,
        ("data_attributes", "company", "plan_tier", "options"),
        ("data_attributes", "company", "seats", "type"),
        ("portal", "ticket_visibility"),
    ]
    assert list(overridden(DOCUMENT, "spare")) == []
    assert list(overridden(DOCUMENT, "nowhere")) == []


@pytest.mark.parametrize(
    "name",
    ["help_center", "help_center.https", "audience", "homepage.sections", "expectations", "guards.max_access_gained",
     "messenger.spaces.tickets", "data_attributes.company.anything", "data_attributes.contact.anything.type",
     "data_attributes.contact.companies.messenger_writable"],
)  # fmt: skip
def test_a_setting_that_exists_needs_no_remedy(name: str) -> None:
    assert suggest(name) == ""


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("help_centre.live", "Did you mean `help_center`?"),
        ("messenger.spaces.ticket", "Did you mean `messenger.spaces.tickets`?"),
        ("tickets", "Did you mean `messenger.spaces.tickets`?"),
        ("environments.staging", "`environments` is the same in every environment."),
        ("audience.any", "`audience` is one value and differs as a whole: name that."),
        ("homepage.sections.search", "`homepage.sections` is one value and differs as a whole: name that."),
        ("messenger.zzzzz", "`messenger` has `identity` and `spaces`."),
        ("data_attributes.company.2nd", "A name is a letter, then letters, digits, _, - and single blanks."),
        ("help_center.", "`help_center` has `identifier`, `live`, `custom_domain`, `https` and `cookie_forwarding`."),
    ],
)
def test_a_setting_that_does_not_exist_gets_a_remedy(name: str, remedy: str) -> None:
    assert suggest(name) == remedy


@pytest.mark.parametrize(
    ("soak", "seconds"), [("0s", 0), ("90s", 90), ("30m", 1800), ("24h", 86400), ("7d", 604800), ("99999d", 8639913600)]
)
def test_a_soak_is_a_time(soak: str, seconds: int) -> None:
    promotion = config.build(parse(f"{HEAD}promotion: {{soak: {soak}, may_differ: [audience]}}\n", "x")).promotion
    assert promotion == config.Promotion(timedelta(seconds=seconds), ("audience",))
    assert config.build(parse(HEAD, "x")).promotion == config.Promotion(timedelta(), None)


def test_what_promotion_says_is_no_setting() -> None:
    said = parse(f"{HEAD}promotion: {{soak: 1h}}\n", "x")
    assert config.digest(said.values) == config.digest(parse(HEAD, "x").values)
