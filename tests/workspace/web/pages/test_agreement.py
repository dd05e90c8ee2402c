"""Pages, the admin API and the definitions in `tests/support/reference.py` agree on who gets in and who sees what.

And no request of a person, of whatever shape, says anything about a ticket that is not for them.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from tests.support import reference
from tests.support.admin.client import Clock
from tests.support.databases import KINDS, copied
from tests.support.examples import examples
from tests.support.pages.stage import SETTINGS, Stage, numbers
from tests.support.workspace.populate import populate, prepare
from tests.support.workspace.strategies import TODAY, World, views, worlds
from workspace.database import engine as db
from workspace.database import tables
from workspace.settings.initialise import NewHelpCenter, initialise

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from sqlalchemy import Engine

    from tests.support.reference import Person, View

PORTAL = "/en/tickets-portal"
CARD, BANNER = 'id="portal-card"', 'class="banner"'


@pytest.fixture(scope="module", params=KINDS)
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A workspace without people, on each kind of database; each example puts its own world there."""
    clock = Clock()
    clock.moment = clock.moment.replace(year=TODAY.year, month=TODAY.month, day=TODAY.day)
    with copied(request.param, _fill) as engine:
        yield Stage(engine, clock)


def _fill(engine: Engine) -> None:
    with db.writing(engine) as connection:
        initialise(connection, "Acme", help_centers=[NewHelpCenter("acme", "Acme")], settings=SETTINGS)
        prepare(connection)


def put(stage: Stage, world: World, view: View) -> None:
    with db.writing(stage.engine) as connection:
        populate(connection, world)
        rows = [
            {
                "id": f"{ticket.id}-{kind}",
                "ticket_id": ticket.id,
                "author_type": "admin",
                "author_name": "Mara",
                "part_type": kind,
                "body": f"{kind}-of-{ticket.id}",
                "created_at": 0,
            }
            for ticket in world.tickets
            for kind in ("comment", "note")
        ]
        if rows:
            connection.execute(insert(tables.ticket_replies), rows)
    stage.set("portal/acme", enabled=view.open)
    stage.set("audience/acme", mode=view.mode, rule=view.rule)
    stage.set("ticket_visibility/acme", restricted=view.restricted, conditions=view.conditions)


def silent_about(answer: httpx.Response, hidden: set[str]) -> None:
    assert "note-of-" not in answer.text
    said = answer.text + str(answer.headers)
    assert not [one for one in hidden if f">{one}<" in said or f"comment-of-{one}" in said]


def requests_of(world: World) -> st.SearchStrategy[tuple[str, str, dict[str, str]]]:
    """Generate requests: paths and parameters that name what there is, whether or not it is somebody's to see."""
    number = st.sampled_from([*range(len(world.tickets) + 1), 10**12])
    path = st.sampled_from(["/en/", "/messenger", PORTAL, f"{PORTAL}/", "/hc/acme/en/tickets-portal", "/en/search"])
    ticket = st.builds("{}/tickets/{}{}".format, st.just(PORTAL), number, st.sampled_from(["", "/", "/reply"]))
    names = st.sampled_from([*(one.id for one in world.people), *(one.id for one in world.companies), "' or 1=1 --"])
    titles = st.sampled_from([*(one.id for one in world.tickets), "ticket", "comment", "note", "0", "%"])
    query = st.fixed_dictionaries(
        {},
        optional={
            "q": titles,
            "type": st.sampled_from(["customer", "back-office", "tracker"]),
            "state": st.just("New"),
            "creator": names,
            "company": names,
            "person": names,
            "sort": st.sampled_from(["number", "title", "contact_id"]),
            "page": st.sampled_from(["0", "1", "2", "-1"]),
            "created_from": st.just("1970-01-01"),
        },
    )
    return st.tuples(st.sampled_from(["GET", "GET", "GET", "HEAD", "POST"]), path | ticket, query)


@given(world=worlds(max_people=4), view=views(), data=st.data())
@examples(8)
def test_pages_agree_with_the_definitions(stage: Stage, world: World, view: View, data: st.DataObject) -> None:
    put(stage, world, view)
    refs = [one.id for one in world.people]
    asked = {"people": refs, "tickets": 1000}
    checked = stage.api.send("POST", "/help_centers/acme/access/check", json=asked).json()["results"]
    for person, api in zip(world.people, checked, strict=True):
        with stage.signed_in(person.id) as client:
            _agrees(client, world, view, person, api)
            for method, path, query in data.draw(st.lists(requests_of(world), max_size=3)):
                silent_about(client.request(method, path, params=query), _hidden(world, view, person))


def _agrees(client: httpx.Client, world: World, view: View, person: Person, api: dict[str, Any]) -> None:
    opens = reference.may_open(view, person, TODAY)
    seen = {at for at, one in enumerate(world.tickets) if reference.sees(view, person, one, TODAY)}
    assert api["can"]["open_portal"] == api["can"]["see_card"] == opens, asdict(person)
    assert api["user"] is (person.role == "user" and not person.archived)
    assert (api["tickets"]["count"], api["tickets"]["numbers"]) == (len(seen), sorted(seen))
    assert {one["number"]: one["whose"] for one in api["tickets"]["hidden"]} == _first_hidden(world, person, seen)
    shown = client.get(PORTAL)
    assert (CARD in client.get("/en/").text) is opens
    assert (BANNER in client.get("/messenger").text) is opens
    if opens:
        assert shown.status_code == 200
        assert set(numbers(shown.text)) == seen
        assert f"{len(seen) or 'No'} ticket" in shown.text
        assert set(numbers(client.get(PORTAL, params={"q": "comment-of"}).text)) == seen
        assert numbers(client.get(PORTAL, params={"q": "note-of"}).text) == []
    elif person.role == "user" and not person.archived:
        assert (shown.status_code, shown.content) == (404, client.get("/en/nothing").content)
    else:
        assert (shown.status_code, shown.headers["location"]) == (302, "/en/sign-in")
    silent_about(shown, _hidden(world, view, person))
    for at, ticket in enumerate(world.tickets):
        answer = client.get(f"{PORTAL}/tickets/{at}")
        assert answer.is_success is (at in seen)
        assert (f"comment-of-{ticket.id}" in answer.text) is (at in seen)
        silent_about(answer, _hidden(world, view, person))


def _first_hidden(world: World, person: Person, seen: set[int]) -> dict[int, str]:
    """Return the first ticket of each kind that the person does not see."""
    theirs = person.reads()
    first: dict[str, int] = {}
    for at, ticket in enumerate(world.tickets):
        own, inside = ticket.contact_id == person.id, ticket.company_id in theirs
        whose = "own" if own else "colleague" if inside else "other"
        if not (ticket.category == "customer" or (ticket.category == "back-office" and ticket.is_shared)):
            whose = "internal" if own or inside else ""
        if whose and at not in seen:
            first.setdefault(whose, at)
    return {at: whose for whose, at in first.items()}


def _hidden(world: World, view: View, person: Person) -> set[str]:
    # The Messenger shows people what they created, whoever may open the portal.
    own = reference.View(open=True, mode="everyone", restricted=True)
    return {
        one.id
        for one in world.tickets
        if not reference.sees(view, person, one, TODAY) and not reference.sees(own, person, one, TODAY)
    }
