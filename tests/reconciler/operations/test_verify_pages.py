"""What `portal verify` holds the pages to: each link of the chain is broken for real, and must be named.

The workspace is the real one. Where its data cannot break a link, a transport in front of it does: it
changes what the workspace answers, as a broken page, a stale cache or a bad proxy would.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, delete, insert, select, update

from reconciler.config import desired as config
from reconciler.config import validate as semantics
from reconciler.config.yaml import document as source
from reconciler.operations import plan as planning
from reconciler.operations.verify import run as verification
from reconciler.operations.verify.checks import Check, Outcome, PersonUnderTest
from reconciler.plan.checks.guards import ALLOWABLE
from reconciler.target.http.retry import Timeouts
from reconciler.target.rest import RestTarget
from tests.support import applying
from tests.support.sample import ROOT, TOKEN, template
from workspace.database.engine import engine_for, writing
from workspace.database.tables import contacts, memberships, tickets
from workspace.web.app import create_app
from workspace.web.app_config import EphemeralToken, Settings

pytestmark = pytest.mark.slow

ADA, EVE = "ada@examply.com", "eve@elsewhere.example"
HOME, PORTAL, MESSENGER = "/en/", "/en/tickets-portal", "/messenger"
FIRST = 4107
"""The lowest number of Ada's 18 tickets."""

Change = Callable[[httpx.Request, httpx.Response], "httpx.Response | None"]
"""What becomes of an answer; it stays the same where that is None."""
Found = dict[tuple[str | None, str], Check]


class Meddling(httpx.BaseTransport):
    """Lets a change have a go at every answer."""

    def __init__(self, inner: httpx.BaseTransport, change: Change) -> None:
        self.inner, self.change = inner, change

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.inner.handle_request(request)
        answer.read()
        return self.change(request, answer) or answer


def inner(engine: Engine) -> httpx.BaseTransport:
    return httpx.WSGITransport(app=create_app(Settings(engine=engine, embedded=EphemeralToken(TOKEN, "ci"))))


@cache
def example() -> config.Config:
    document = source.load(str(ROOT / "examples" / "portal.yaml"))
    assert not semantics.validate(document)
    return config.build(document)


@cache
def applied() -> tuple[Path, str]:
    """Return a database to which the example was applied, and the secret that the web application signs with."""
    path = Path(tempfile.mkdtemp()) / "applied.db"
    shutil.copy(template(), path)
    engine = engine_for(path)
    target = RestTarget("sample", "http://sample", TOKEN, inner(engine))
    plan = planning.make_plan(example(), target, now=datetime.now(UTC), allowed=ALLOWABLE)
    assert applying.run(plan, target).failure is None
    with httpx.Client(transport=inner(engine), base_url="http://sample/portal_admin/v1/") as client:
        body = {"kind": "jwt", "name": "tests"}
        made = client.post("identity/secrets", json=body, headers={"Authorization": f"Bearer {TOKEN}"})
    engine.dispose()
    return path, made.json()["value"]


