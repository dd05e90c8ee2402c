"""What a file means in one environment."""

from __future__ import annotations

import pytest

from reconciler.config import validate as semantics
from reconciler.config.environments.overrides import effective, only, overridden
from reconciler.config.yaml.document import parse
from reconciler.core.errors import ConfigurationInvalid

TEXT = """\
version: 1
name: acme
help_center: {identifier: acme, live: true, cookie_forwarding: {acknowledged_by: a, reason: b, until: 2027-01-31}}
messenger: {spaces: {tickets: true, home: true}}
data_attributes:
  company: {plan_tier: {type: string, options: [free, team]}}
portal: {ticket_visibility: {own_for: {attribute: person.tag, is: a}, otherwise: company}}
audience: {all: [{attribute: person.tag, is: a}]}
homepage: {sections: [search, collections], publish: true}
guards: {max_access_gained: 10%}
environments:
  staging:
    workspace: https://a.example
    token: ${T}
    overrides:
      help_center: {live: false, cookie_forwarding: true}
      messenger: {identity: jwt, spaces: {home: false}}
      data_attributes: {company: {plan_tier: {options: [free]}, seats: {type: integer}}}
      portal: {ticket_visibility: own}
      audience: {any: [{attribute: person.tag, is: b}]}
      homepage: {sections: [search]}
      expectations: [{person: ada, can: [open_portal]}]
  production: {workspace: https://b.example, token: "${T}"}
"""
DOCUMENT = parse(TEXT, "portal.yaml")


def test_mappings_are_merged_and_everything_else_is_replaced() -> None:
    assert effective(DOCUMENT, "staging").values == {
        "version": 1,
        "name": "acme",
        "help_center": {"identifier": "acme", "live": False, "cookie_forwarding": True},
        "messenger": {"spaces": {"tickets": True, "home": False}, "identity": "jwt"},
        "data_attributes": {
            "company": {"plan_tier": {"type": "string", "options": ["free"]}, "seats": {"type": "integer"}}
        },
        "portal": {"ticket_visibility": "own"},
        "audience": {"any": [{"attribute": "person.tag", "is": "b"}]},
        "homepage": {"sections": ["search"], "publish": True},
        "guards": {"max_access_gained": "10%"},
        "expectations": [{"person": "ada", "can": ["open_portal"]}],
    }


@pytest.mark.parametrize("name", [None, "production"])
def test_without_overrides_nothing_changes(name: str | None) -> None:
    expected = {key: value for key, value in DOCUMENT.values.items() if key != "environments"}
    assert effective(DOCUMENT, name).values == expected


def test_every_value_keeps_its_place() -> None:
    merged = effective(DOCUMENT, "staging")
    assert merged.source(("help_center", "identifier")).line == 3
    assert merged.source(("help_center", "live")).line == 16
    assert merged.source(("audience", "any", 0, "is")).line == 20
    assert merged.source(("homepage", "publish")).line == 9
    assert merged.source(("homepage", "sections"), key=True).line == 21


def test_what_is_merged_leaves_the_document_as_it_was() -> None:
    effective(DOCUMENT, "staging")
    assert DOCUMENT.values == parse(TEXT, "portal.yaml").values


def test_the_merged_document_is_valid() -> None:
    assert semantics.validate(DOCUMENT) == ()
    assert semantics.validate(effective(DOCUMENT, "staging")) == ()


def test_an_unknown_environment_is_named_with_those_there_are() -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        effective(DOCUMENT, "stagin")
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.remedy) == ("unknown-environment", "Did you mean `staging`?")
    with pytest.raises(ConfigurationInvalid) as caught:
        effective(DOCUMENT, "zzz")
    assert caught.value.diagnostics[0].remedy == "It has `staging` and `production`."
    with pytest.raises(ConfigurationInvalid) as caught:
        effective(effective(DOCUMENT, None), "staging")
    assert caught.value.diagnostics[0].remedy == "The file has no `environments`."


def test_what_is_overridden_where() -> None:
    ((name, settings),) = overridden(DOCUMENT)
    assert name == "staging"
    assert settings == {
        "help_center", "messenger", "data_attributes", "portal", "audience", "homepage", "expectations",
    }  # fmt: skip


def test_a_part_of_a_document() -> None:
    assert only(DOCUMENT, frozenset({"name", "zzz"})).values == {"name": "acme"}
