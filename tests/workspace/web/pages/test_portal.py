"""The list of tickets, a ticket, a reply: for somebody who may open the portal."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, insert, select, update

from tests.support.databases import one_is_enough
from tests.support.pages.stage import csrf, numbers
from workspace.database import engine as db
from workspace.database import tables
from workspace.portal.tickets import PER_PAGE

if TYPE_CHECKING:
    import httpx

    from tests.support.pages.stage import Stage

PORTAL = "/en/tickets-portal"


def listed(client: httpx.Client, **query: str) -> list[int]:
    answer = client.get(PORTAL, params=query)
    assert answer.status_code == 200, answer.text
    return numbers(answer.text)


def reply(client: httpx.Client, number: int, **form: str) -> httpx.Response:
    page = client.get(f"{PORTAL}/tickets/{number}").text
    form = {"csrf": csrf(page)} | form
    return client.post(f"{PORTAL}/tickets/{number}/reply", data=form)


def state_of(stage: Stage, number: int) -> str:
    with db.reading(stage.engine) as connection:
        wanted = select(tables.tickets.c.state_id).where(tables.tickets.c.number == number)
        return str(connection.execute(wanted).scalar_one())


def test_people_see_the_tickets_of_their_companies_and_their_own(stage: Stage) -> None:
    with stage.signed_in("ada") as ada, stage.signed_in("bob") as bob, stage.signed_in("cy") as cy:
        assert listed(ada) == [7, 5, 2, 1]
        assert listed(bob) == [5, 2, 1]
        assert listed(cy) == [3]
    with stage.signed_in("lone") as lone:
        assert listed(lone) == []
        assert "There are no tickets yet" in lone.get(PORTAL).text


def test_restricted_people_see_their_own_only(stage: Stage) -> None:
    conditions = {"attribute": "email", "type": "text", "comparison": "eq", "value": "bob@x.example"}
    with stage.signed_in("ada") as ada, stage.signed_in("bob") as bob:
        stage.set("ticket_visibility/acme", restricted=True, conditions=conditions)
        assert listed(ada) == [7, 5, 2, 1]
        assert listed(bob) == [5, 2]
        assert bob.get(f"{PORTAL}/tickets/1").status_code == 404
        stage.set("ticket_visibility/acme", conditions=None)
        assert listed(ada) == [7, 1]
        stage.set("ticket_visibility/acme", restricted=False, conditions=conditions)
        assert listed(bob) == [5, 2, 1]


def test_search_ranks_by_place_and_shows_where(stage: Stage) -> None:
    with stage.signed_in("ada") as ada:
        assert listed(ada, q="PRINTER") == [1, 2]
        assert listed(ada, q="toner") == [1]
        assert listed(ada, q="printer toner") == [1]
        assert listed(ada, q="printer attachment") == [2]
        assert listed(ada, q="#7") == [7]
        assert listed(ada, q="southern") == []
        assert listed(ada, q="internal") == []
        assert listed(ada, q="customer sets fire") == []
        assert "then tell us about the toner" in ada.get(PORTAL, params={"q": "toner"}).text
        assert listed(ada, q="printer", sort="number", order="desc") == [2, 1]
        for strange in ("%", "_", "\\", "'", '"', "a\0b", "\ud7ff" * 300):
            assert listed(ada, q=strange) in ([], [7, 5, 2, 1])


def test_filters(stage: Stage) -> None:
    with stage.signed_in("ada") as ada:
        assert listed(ada, type="Question") == [7, 2, 1]
        assert listed(ada, type="Incident") == []
        assert listed(ada, state="In progress") == [7, 5]
        assert listed(ada, creator="bob") == [5, 2]
        assert listed(ada, creator="cy") == []
        assert listed(ada, creator="bob", state="Waiting on you", type="Question") == [2]
        assert listed(ada, created_from="1970-01-03", created_to="1970-01-04") == [2, 1]
        assert listed(ada, updated_from="1970-01-07") == [7, 5]
        for nonsense in (
            {"created_from": "yesterday"},
            {"page": "x"},
            {"sort": "secret"},
            {"order": "up"},
            {"zzz": "1"},
        ):
            assert listed(ada, **nonsense) == [7, 5, 2, 1]
        page = ada.get(PORTAL).text
        assert "Incident" not in page
        assert "Resolved" not in page
        assert "Cy" not in page


def test_the_choices_of_filters_are_those_of_all_tickets_whatever_is_shown(stage: Stage) -> None:
    with db.writing(stage.engine) as connection:
        # Somebody without a name or an address: the choice has to be called something.
        connection.execute(update(tables.contacts).where(tables.contacts.c.id == "bob").values(name=None, email=None))
    with stage.signed_in("ada") as ada:
        pages = [ada.get(PORTAL, params=query).text for query in ({}, {"state": "In progress"}, {"q": "toner"})]
    choices = [
        re.findall(r'<option value="([^"]*)"(?: selected)?>([^<]*)<', page.partition('id="order"')[0]) for page in pages
    ]
    assert len(choices[0]) > 6
    assert choices[1:] == [choices[0]] * 2


@pytest.mark.parametrize(
    ("column", "ascending"),
    [
        ("number", [1, 2, 5, 7]),
        ("title", [2, 7, 1, 5]),
        ("type", [5, 7, 2, 1]),
        ("state", [7, 5, 1, 2]),
        ("created", [1, 2, 5, 7]),
        ("updated", [1, 2, 5, 7]),
    ],
)
def test_every_column_sorts_both_ways(stage: Stage, column: str, ascending: list[int]) -> None:
    with stage.signed_in("ada") as ada:
        assert listed(ada, sort=column, order="asc") == ascending
        backwards = listed(ada, sort=column, order="desc")
        assert sorted(backwards) == sorted(ascending)
        if column not in {"type", "state"}:
            assert backwards == ascending[::-1]
        page = ada.get(PORTAL, params={"sort": column, "order": "asc"}).text
        assert page.count('aria-sort="ascending"') == 1
        assert f"sort={column}&amp;order=desc" in page


def test_pages_of_the_list(stage: Stage) -> None:
    with db.writing(stage.engine) as connection:
        for number in range(100, 100 + 2 * PER_PAGE):
            row = {
                "id": str(number),
                "number": number,
                "type_id": "q",
                "state_id": "new",
                "contact_id": "lone",
                "title": f"T{number}",
                "description": "",
                "is_shared": False,
                "created_at": number,
                "updated_at": number,
            }
            connection.execute(insert(tables.tickets).values(row))
    with stage.signed_in("lone") as lone:
        first, last = listed(lone), listed(lone, page="2")
        assert len(first) == len(last) == PER_PAGE
        assert [*first, *last] == list(range(99 + 2 * PER_PAGE, 99, -1))
        assert listed(lone, page="99") == last
        assert listed(lone, page="0") == first
        assert "Page 1 of 2" in lone.get(PORTAL).text
        assert listed(lone, q="t", page="2") == last


def test_a_ticket_says_what_is_for_customers(stage: Stage) -> None:
    with stage.signed_in("bob") as bob:
        page = bob.get(f"{PORTAL}/tickets/1").text
        for text in ("Printer on fire", "It burns.", "#1", "Question", "Submitted", "Ada", "fire extinguisher", "Mara"):
            assert text in page
        assert "Internal" not in page
        assert ">New<" not in page
        assert "You" in bob.get(f"{PORTAL}/tickets/2").text


ATTRIBUTES = [
    ("order", "Order", "string", True, False, {"text": "A-17"}, "A-17"),
    ("secret", "Margin", "string", False, False, {"text": "very high"}, None),
    ("old", "Retired", "string", True, True, {"text": "was here"}, None),
    ("count", "Parcels", "integer", True, False, {"number": 12.0}, "12"),
    ("weight", "Weight", "decimal", True, False, {"number": 1.25}, "1.25"),
    ("urgent", "Urgent", "boolean", True, False, {"boolean": False}, "No"),
    ("when", "Wanted on", "datetime", True, False, {"moment": 86_400}, "1970-01-02 00:00 UTC"),
    ("size", "Size", "list", True, False, {"text": "2"}, "Large"),
]


def test_a_ticket_shows_the_attributes_that_customers_may_read(stage: Stage) -> None:
    with db.writing(stage.engine) as connection:
        for at, (name, label, kind, visible, archived, value, _) in enumerate(ATTRIBUTES):
            row = {
                "id": name,
                "type_id": "q",
                "name": label,
                "description": "",
                "data_type": kind,
                "list_items": [{"id": "1", "name": "Small"}, {"id": "2", "name": "Large"}],
                "multiline": False,
                "position": at,
                "visible_to_contacts": visible,
                "archived": archived,
                "created_at": 0,
                "updated_at": 0,
            }
            row |= dict.fromkeys(("required_to_create", "required_to_create_for_contacts", "visible_on_create"), False)
            connection.execute(insert(tables.ticket_type_attributes).values(row))
            connection.execute(insert(tables.ticket_values).values(ticket_id="t-1", attribute_id=name, **value))
    with stage.signed_in("ada") as ada:
        page = ada.get(f"{PORTAL}/tickets/1").text
    for _, label, _, _, _, _, shown in ATTRIBUTES:
        assert (f"<dt>{label}</dt><dd>{shown}</dd>" in page) is (shown is not None)
        assert shown is not None or f"<dt>{label}" not in page
    assert "very high" not in page
    assert "was here" not in page


def test_what_customers_write_is_text(stage: Stage) -> None:
    with stage.signed_in("ada") as ada:
        attack = "<script>alert(1)</script>\n{{ 7*7 }}"
        assert reply(ada, 1, text=attack).status_code == 303
        page = ada.get(f"{PORTAL}/tickets/1").text
        assert "<script>" not in page
        assert "{{ 7*7 }}" in page
        printed = ada.get(PORTAL, params={"q": '"><script>'}).text
        assert "<script>" not in printed


def test_a_reply_is_seen_by_others_of_the_company(stage: Stage) -> None:
    with stage.signed_in("ada") as ada, stage.signed_in("bob") as bob:
        answer = reply(bob, 1, text="  I have one.\r\nIt is red.  ")
        assert (answer.status_code, answer.headers["location"]) == (303, f"{PORTAL}/tickets/1#latest")
        page = ada.get(f"{PORTAL}/tickets/1").text
        assert "I have one.\nIt is red.</p>" in page
        assert listed(ada) == [1, 7, 5, 2]
    assert state_of(stage, 1) == "new"


def test_a_reply_to_what_waits_for_the_customer_moves_it_on(stage: Stage) -> None:
    with stage.signed_in("bob") as bob:
        assert state_of(stage, 2) == "wait"
        assert reply(bob, 2, text="Here you are.").status_code == 303
        assert state_of(stage, 2) == "busy"


@pytest.mark.parametrize("text", ["", "   \n ", "x" * 10_001, "a\0b"])
def test_a_reply_that_cannot_be_kept(stage: Stage, text: str) -> None:
    with stage.signed_in("ada") as ada:
        answer = reply(ada, 1, text=text)
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text
        with db.reading(stage.engine) as connection:
            assert len(connection.execute(select(tables.ticket_replies)).all()) == 4


def test_shared_tasks_take_no_replies(stage: Stage) -> None:
    with stage.signed_in("bob") as bob:
        page = bob.get(f"{PORTAL}/tickets/5").text
        assert "<textarea" not in page
        form = {"csrf": csrf(page), "text": "Hello"}
        assert bob.post(f"{PORTAL}/tickets/5/reply", data=form).status_code == 404


@one_is_enough
def test_forms_of_other_sites_are_refused(stage: Stage) -> None:
    with stage.signed_in("ada") as ada, stage.signed_in("bob") as bob:
        good = csrf(ada.get(f"{PORTAL}/tickets/1").text)
        others = csrf(bob.get(f"{PORTAL}/tickets/1").text)
        path = f"{PORTAL}/tickets/1/reply"
        for form, headers in (
            ({"text": "x"}, {}),
            ({"text": "x", "csrf": ""}, {}),
            ({"text": "x", "csrf": others}, {}),
            ({"text": "x", "csrf": good}, {"Origin": "https://evil.example"}),
            ({"text": "x", "csrf": good}, {"Origin": "null"}),
            ({"text": "x", "csrf": good}, {"Sec-Fetch-Site": "cross-site"}),
            ({"text": "x", "csrf": good}, {"Sec-Fetch-Site": "same-site"}),
        ):
            assert ada.post(path, data=form, headers=headers).status_code == 403
        own = {"Origin": "http://help.acme.example", "Sec-Fetch-Site": "same-origin"}
        assert ada.post(path, data={"text": "x", "csrf": good}, headers=own).status_code == 303
        assert ada.post("/en/sign-out").status_code == 403


@one_is_enough
def test_a_form_that_is_too_large(stage: Stage) -> None:
    with stage.signed_in("ada") as ada:
        answer = ada.post(f"{PORTAL}/tickets/1/reply", data={"text": "x" * 2_000_000})
        assert answer.status_code == 413
        assert "larger than it may be" in answer.text


# --- several companies, one choice of order, times --------------------------------------------------


def test_each_ticket_says_its_company_where_a_person_has_several(stage: Stage) -> None:
    with stage.signed_in("ada") as ada:
        page, one = ada.get(PORTAL).text, ada.get(f"{PORTAL}/tickets/1").text
        assert " · north inc" not in page
        assert "<dt>Company</dt>" not in one
        with db.writing(stage.engine) as connection:
            connection.execute(insert(tables.memberships).values(contact_id="ada", company_id="south"))
        page, one = ada.get(PORTAL).text, ada.get(f"{PORTAL}/tickets/1").text
        assert " · north inc" in page
        assert " · south inc" in page
        assert "<dt>Company</dt><dd>north inc</dd>" in one
        with db.writing(stage.engine) as connection:
            connection.execute(delete(tables.memberships).where(tables.memberships.c.company_id == "north"))
            row = connection.execute(select(tables.companies).where(tables.companies.c.id == "south")).one()._mapping
            connection.execute(insert(tables.companies).values({**row, "id": "west", "company_id": "west"}))
            connection.execute(insert(tables.memberships).values(contact_id="ada", company_id="west"))
        # What they created for a company that they left is theirs to see; the company is not.
        assert "north inc" not in ada.get(PORTAL).text + ada.get(f"{PORTAL}/tickets/1").text


def test_an_order_is_also_one_choice(stage: Stage) -> None:
    with stage.signed_in("ada") as ada:
        by_column = ada.get(PORTAL, params={"sort": "title", "order": "asc"}).text
        chosen = ada.get(PORTAL, params={"sort": "title.asc"}).text
        assert numbers(chosen) == numbers(by_column)
        assert '<option value="title.asc" selected>' in chosen
        assert '<option value="title.asc" selected>' in by_column
        assert '<option value="updated.desc" selected>' in ada.get(PORTAL).text
        assert '<option value="" selected>Best match</option>' in ada.get(PORTAL, params={"q": "printer"}).text
        for odd in ("title.up", "nothing.asc", ".", "title.asc.desc"):
            assert ada.get(PORTAL, params={"sort": odd}).status_code == 200


def test_moments_are_for_scripts_to_read(stage: Stage) -> None:
    with stage.signed_in("ada") as ada:
        one = ada.get(f"{PORTAL}/tickets/1").text
    matches = re.findall(r'<time datetime="(\S+)" data-shows="moment">([^<]+)</time>', one)
    assert len(matches) >= 2
    for written, shown in matches:
        moment = datetime.strptime(written, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        assert shown == f"{moment.day} {moment:%b %Y, %H:%M} UTC"
