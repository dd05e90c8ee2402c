"""People are written in every form that rules search, and nothing is written that a database cannot keep."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from sqlalchemy import select

from tests.support import reference
from tests.support.workspace.populate import populate
from tests.support.workspace.strategies import World, texts
from workspace.core.folding import folded, storable, words
from workspace.database.tables import companies, company_values, contact_tags, contact_values, contacts, memberships
from workspace.people import rows as store
from workspace.people.custom_values import set_values
from workspace.people.rows import Company, Contact, InvalidValue

if TYPE_CHECKING:
    from sqlalchemy import Connection

ADA = Contact(id="ada", role="user", created_at=0, email="Ada@Examply.com", name="Straße")
ACME = Company(id="acme", created_at=0, name="Acme", size=12)


@pytest.fixture
def empty(blank: Connection) -> Connection:
    populate(blank, World((), ()))
    return blank


@given(text=texts, needle=texts)
def test_a_marked_needle_is_found_exactly_where_it_is_a_whole_word(text: str, needle: str) -> None:
    assert (words(needle) in words(text)) is reference.contains_word(text.casefold(), needle.casefold())


@pytest.mark.slow
def test_no_folded_text_holds_the_mark() -> None:
    mark = words("")[0]
    for code in range(sys.maxunicode + 1):
        assert mark not in folded(chr(code))
        # The boundaries are where the definition has them.
        assert (len(words(chr(code))) == len(folded(chr(code))) + 2) is all(map(reference.in_word, folded(chr(code))))


def test_texts_have_their_forms(empty: Connection) -> None:
    store.add_contacts(empty, [ADA])
    row = empty.execute(select(contacts)).one()
    assert (row.email, row.email_folded, row.name_folded) == ("Ada@Examply.com", "ada@examply.com", "strasse")
    assert (row.email_words, row.name_words) == (words("Ada@Examply.com"), words("Straße"))
    assert (row.phone, row.phone_folded, row.phone_words) == (None, None, None)


def test_a_change_takes_the_forms_along(empty: Connection) -> None:
    store.add_contacts(empty, [ADA])
    store.update_contact(empty, "ada", {"name": "Ada LOVELACE", "email": None, "archived": True})
    row = empty.execute(select(contacts)).one()
    assert (row.name_folded, row.name_words) == ("ada lovelace", words("ada lovelace"))
    assert (row.email, row.email_folded, row.email_words) == (None, None, None)
    assert row.archived is True
    store.add_companies(empty, [ACME])
    store.update_company(empty, "acme", {"plan": "Scale", "size": 3})
    company = empty.execute(select(companies)).one()
    assert (company.name, company.plan_folded, company.size) == ("Acme", "scale", 3.0)


def test_memberships_and_tags_come_and_go(empty: Connection) -> None:
    store.add_contacts(empty, [ADA])
    store.add_companies(empty, [ACME])
    store.add_memberships(empty, [("ada", "acme")])
    store.add_taggings(empty, "contact", [("ada", "tag-vip"), ("ada", "tag-beta")])
    store.remove_tagging(empty, "contact", "ada", "tag-vip")
    assert empty.execute(select(contact_tags.c.tag_id)).scalars().all() == ["tag-beta"]
    store.remove_membership(empty, "ada", "acme")
    assert empty.execute(select(memberships)).all() == []


def test_custom_values_are_set_changed_and_taken_away(empty: Connection) -> None:
    store.add_contacts(empty, [ADA])
    set_values(empty, "contact", "ada", {"job": "Planner", "seats": 3, "vip": True, "renewal": 86_400, "score": 2})
    set_values(empty, "contact", "ada", {"job": "HEAD", "seats": None, "vip": False})
    rows = {row.name: row for row in empty.execute(select(contact_values))}
    assert rows.keys() == {"job", "vip", "renewal", "score"}
    assert (rows["job"].text, rows["job"].text_folded, rows["job"].text_words) == ("HEAD", "head", words("head"))
    assert (rows["vip"].boolean, rows["renewal"].moment, rows["score"].number) == (False, 86_400, 2.0)
    set_values(empty, "company", "acme", {})
    assert empty.execute(select(company_values)).all() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nope", "a"),
        ("job", 1),
        ("job", "a" * 256),
        ("job", "a\0"),
        ("seats", 1.5),
        ("seats", True),
        ("seats", 2**60),
        ("score", "1"),
        ("score", float("nan")),
        ("score", 10**400),
        ("vip", 1),
        ("renewal", "2026-01-01"),
        ("renewal", 10**15),
    ],
)
def test_a_value_that_does_not_fit_is_refused(empty: Connection, name: str, value: Any) -> None:
    store.add_contacts(empty, [ADA])
    with pytest.raises(InvalidValue, match=name):
        set_values(empty, "contact", "ada", {name: value})
    assert empty.execute(select(contact_values)).all() == []


@pytest.mark.parametrize("bad", ["a" * 256, "a\0b", "\udcff"])
def test_a_text_that_no_database_keeps_is_refused(empty: Connection, bad: str) -> None:
    assert len(bad) > 255 or not storable(bad)
    with pytest.raises(InvalidValue, match="email"):
        store.add_contacts(empty, [Contact(id="x", role="user", created_at=0, email=bad)])
    with pytest.raises(InvalidValue, match="name"):
        store.update_contact(empty, "ada", {"name": bad})
    with pytest.raises(InvalidValue, match="tag"):
        store.add_tags(empty, [("t", bad)])


def test_numbers_and_moments_are_finite(empty: Connection) -> None:
    with pytest.raises(InvalidValue, match="size"):
        store.add_companies(empty, [Company(id="x", created_at=0, size=float("inf"))])
    with pytest.raises(InvalidValue, match="last_seen_at"):
        store.update_contact(empty, "ada", {"last_seen_at": 10**14})