@dataclass
class Scene:
    """A workspace in which all is as it should be."""

    engine: Engine
    secret: str

    def verify(self, change: Change = lambda _request, _answer: None, **others: bool) -> Found:
        """Return what a verification came to, by person and step: of Ada who must get in, and Eve who must not."""
        people = [
            PersonUnderTest(person, {"open_portal": able}) for person, able in {ADA: True, EVE: False, **others}.items()
        ]
        # One attempt each: what is broken stays broken.
        target = RestTarget(
            "sample", "http://sample", TOKEN, Meddling(inner(self.engine), change), limits=Timeouts(whole=0)
        )
        outcome = verification.run(example(), target, people, secret=self.secret)
        return {(one.person, one.step): one for one in outcome.checks}

    def contact(self, email: str) -> str:
        """Return the id of a person."""
        with self.engine.connect() as connection:
            return str(connection.execute(select(contacts.c.id).where(contacts.c.email == email)).scalar_one())

    def add_tickets(self, count: int) -> None:
        """Write tickets of Ada's, numbered from 9001."""
        with writing(self.engine) as connection:
            wanted = tickets.c.number == FIRST
            row = dict(connection.execute(select(tickets).where(wanted)).one()._mapping)
            rows = [{**row, "id": f"more-{number}", "number": 9000 + number} for number in range(1, count + 1)]
            connection.execute(insert(tickets), rows)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Give a copy of the workspace to which the example was applied."""
    database, secret = applied()
    path = Path(shutil.copy(database, tmp_path / "workspace.db"))
    engine = engine_for(path)
    yield Scene(engine, secret)
    engine.dispose()


def failed(survey: Found) -> dict[tuple[str | None, str], str]:
    return {at: one.said for at, one in survey.items() if one.outcome is Outcome.FAILED}


def rewriting(path: str, pattern: str, replacement: str) -> Change:
    """Return a change of the text of a page; it must find something to change at least once."""

    def change(request: httpx.Request, answer: httpx.Response) -> httpx.Response | None:
        if request.url.path != path or not answer.is_success:
            return None
        text = re.sub(pattern, replacement, answer.text, flags=re.DOTALL)
        return httpx.Response(answer.status_code, html=text)

    return change


def answering(path: str, answer: Callable[[], httpx.Response], *, status: int | None = None) -> Change:
    """Return a change that answers requests for a path with something else; only those that had a status before."""

    def change(request: httpx.Request, before: httpx.Response) -> httpx.Response | None:
        applies = request.url.path == path and status in (None, before.status_code)
        return answer() if applies else None

    return change


ROW = r'<tr role="row" data-ticket="{}">.*?</tr>'


def test_all_is_as_it_should_be(scene: Scene) -> None:
    checks = scene.verify()
    assert not failed(checks)
    assert {one.outcome for one in checks.values()} == {Outcome.PASSED}
    assert checks[ADA, "tickets"].said == "the portal lists exactly the 18 tickets that the access check names"
    assert checks[ADA, "ticket"].said == f"#{FIRST} opens"


BROKEN_PAGES = {
    "a ticket is left out": (
        rewriting(PORTAL, ROW.format(4120), ""),
        {(ADA, "tickets"): "the portal leaves out #4120"},
    ),
    "a ticket too many is listed": (
        rewriting(PORTAL, 'data-ticket="4120">', 'data-ticket="4120"><td data-ticket="4101"></td>'),
        {(ADA, "tickets"): "the portal lists #4101, which the access check does not name"},
    ),
    "a ticket is listed twice": (
        rewriting(PORTAL, f"({ROW.format(4120)})", r"\1\1"),
        {(ADA, "tickets"): "the portal lists #4120 more than once"},
    ),
    "the count is wrong": (
        rewriting(PORTAL, 'data-tickets="18"', 'data-tickets="19"'),
        {(ADA, "tickets"): "the portal says 19 tickets where the access check counts 18"},
    ),
    "more are said to be there": (
        rewriting(PORTAL, 'data-tickets="18"', 'data-tickets="18" data-more'),
        {(ADA, "tickets"): "the portal says more than 18 tickets where the access check counts 18"},
    ),
    "the portal is something else": (
        rewriting(PORTAL, ".*", "<p>It works!</p>"),
        {
            (ADA, "url"): "https://help.acme.example/en/tickets-portal answers 200, but not with a list of tickets",
            (ADA, "card"): "the homepage has the card, and it leads to something that is not the portal (answers 200)",
        },
    ),
    "a ticket's page shows another ticket": (
        rewriting(f"{PORTAL}/tickets/{FIRST}", f'data-ticket="{FIRST}"', 'data-ticket="4101"'),
        {(ADA, "ticket"): f"#{FIRST} answers 200 and does not show that ticket"},
    ),
    "a ticket's page fails": (
        answering(f"{PORTAL}/tickets/{FIRST}", lambda: httpx.Response(500)),
        {(ADA, "ticket"): f"#{FIRST} answers 500 and does not show that ticket"},
    ),
    "another company's ticket opens": (
        answering(f"{PORTAL}/tickets/4101", lambda: httpx.Response(200, html="<p>Secret</p>"), status=404),
        {
            (ADA, "hidden"): "#4101 of another company answers 200",
            (EVE, "hidden"): "#4101 of another company answers 200",
        },
    ),
    "a ticket's page says that it is there": (
        answering(f"{PORTAL}/tickets/4101", lambda: httpx.Response(403), status=404),
        {(ADA, "hidden"): "#4101 of another company answers 403"},
    ),
    "the card leads elsewhere": (
        rewriting(HOME, '(data-portal="card" href=)"[^"]*"', r'\1"/en/nothing"'),
        {(ADA, "card"): "the homepage has the card, and it leads to something that is not the portal (answers 404)"},
    ),
    "the card is gone": (
        rewriting(HOME, 'data-portal="card" ', ""),
        {(ADA, "card"): "the homepage has no card"},
    ),
    "the homepage fails": (
        answering(HOME, lambda: httpx.Response(500)),
        {
            (ADA, "card"): "the homepage answers 500",
            (EVE, "card"): "the homepage answers 500",
            (None, "card"): "the homepage answers 500",
        },
    ),
    "the banner is gone": (
        rewriting(MESSENGER, 'data-portal="banner" ', ""),
        {(ADA, "banner"): "the tickets space has no banner"},
    ),
    "everybody gets the card": (
        rewriting(HOME, "</main>", f'<a data-portal="card" href="{PORTAL}">Tickets</a></main>'),
        {(EVE, "card"): "the homepage has the card", (None, "card"): "the homepage has the card"},
    ),
    "everybody gets a link": (
        rewriting(HOME, "</main>", f'<a href="{PORTAL}/tickets/1">Tickets</a></main>'),
        {(EVE, "card"): "the homepage has no card, but something else on it leads into the portal"},
    ),
    "everybody gets the banner": (
        rewriting(MESSENGER, "</main>", f'<a data-portal="banner" href="{PORTAL}">Tickets</a></main>'),
        {(EVE, "banner"): "the tickets space has the banner", (None, "banner"): "the tickets space has the banner"},
    ),
    "the portal opens for everybody": (
        answering(PORTAL, lambda: httpx.Response(200, html='<p data-tickets="1" data-ticket="4101"></p>')),
        {
            (EVE, "url"): "https://help.acme.example/en/tickets-portal answers 200",
            (EVE, "tickets"): "the portal lists 1 ticket to them",
            (None, "url"): "https://help.acme.example/en/tickets-portal answers 200",
        },
    ),
    "the portal says that it is there": (
        answering(PORTAL, lambda: httpx.Response(403), status=404),
        {(EVE, "url"): "https://help.acme.example/en/tickets-portal answers 403"},
    ),
    "the way to the homepage has a hint": (
        answering(PORTAL, lambda: httpx.Response(302, headers={"Location": "/en/?from=tickets-portal"}), status=302),
        {(None, "url"): "https://help.acme.example/en/tickets-portal answers 302"},
    ),
    "the way to the homepage has a body": (
        answering(PORTAL, lambda: httpx.Response(302, headers={"Location": HOME}, text="Not for you."), status=302),
        {(None, "url"): "https://help.acme.example/en/tickets-portal answers 302"},
    ),
    "a stranger is told that a ticket is there": (
        answering(f"{PORTAL}/tickets/4101", lambda: httpx.Response(404), status=302),
        {(None, "hidden"): "#4101 answers 404"},
    ),
}


@pytest.mark.parametrize("name", BROKEN_PAGES)
def test_a_broken_page_is_named(scene: Scene, name: str) -> None:
    change, expected = BROKEN_PAGES[name]
    assert expected.items() <= failed(scene.verify(change)).items()


# --- the data -------------------------------------------------------------------------------------


def test_somebody_who_was_archived_stays_out(scene: Scene) -> None:
    with writing(scene.engine) as connection:
        connection.execute(update(contacts).where(contacts.c.email == ADA).values(archived=True))
    checks = scene.verify()
    assert failed(checks).keys() == {(ADA, "conditions"), (ADA, "sign_in")}
    assert checks[ADA, "sign_in"].said == "got no session, being archived or not a user"
    assert checks[ADA, "url"].outcome is Outcome.SKIPPED
    # Where they are meant to stay out, that they get no session is right, and all the rest is tried without one.
    out = scene.verify(**{ADA: False})
    assert not failed(out)
    assert out[ADA, "url"].said.endswith("leads to the page that asks everybody to sign in")
    assert out[ADA, "hidden"].outcome is Outcome.PASSED


def test_somebody_who_left_the_company_is_named(scene: Scene) -> None:
    with writing(scene.engine) as connection:
        connection.execute(delete(memberships).where(memberships.c.contact_id == scene.contact(ADA)))
    checks = scene.verify()
    assert {(ADA, "companies"), (ADA, "conditions"), (ADA, "url")} <= failed(checks).keys()
    assert checks[ADA, "tickets"].said == "not tried, because the portal does not open"


def test_own_tickets_only(scene: Scene) -> None:
    with httpx.Client(transport=inner(scene.engine), base_url="http://sample/portal_admin/v1/") as client:
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        path = "help_centers/acme/ticket_visibility"
        tag = client.get(path).headers["ETag"]
        assert client.patch(path, json={"restricted": True}, headers={"If-Match": tag}).is_success
    checks = scene.verify()
    assert not failed(checks)
    assert "of a colleague" in checks[ADA, "hidden"].said


def test_what_changed_only_meanwhile_is_no_fault(scene: Scene) -> None:
    asked = 0

    def change(request: httpx.Request, answer: httpx.Response) -> httpx.Response | None:
        nonlocal asked
        if request.url.path.endswith("/access/check"):
            asked += 1
            if asked == 1:
                scene.add_tickets(3)
        return None

    checks = scene.verify(change)
    assert not failed(checks)
    assert checks[ADA, "tickets"].said == "the portal lists exactly the 21 tickets that the access check names"
    assert asked == 2


# --- more tickets than a page holds ----------------------------------------------------------------


def test_pages_are_followed(scene: Scene) -> None:
    scene.add_tickets(30)
    checks = scene.verify()
    assert not failed(checks)
    assert checks[ADA, "tickets"].said == "the portal lists exactly the 48 tickets that the access check names"
    ends = failed(scene.verify(rewriting(PORTAL, 'rel="next"', "")))
    assert ends == {
        (ADA, "tickets"): f"the portal leaves out {', '.join(f'#{one}' for one in range(9003, 9008))} and 23 more"
    }
    turns = rewriting(PORTAL, 'rel="next" href="[^"]*"', f'rel="next" href="{PORTAL}?sort=number&amp;order=asc"')
    assert (ADA, "tickets") in failed(scene.verify(turns))


def test_many_tickets_are_compared_as_far_as_they_are_read(scene: Scene) -> None:
    scene.add_tickets(250)
    checks = scene.verify()
    assert not failed(checks)
    said = "the portal says 268 tickets, as the access check does; the first 200 are the same"
    assert checks[ADA, "tickets"].said == said
    missing = failed(scene.verify(rewriting(PORTAL, ROW.format(9100), "")))
    assert missing == {(ADA, "tickets"): "the portal leaves out #9100"}
