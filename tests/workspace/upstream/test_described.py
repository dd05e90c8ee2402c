"""What is sent to the vendor is as its description has it: path, parameters, body."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support.upstream import described
from tests.support.upstream.stage import staged
from tests.support.upstream.vendor import TOKEN
from tests.workspace.upstream.test_doctor import examined
from workspace.upstream import mirror, observing
from workspace.upstream.protocol import MirroredAttributes, Write

pytestmark = pytest.mark.skipif(not described.JUDGES, reason="the vendor's description is not at hand")

if TYPE_CHECKING:
    from collections.abc import Iterator

ATTRIBUTE: dict[str, Any] = {
    "type": "string",
    "options": ["a", "b"],
    "description": "Of this test",
    "messenger_writable": False,
}


def sent() -> Iterator[httpx.Request]:
    """Do everything that is done at the vendor, and yield what was sent."""
    with staged() as stage:
        upstream = stage.upstream()
        observing.look(stage.engine, upstream)
        wanted = MirroredAttributes(frozenset({"name"}), frozenset({"plan_tier"}))
        now = int(stage.clock.now)
        mirror.Mirror(stage.engine, upstream).refresh(wanted, now)
        stage.clock.now += 3600
        mirror.Mirror(stage.engine, upstream).refresh(wanted, now + 3600)
        address = "data_attribute/company.tier"
        made = upstream.write(Write(address, {}, ATTRIBUTE))
        changed = upstream.write(Write(address, made, {**ATTRIBUTE, "description": None}))
        upstream.write(Write(address, changed, None))
        upstream.events(now - 86_400)
        examined(stage.vendor)
        yield from stage.vendor.requests


def test_everything_that_is_sent_is_described() -> None:
    requests = [one for one in sent() if one.headers["Intercom-Version"] == described.VERSION]
    assert [one for one in map(described.complaint, requests) if one] == []
    asked = {(one.method, re.sub(r"/[0-9a-f]{20,}|/\d+", "/*", one.url.path)) for one in requests}
    assert {
        ("GET", "/me"),
        ("GET", "/help_center/help_centers"),
        ("GET", "/data_attributes"),
        ("POST", "/data_attributes"),
        ("PUT", "/data_attributes/*"),
        ("GET", "/tags"),
        ("GET", "/companies/scroll"),
        ("POST", "/contacts/search"),
        ("GET", "/admins/activity_logs"),
    } <= asked


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/admins/activity_logs", None),
        ("GET", "/nowhere", None),
        ("POST", "/contacts/search", {"question": {}}),
        ("POST", "/data_attributes", {"name": "x", "model": "planet", "data_type": "string"}),
    ],
)
def test_what_is_not_described_is_noticed(method: str, path: str, body: Any) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Intercom-Version": described.VERSION}
    request = httpx.Request(method, f"https://api.intercom.io{path}", headers=headers, json=body)
    assert described.complaint(request) is not None
