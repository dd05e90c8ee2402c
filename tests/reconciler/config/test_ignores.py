"""Ignore rules end: what is said about them before, on and after their last day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from reconciler.config import desired as config
from reconciler.config import validate as semantics
from reconciler.config.yaml import document as source
from reconciler.core.errors import ConfigurationInvalid
from reconciler.operations import plan as planning
from tests.support.sample import NOW, sample

LAST = date(2026, 3, 1)
FILE = """version: 1
name: acme-support
help_center: {identifier: acme}
ignore:
  - {address: homepage/acme, field: sections, reason: Marketing, owner: mara, until: 2026-03-01}
environments:
  staging:
    workspace: https://workspace.acme.example
    token: ${TOKEN}
    overrides:
      ignore:
        - {address: identity, reason: A test, owner: ops, until: 2026-03-01}
"""


@pytest.mark.parametrize(
    ("today", "codes"),
    [
        (LAST - timedelta(days=15), []),
        (LAST - timedelta(days=14), ["ignore-expires"] * 2),
        (LAST, ["ignore-expires"] * 2),
        (LAST + timedelta(days=1), ["ignore-expired"] * 2),
    ],
    ids=str,
)
def test_a_rule_ends(today: date, codes: list[str]) -> None:
    diagnostics = semantics.validate(source.parse(FILE, "portal.yaml"), today)
    assert [one.code for one in diagnostics] == codes
    if diagnostics:
        first, second = diagnostics
        assert str(first.source) == "portal.yaml:5:86"
        assert "homepage/acme sections" in first.summary
        assert "mara" in first.remedy
        assert str(second.source) == "portal.yaml:12:66"
        assert second.summary.endswith("(in environment `staging`)")


def test_nothing_is_planned_once_a_rule_has_ended() -> None:
    wanted = config.build(source.parse(FILE, "portal.yaml"))
    with sample() as workspace:
        planning.make_plan(wanted, workspace.target(), now=NOW)
        with pytest.raises(ConfigurationInvalid, match="ended on 2026-03-01"):
            planning.make_plan(wanted, workspace.target(), now=NOW + timedelta(days=1))
