"""What is not for somebody changes nothing for them.

Two workspaces differ only in what a person may not see: companies, people, tickets, replies and notes of others. Every
request of that person, of whatever shape, is made to both and answered alike to the byte. So no answer holds another
company's ticket, name or count, nor lets it be inferred.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from tests.support.admin.client import Clock
from tests.support.databases import KINDS, copied
from tests.support.examples import examples
from tests.support.pages.stage import HOST, Stage, csrf
from tests.support.pages.stage import numbers as shown
from tests.workspace.web.pages.conftest import furnish
from workspace.database import engine as db
from workspace.database import tables
from workspace.people import rows as people
from workspace.people.rows import Company, Contact

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from sqlalchemy import Connection

PORTAL = "/en/tickets-portal"
# number, type, state, creator, company, title, shared; `restricted` says whether only the restricted must not see it.
HIDDEN = [
    (101, "q", "new", "zoe", "zenith", "Zenith acquires Ada inc", False),
    (102, "z", "z", "zoe", "zenith", "Printer on fire", True),
    (103, "z", "wait", "ada-2", None, "Nobody's printer", True),
    (104, "t", "busy", "ada", "north", "Tracker about the printer", True),
    (105, "b", "busy", "ada", "north", "Task that was not shared", False),
]
COLLEAGUES = [(106, "q", "high", "cole", "north", "Printer of a colleague", False)]
NOTED = "t-1"
SECRET_WORDS = ("zenith", "zoe", "zulu", "nobody's", "tracker about", "not shared", "colleague")


def add_what_is_hidden(connection: Connection, *, restricted: bool) -> None:
    """Put into a workspace what Ada must not learn of."""
    people.add_companies(connection, [Company(id="zenith", created_at=0, name="Zenith inc", company_id="z-1")])
    hidden = [("zoe", "Zoe Zulu"), ("ada-2", "Ada Zulu"), *([("cole", "Colleague Zulu")] if restricted else [])]
    people.add_contacts(
        connection,
        [
            Contact(id=one, role="user", created_at=0, external_id=f"u-{one}", email=f"{one}@zulu.example", name=name)
            for one, name in hidden
        ],
    )
    people.add_memberships(connection, [("zoe", "zenith"), *([("cole", "north")] if restricted else [])])
    connection.execute(insert(tables.ticket_types).values(id="z", name="Zulu request", category="customer"))
    state = {"id": "z", "category": "submitted", "internal_label": "Zulu", "external_label": "Zulu state"}
    connection.execute(insert(tables.ticket_states).values(**state))
    names = ("number", "type_id", "state_id", "contact_id", "company_id", "title", "is_shared")
    more = {"description": "Zulu words about toner.", "created_at": 86_400, "updated_at": 9 * 86_400}
    wanted = HIDDEN + (COLLEAGUES if restricted else [])
    rows = [{"id": f"t-{one[0]}", **dict(zip(names, one, strict=True)), **more} for one in wanted]
    connection.execute(insert(tables.tickets), rows)
    words = {"author_type": "admin", "author_name": "Zulu", "body": "Zulu answer about toner.", "created_at": 0}
    replies = [("comment", row["id"]) for row in rows] + [("note", NOTED)]
    values = [{"id": f"z-{at}", "part_type": part, "ticket_id": of, **words} for at, (part, of) in enumerate(replies)]
    connection.execute(insert(tables.ticket_replies), values)


@dataclass
class Twins:
    """Ada, signed in to two workspaces with the same cookies; only `full`, that of `stage`, has what is hidden."""

    bare: httpx.Client
    full: httpx.Client
    stage: Stage

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Make a request to both, and return the one answer of both."""
        one, other = (client.request(method, path, **more) for client in (self.bare, self.full))
        assert told(one) == told(other), f"{method} {path} {more}"
        return other


