"""How a portal stands: closed, open as the file says, and opened by hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.reconciler.cli.test_end_to_end import document
from tests.support.golden import assert_golden
from tests.support.sample import ROOT

if TYPE_CHECKING:
    from tests.reconciler.cli.conftest import Place

GOLDEN = ROOT / "tests" / "cases" / "cli"


def told(place: Place, code: int) -> dict[str, Any]:
    ended = place.portal("status", "--format", "json")
    assert ended.code == code, ended
    contents: dict[str, Any] = document(ended, "result.schema.json")
    return contents


@pytest.mark.slow
def test_status_follows_the_portal(embedded: Place) -> None:
    closed = told(embedded, 2)
    assert (closed["portal"]["open"], closed["portal"]["can_open"], closed["last_apply"]) == (False, 0, None)
    assert closed["pending"] > 0
    assert {one["title"] for one in closed["missing"]} >= {"Help Center is live", "Custom domain serves HTTPS"}
    assert embedded.portal("apply", "--yes", "--allow", "widens_access").code == 0
    opened = told(embedded, 0)
    assert (opened["portal"]["open"], opened["portal"]["can_open"], opened["portal"]["people"]) == (True, 26, 100)
    assert (opened["drift"], opened["pending"], opened["missing"]) == (0, 0, [])
    assert opened["last_apply"]["receipt"].startswith("r1-")
    embedded.meddle("help_centers/acme/audience", {"mode": "everyone", "rule": None})
    by_hand = told(embedded, 2)
    assert (by_hand["portal"]["can_open"], by_hand["drift"]) == (100, 1)
    embedded.meddle("identity", {"mode": "off"})
    shut = told(embedded, 2)
    assert (shut["portal"]["enabled"], shut["portal"]["open"], shut["portal"]["can_open"]) == (True, False, 0)
    assert [one["title"] for one in shut["missing"]] == ["Messenger security with JWTs is enforced"]
    said = embedded.portal("status").out
    assert_golden(
        GOLDEN / "status-shut-by-hand.txt", re.sub(r"by \S+ at \S+Z", "by root at 2026-03-01T12:00:00Z", said)
    )
