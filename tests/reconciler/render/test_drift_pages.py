"""What drift says first: what it does to people, in text, Markdown and HTML."""

from __future__ import annotations

from typing import Any

import click
import pytest

from reconciler.operations import plan as planning
from reconciler.operations.drift import drift_document, people
from reconciler.plan.checks.guards import ALLOWABLE
from reconciler.render.html import page
from reconciler.render.markdown import issue
from reconciler.render.text import drift as text
from tests.reconciler.plan.test_plan_text import example, read
from tests.support import applying
from tests.support.golden import assert_golden
from tests.support.sample import NOW, ROOT, sample

GOLDEN = ROOT / "tests" / "cases" / "render"
EVERYONE = ("PATCH", "help_centers/acme/audience", {"mode": "everyone", "rule": None})
BANNER = ("PATCH", "messenger_spaces", {"tickets": False})


def drifted(*meddled: tuple[str, str, Any]) -> dict[str, Any]:
    """Return the drift document after somebody else changed something by hand."""
    with sample() as workspace:
        config = read(example())
        first = planning.make_plan(config, workspace.target(), now=NOW, allowed=ALLOWABLE)
        assert applying.run(first, workspace.target()).failure is None
        for one in meddled:
            workspace.meddle(*one)
        plan = planning.make_plan(config, workspace.target(), now=NOW)
        return drift_document(plan, people(config, plan, workspace.target(), now=NOW))


def test_a_portal_opened_by_hand_is_said_first() -> None:
    document = drifted(EVERYONE)
    assert document["access"]["gained"]["count"] == 74
    assert document["access"]["after"]["count"] == document["access"]["people"]
    shown = {
        "text": click.unstyle(text.drift(document)),
        "markdown": issue.body(document),
        "html": page.drift(document),
    }
    for name, one in shown.items():
        assert "everyone can open the portal now: +74 people since a change by hand on 1 March 2026, 12:00 UTC" in one
        assert_golden(GOLDEN / f"drift-opened-by-hand.{name}.txt", one)


@pytest.mark.parametrize("meddled", [(), (BANNER,)])
def test_drift_that_touches_nobody_counts_nobody(meddled: tuple[tuple[str, str, Any], ...]) -> None:
    document = drifted(*meddled)
    assert document["access"] is None
    assert len(document["findings"]) == len(meddled)
    assert "can open the portal" not in text.drift(document)
    for one in (issue.body(document), page.drift(document)):
        assert "since a change by hand" not in one