def told(answer: httpx.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Return all that an answer says, but for the request's own number, which is drawn."""
    drawn = answer.headers["x-request-id"]
    headers = [(name, value) for name, value in answer.headers.multi_items() if name != "x-request-id"]
    return answer.status_code, answer.content.replace(drawn.encode(), b""), headers


@pytest.fixture(scope="module", params=["company", "own tickets"])
def restricted(request: pytest.FixtureRequest) -> bool:
    """Whether people see only the tickets that they created."""
    return bool(request.param == "own tickets")


@pytest.fixture(scope="module", params=KINDS)
def twins(request: pytest.FixtureRequest, restricted: bool) -> Iterator[Twins]:
    with copied(request.param, furnish) as bare, copied(request.param, furnish) as full:
        stages = Stage(bare, Clock()), Stage(full, Clock())
        for stage in stages:
            stage.set("ticket_visibility/acme", restricted=restricted)
        with db.writing(full) as connection:
            add_what_is_hidden(connection, restricted=restricted)
        with stages[0].signed_in("ada") as one, stages[1].visitor() as other:
            share_sessions(stages)
            other.cookies.update(one.cookies)
            yield Twins(one, other, stages[1])


def share_sessions(stages: tuple[Stage, Stage]) -> None:
    for table in (tables.identity_secrets, tables.sessions):
        with db.reading(stages[0].engine) as connection:
            rows = [dict(row) for row in connection.execute(select(table)).mappings()]
        with db.writing(stages[1].engine) as connection:
            connection.execute(insert(table), rows)


# --- what somebody might ask ---

numbers = st.sampled_from(["1", "3", "7", "101", "102", "105", "106", "0", "107", "-101", "999999999999"])
spelled = st.sampled_from(
    ["{}", "{}/", "0{}", "+{}", "%20{}", "{}%00", "{}.0", "{};x", "%2e%2e/tickets/{}", "{}/reply", "{}/../{}", "t-{}"]
)
words = st.sampled_from(["printer", "toner", *SECRET_WORDS, "101", "#101", "z-1", "zo", "%", "_", "' or 1=1 --", ""])
odd = words | st.text(max_size=8).filter(lambda text: "\0" not in text)
names = st.sampled_from(["ada", "bob", "zoe", "cole", "ada-2", "u-zoe", "Zoe Zulu", "zenith", "north", "*"])
parameters = st.dictionaries(
    st.sampled_from(["q", "Q", "q[]", "company", "company_id", "person", "contact_id", "id", "number", "include"]),
    odd | names | numbers,
    max_size=3,
)
known = st.fixed_dictionaries(
    {},
    optional={
        "q": odd,
        "type": st.sampled_from(["Question", "Zulu request", "Incident", "z", "question"]),
        "state": st.sampled_from(["In progress", "Zulu state", "Zulu", "Submitted"]),
        "creator": names,
        "sort": st.sampled_from(["number", "title", "type", "state", "created", "updated", "company_id", "visible.id"]),
        "order": st.sampled_from(["asc", "desc", "x"]),
        "page": st.sampled_from(["1", "2", "99", "-1", "9" * 30, "x", "٣"]),
        "per_page": st.sampled_from(["1", "1000"]),
        "created_from": st.sampled_from(["1970-01-02", "0001-01-01", "9999-12-31", "x"]),
        "updated_from": st.sampled_from(["1970-01-09", "1970-01-11"]),
        "updated_to": st.sampled_from(["1970-01-09", "1970-01-10"]),
    },
)
lists = st.sampled_from([PORTAL, "/hc/acme/en/tickets-portal", "/EN/tickets-portal", "//en/tickets-portal"])
tickets = st.builds(lambda number, form: f"{PORTAL}/tickets/{form.format(number, number)}", numbers, spelled)
guesses = st.sampled_from(
    [
        *("/", "/en/", "/en/preview", "/en/search", "/messenger", "/messenger/tickets", "/demo", "/hc/zenith/en/"),
        *("/me", "/tickets", "/tickets/t-101", "/tickets/101", "/contacts", "/companies/zenith", "/admins"),
        *("/tickets/search", "/contacts/search", "/portal_admin/v1/help_centers/acme", "/portal_admin/v1/activity"),
        *(f"{PORTAL}/tickets", f"{PORTAL}.json", f"{PORTAL}/search", f"{PORTAL}/companies/zenith", f"{PORTAL}/%2e%2e"),
    ]
)
methods = st.sampled_from(["GET"] * 6 + ["HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
headers = st.fixed_dictionaries(
    {},
    optional={
        "If-None-Match": st.sampled_from(["*", '"1"', 'W/"1"']),
        "If-Match": st.sampled_from(["*", '"1"']),
        "If-Modified-Since": st.just("Thu, 01 Jan 1970 00:00:00 GMT"),
        "Range": st.sampled_from(["bytes=0-0", "items=100-200"]),
        "Accept": st.sampled_from(["application/json", "text/csv", "*/*;q=0"]),
        "Accept-Encoding": st.sampled_from(["identity", "gzip, br"]),
        "Authorization": st.sampled_from(["Bearer zoe", "Basic em9lOg==", "Bearer null"]),
        "X-Forwarded-Host": st.sampled_from(["zenith.example", "help.acme.example"]),
        "X-Forwarded-User": st.just("zoe"),
        "X-Original-URL": st.just(f"{PORTAL}/tickets/101"),
        "X-HTTP-Method-Override": st.sampled_from(["GET", "DELETE"]),
        "Origin": st.sampled_from([HOST, "https://zenith.example", "null"]),
        "Content-Type": st.sampled_from(["application/json", "text/plain", "application/x-www-form-urlencoded"]),
        "Prefer": st.just("count=exact"),
    },
)
bodies = st.none() | st.sampled_from([b"", b"{}", b"text=x", b'{"user_id": "u-zoe"}', b"text=x&number=101", b"\xff"])


@given(
    st.lists(
        st.tuples(methods, lists | tickets | guesses, known | parameters, headers, bodies), min_size=1, max_size=12
    )
)
@examples(8)
def test_no_request_tells_what_is_hidden(twins: Twins, asked: list[tuple[str, str, Any, Any, bytes | None]]) -> None:
    for method, path, query, more, body in asked:
        twins.send(method, path, params=query or None, headers=more, content=body)


def test_every_list_search_and_filter_is_the_same(twins: Twins) -> None:
    for column in ("number", "title", "type", "state", "created", "updated"):
        for order in ("asc", "desc"):
            twins.send("GET", PORTAL, params={"sort": column, "order": order})
    for word in (*SECRET_WORDS, "printer", "toner", "101", "#106"):
        page = twins.send("GET", PORTAL, params={"q": word}).text
        assert not re.search("zulu|zenith", page.replace(word, ""), re.IGNORECASE)
    for number in range(100, 110):
        assert twins.send("GET", f"{PORTAL}/tickets/{number}").status_code == 404
    for path in ("/en/", "/messenger", f"{PORTAL}/tickets/1", f"{PORTAL}?page=2", f"{PORTAL}?creator=zoe"):
        assert twins.send("GET", path).status_code == 200


def test_replies_to_what_is_hidden_change_nothing(twins: Twins, restricted: bool) -> None:
    token = csrf(twins.send("GET", f"{PORTAL}/tickets/1").text)
    for number in (101, 102, 103, 104, 105, *([106] if restricted else []), 107):
        form = {"csrf": token, "text": "Let me in."}
        assert twins.send("POST", f"{PORTAL}/tickets/{number}/reply", data=form).status_code == 404
    assert twins.send("POST", f"{PORTAL}/tickets/1/reply", data={"csrf": token, "text": "Mine."}).status_code == 303
    assert "Mine." in twins.send("GET", f"{PORTAL}/tickets/1").text


def test_the_twins_differ_for_whoever_may_see_it(twins: Twins) -> None:
    # Otherwise all of the above would hold of two workspaces that are the same.
    with twins.stage.signed_in("zoe") as zoe:
        assert shown(zoe.get(PORTAL).text) == [102, 101]
        assert "Zulu answer about toner." in zoe.get(f"{PORTAL}/tickets/101").text
