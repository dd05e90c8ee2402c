"""A chat is told what is blocked, applied or drifted, by a real server; that it cannot be told changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from flask import Response, request

from tests.support.forge.server import Server
from tests.support.golden import same_receipts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.reconciler.cli.conftest import Place

HOOK = "T0000/B0000/secret-of-the-webhook"
TELL = ("--notify", "PORTAL_WEBHOOK")


@dataclass
class Chat(Server):
    """A chat that takes messages as Slack does."""

    said: list[str] = field(default_factory=list)
    status: int = 200

    def routes(self) -> None:
        """Add what it answers to."""
        self.app.add_url_rule("/services/<path:hook>", view_func=self._take, methods=["POST"])

    def _take(self, hook: str) -> Response:
        assert hook == HOOK
        assert list(request.json) == ["text"]
        self.said.append(request.json["text"])
        return Response("ok", self.status)


@pytest.fixture
def chat(embedded: Place) -> Iterator[Chat]:
    with Chat() as server:
        embedded.environment["PORTAL_WEBHOOK"] = f"{server.url}/services/{HOOK}"
        yield server


def test_a_chat_is_told_what_is_blocked_applied_and_drifted(embedded: Place, chat: Chat) -> None:
    blocked = embedded.portal("plan", *TELL)
    assert blocked.code == 3
    assert chat.said.pop() == (
        "⛔ *Blocked*: the plan for Acme Support, Help Center acme\n"
        "• 26 people would gain access; max_access_gained is 10% of 0, that is 0 people"
    )
    assert embedded.portal("apply", "--yes", *TELL).code == 3
    assert chat.said.pop().startswith("⛔ *Blocked*: the plan for Acme Support")
    assert embedded.portal("plan", "--allow", "widens_access", *TELL).code == 0
    assert chat.said == []
    assert embedded.portal("apply", "--yes", "--allow", "widens_access", *TELL).code == 0
    assert same_receipts(chat.said.pop()) == (
        "✅ *Applied*: 7 of 7 changes to Acme Support, Help Center acme, receipt r1-3f9a0c\n"
        "• Data attribute, Messenger identity, Help Center, Audience, Tickets portal, Messenger spaces, Homepage\n"
        "• 26 people can open the portal (+26 −0)"
    )
    assert embedded.portal("apply", "--yes", *TELL).code == 0
    assert embedded.portal("drift", *TELL).code == 0
    assert chat.said == []
    embedded.meddle("help_centers/acme/audience", {"mode": "everyone", "rule": None})
    assert embedded.portal("drift", *TELL, "--format", "json").code == 2
    first, opened, finding = chat.said.pop().splitlines()
    assert first == "🔎 *Drift* in Acme Support, Help Center acme: 1 changed by somebody else"
    assert opened.startswith("❗ everyone can open the portal now: +74 people since a change by hand on ")
    assert finding.startswith("• audience/acme rule, Mara Lindholm at 20")


def test_no_value_of_a_message_mentions_anybody_or_becomes_a_link(embedded: Place, chat: Chat) -> None:
    assert embedded.portal("apply", "--yes", "--allow", "widens_access").code == 0
    embedded.meddle("help_centers/acme/audience", {"mode": "everyone", "rule": None})
    file = embedded.folder / "portal.yaml"
    text = file.read_text().replace("max_access_lost:", "max_access_lost: 0 #")
    mention = "<!channel>&<https://evil.example|look>*@here*"
    file.write_text(text.replace("ada@examply.com", f'"{mention}"'))
    embedded.portal("plan", *TELL)
    (said,) = chat.said
    assert "&lt;!channel&gt;&amp;&lt;https://evil.example|look&gt;∗@here∗" in said
    assert "<" not in said


def test_that_nobody_was_told_is_said_and_changes_nothing(embedded: Place, chat: Chat) -> None:
    told = embedded.environment["PORTAL_WEBHOOK"]
    chat.status = 500
    failed = embedded.portal("plan", *TELL)
    assert failed.code == 3
    warned = "warning[notification-failed]: no message was sent: the webhook of PORTAL_WEBHOOK answers with 500"
    assert warned in failed.err
    for url, why in (
        ("", "the variable PORTAL_WEBHOOK is not set"),
        ("http://hooks.example/services/secret-of-the-webhook", "is no URL that begins with https://"),
        ("http://127.0.0.1:1/services/secret-of-the-webhook", "the webhook of PORTAL_WEBHOOK cannot be reached"),
        ("secret-of-the-webhook with a blank", "holds a blank"),
    ):
        embedded.environment["PORTAL_WEBHOOK"] = url
        done = embedded.portal("plan", *TELL)
        assert (done.code, why in done.err) == (3, True), done.err
        assert "secret-of-the-webhook" not in done.out + done.err
    assert told not in failed.out + failed.err
    assert HOOK not in failed.out + failed.err


def test_of_a_fleet_a_chat_is_told_in_one_message(embedded: Place, chat: Chat) -> None:
    (embedded.folder / "portals").mkdir()
    (embedded.folder / "portal.yaml").rename(embedded.folder / "portals" / "portal.yaml")
    (embedded.folder / "portals" / "broken.yaml").write_text("version: 1\nname: <!channel>\n")
    fleet = ("-f", "portals", *TELL)
    assert embedded.portal("plan", *fleet).code == 1
    head, *lines = chat.said.pop().splitlines()
    assert head == "*portal plan*: 2 portals in 1 workspace: 1 failed, 1 blocked."
    assert sorted(lines) == ["• acme-support: blocked", "• portals/broken.yaml:1: failed"]
    (embedded.folder / "portals" / "broken.yaml").unlink()
    assert embedded.portal("plan", *fleet, "--allow", "widens_access").code == 0
    assert chat.said == []
    assert embedded.portal("apply", *fleet, "--yes", "--allow", "widens_access").code == 0
    assert chat.said.pop().splitlines()[1:] == ["• acme-support: applied"]
    assert embedded.portal("drift", *fleet).code == 0
    assert chat.said == []
    embedded.meddle("help_centers/acme/audience", {"mode": "everyone", "rule": None})
    assert embedded.portal("drift", *fleet).code == 2
    assert chat.said.pop() == "*portal drift*: 1 portal in 1 workspace: 1 drifted.\n• acme-support: drifted"
